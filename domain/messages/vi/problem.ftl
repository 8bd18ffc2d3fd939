### review: source
## Mỗi sự cố nói bốn điều: điều gì đã xảy ra, cái gì vẫn an toàn, bây giờ làm gì, ai giúp được.

problem-offline-happened = { $device ->
    [browser] Trang này chưa kết nối được với dịch vụ.
   *[phone] Điện thoại đang không có mạng.
}
problem-offline-safe = Những gì bạn đã nhập vẫn { kept-here }.
problem-offline-now = Bạn cứ làm tiếp. Khi có mạng, ứng dụng sẽ tự gửi phần đang chờ.

problem-not-the-service-happened = Có mạng, nhưng nơi trả lời không phải là dịch vụ này. Thường là do mạng Wi-Fi đòi đăng nhập trước.
problem-not-the-service-safe = Chưa có gì được gửi đến nơi lạ đó. Những gì bạn đã nhập vẫn { kept-here }.
problem-not-the-service-now = Hãy đăng nhập mạng Wi-Fi, hoặc tắt Wi-Fi để dùng mạng di động, rồi thử lại.

problem-sign-in-again-happened = Phiên đăng nhập của bạn đã hết.
problem-sign-in-again-safe = Những gì bạn đã nhập và hồ sơ đang chờ gửi vẫn { kept-here }.
problem-sign-in-again-now = Hãy đăng nhập lại bằng VNeID. Bạn sẽ tiếp tục ở đúng chỗ đang làm.

problem-identity-unavailable-happened = Dịch vụ định danh VNeID hiện không trả lời.
problem-identity-unavailable-safe = Những gì bạn đã nhập vẫn { kept-here }. Hồ sơ đã nộp không bị ảnh hưởng.
problem-identity-unavailable-now = Bạn có thể tự điền tờ khai ngay bây giờ và đăng nhập sau.

problem-sign-in-refused-happened = Việc đăng nhập đã bị hủy hoặc bị từ chối.
problem-sign-in-refused-safe = Những gì bạn đã nhập vẫn { kept-here }. Chưa có thông tin nào của bạn được lấy.
problem-sign-in-refused-now = Hãy thử đăng nhập lại, hoặc cứ điền tờ khai và đăng nhập sau.

problem-invalid-happened = { $count ->
    [0] Có câu trả lời cần xem lại.
   *[other] Có { $count } câu trả lời cần xem lại.
}
problem-invalid-safe = Tất cả câu trả lời của bạn vẫn được giữ. Hồ sơ chưa được nộp.
problem-invalid-now = Hãy sửa những câu được đánh dấu, rồi nộp lại.

problem-conflict-happened = Lần nộp này đã được ghi nhận trước đó với nội dung khác.
problem-conflict-safe = Không có hồ sơ thứ hai nào được tạo ra. Câu trả lời của bạn vẫn được giữ.
problem-conflict-now = Hãy xem danh sách hồ sơ để biết nội dung đã nộp. Nếu cần nội dung mới, hãy lập hồ sơ khác.

problem-not-found-happened = Không tìm thấy nội dung này trong những gì thuộc về bạn.
problem-not-found-safe = Hồ sơ và giấy tờ của bạn không bị thay đổi.
problem-not-found-now = Hãy quay lại danh sách hồ sơ và mở lại từ đó.

problem-file-too-big-happened = Tệp quá lớn. Mức lớn nhất được nhận là { $megabytes } MB.
problem-file-too-big-safe = Tệp gốc của bạn không bị thay đổi. Các câu trả lời khác vẫn được giữ.
problem-file-too-big-now = Hãy chụp lại với cỡ nhỏ hơn, hoặc chọn tệp khác.

problem-file-not-what-it-says-happened = Tệp không phải là loại được nhận, hoặc nội dung không đúng với loại của nó.
problem-file-not-what-it-says-safe = Tệp đó chưa được nộp. Các câu trả lời khác vẫn được giữ.
problem-file-not-what-it-says-now = Hãy chụp lại giấy tờ, hoặc chọn ảnh JPEG, PNG hay tệp PDF khác.

problem-file-incomplete-happened = Một tệp chưa được gửi hết.
problem-file-incomplete-safe = Phần đã gửi không mất. Hồ sơ chưa được nộp khi còn thiếu tệp.
problem-file-incomplete-now = Bạn không cần làm gì. Ứng dụng sẽ gửi tiếp phần còn lại.

problem-signature-refused-happened = Chữ ký của { this-device } không được chấp nhận.
problem-signature-refused-safe = Hồ sơ chưa được nộp. Câu trả lời của bạn vẫn được giữ.
problem-signature-refused-now = Hãy đăng nhập lại để đăng ký lại { this-device }, rồi nộp lại.

problem-proof-refused-happened = Dịch vụ không nhận ra { this-device } trong phiên đăng nhập.
problem-proof-refused-safe = Chưa có gì được làm thay bạn. Những gì bạn đã nhập vẫn được giữ.
problem-proof-refused-now = { $device ->
    [browser] Hãy đăng nhập lại.
   *[phone] Hãy xem ngày giờ của điện thoại có đúng không, rồi đăng nhập lại.
}

problem-pack-refused-happened = Bản danh mục thủ tục vừa nhận không có chữ ký đúng.
problem-pack-refused-safe = Bản đó không được dùng. Những gì bạn đã nhập vẫn được giữ.
problem-pack-refused-now = Hãy cập nhật lại ứng dụng từ nơi bạn đã cài.

problem-form-changed-happened = Tờ khai đã có bản mới: bản của bạn là bản { $had }, cơ quan đang dùng bản { $now }.
problem-form-changed-safe = Câu trả lời của bạn vẫn được giữ và được chuyển sang bản mới. Hồ sơ chưa được nộp.
problem-form-changed-now = Hãy xem lại những câu mới hoặc đã đổi, rồi nộp lại.

problem-refused-happened = { $reason ->
    [unknown-procedure] Dịch vụ không còn nhận thủ tục này.
    [not-online] Thủ tục này không nộp được qua mạng.
    [unknown-commune] Nơi nhận bạn chọn không có trong danh sách xã, phường, đặc khu.
    [not-allowed] Việc này không được phép với tài khoản đang đăng nhập.
    [not-awaited] Cơ quan không chờ bổ sung này nữa: có thể đã nộp bổ sung từ máy khác, hoặc hồ sơ đã đi tiếp.
    [too-late] Hồ sơ đã đến bước không làm được việc này nữa: đã xong, đã dừng, hoặc đã được yêu cầu rút.
   *[other] Dịch vụ từ chối yêu cầu này.
}
problem-refused-safe = Không có gì bị thay đổi. Những gì bạn đã nhập vẫn được giữ.
problem-refused-now = { $reason ->
    [unknown-procedure] Hãy tìm lại thủ tục, có thể thủ tục đã được thay bằng thủ tục khác.
    [not-online] Hãy mang hồ sơ đến bộ phận một cửa của xã, phường, đặc khu.
    [unknown-commune] Hãy chọn lại nơi nhận hồ sơ.
    [not-allowed] Hãy kiểm tra xem bạn có đang dùng đúng tài khoản của mình không.
    [not-awaited] Hãy mở hồ sơ để xem đang ở bước nào. Bạn có thể bỏ phần đang chờ gửi này.
    [too-late] Hãy mở hồ sơ để xem kết quả, hoặc hỏi cơ quan đang giữ hồ sơ.
   *[other] Gửi lại như cũ sẽ không được. Hãy xem lại hồ sơ, hoặc hỏi người giúp.
}

problem-unavailable-happened = Dịch vụ đang quá tải hoặc đang bảo trì.
problem-unavailable-safe = Những gì bạn đã nhập vẫn { kept-here }. Gửi lại không tạo ra hồ sơ thứ hai.
problem-unavailable-now = Bạn không cần làm gì. Ứng dụng sẽ tự thử lại sau khoảng { $minutes } phút.

problem-receipt-refused-happened = Giấy tiếp nhận vừa nhận không khớp với những gì bạn đã gửi.
problem-receipt-refused-safe = Ứng dụng chưa coi hồ sơ là đã nộp. Câu trả lời và giấy tờ của bạn vẫn được giữ.
problem-receipt-refused-now = Đừng lập hồ sơ khác. Hãy thử lại; nếu vẫn vậy, hãy hỏi người giúp.

problem-storage-full-happened = Bộ nhớ đã đầy.
problem-storage-full-safe = Những gì đã lưu trước đó vẫn còn. Thay đổi cuối cùng có thể chưa được lưu.
problem-storage-full-now = Hãy xóa bớt ảnh hoặc ứng dụng không dùng, rồi thử lại.

problem-storage-damaged-happened = Dữ liệu { kept-here } đã bị thay đổi hoặc hư hỏng, nên không được dùng.
problem-storage-damaged-safe = Hồ sơ đã nộp vẫn an toàn ở cơ quan tiếp nhận. Không có gì sai được gửi đi.
problem-storage-damaged-now = Hãy đăng nhập lại để tải về các hồ sơ đã nộp. Phần đang điền dở có thể phải điền lại.

problem-malformed-happened = Dịch vụ không đọc được yêu cầu của ứng dụng.
problem-malformed-safe = Không có gì bị thay đổi. Những gì bạn đã nhập vẫn được giữ.
problem-malformed-now = Hãy cập nhật ứng dụng, rồi thử lại.

problem-bug-happened = Có lỗi bên trong hệ thống. Mã lỗi: { $code }.
problem-bug-safe = Những gì bạn đã nhập vẫn được giữ. Gửi lại không tạo ra hồ sơ thứ hai.
problem-bug-now = Hãy thử lại sau ít phút. Nếu vẫn lỗi, hãy ghi lại mã lỗi và hỏi người giúp.

# Ai giúp được. Chỉ nói đến một nơi khi biết nơi đó.
problem-help = Có người giúp tại { $office }, địa chỉ { $address }, điện thoại { $phone }.
problem-help-address = Có người giúp tại { $office }, địa chỉ { $address }.
problem-help-phone = Có người giúp qua điện thoại { $phone }, { $office }.
problem-help-line = Có người giúp qua điện thoại { $phone }, { $name }.
problem-help-none = Ứng dụng chưa biết nơi nào có người giúp trực tiếp. Bạn có thể đưa màn hình này cho người bạn tin cậy xem.
