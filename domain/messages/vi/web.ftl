### review: source
## Lời của trang web: những gì trình duyệt không tự nói.

web-skip = Đến nội dung chính
web-error = Lỗi
web-step = Bước { $at } trên { $of }
web-question = Câu { $at } trên { $of }
web-day = Ngày
web-month = Tháng
web-year = Năm
web-step-done = đã xong
web-step-current = bước hiện tại
web-step-next = chưa đến
web-saved = Đã lưu.

web-confirm = Xin xác nhận
web-confirm-no = Không, quay lại

web-leave = Đang chuyển sang trang khác
web-leave-text = Nếu trang không tự mở, hãy bấm liên kết dưới đây. Xong việc ở đó, bạn sẽ được đưa về đúng chỗ đang làm.
web-leave-go = Mở trang

web-document = Giấy tờ
web-document-save = Tải về

web-moved = Trang bạn vừa mở không còn nữa. Đây là chỗ bạn đang làm.
web-changed = Trang này đã thay đổi từ lúc bạn xem. Hãy xem lại rồi mới xác nhận.
web-lost = Chưa lưu được
web-lost-text = Chỗ bạn vừa điền không nhận câu trả lời nữa: hồ sơ đã được ký, hoặc bản nháp đã bị bỏ. Không có gì bị nộp thêm.
web-typed = Những gì bạn vừa gõ
web-go-on = Tiếp tục

web-ended = Phiên làm việc đã kết thúc
web-ended-text = Những gì được giữ cho trình duyệt này đã được xóa. Hồ sơ đã nộp không bị ảnh hưởng: liên kết VNeID để xem lại.
web-erased = Đã xóa
web-erased-text = Không còn gì của bạn trong trình duyệt này và trên máy chủ của trang web. Hồ sơ đã nộp vẫn ở cơ quan nhà nước.
web-start-again = Bắt đầu lại
web-waiting = Còn hồ sơ chưa gửi xong
web-waiting-text = Có { $count } hồ sơ bạn đã ký mà chưa gửi xong. Nếu để trang web gửi tiếp, mọi thứ sẽ được xóa ngay sau khi gửi. Nếu xóa ngay, những hồ sơ đó sẽ không được nộp.
web-waiting-send = Gửi xong rồi xóa
web-waiting-erase = Xóa ngay, không nộp

web-session = Kết thúc và xóa
web-session-title = Phiên làm việc
web-session-own = Những gì bạn gõ được giữ, có khóa riêng, để bạn làm tiếp trong trình duyệt này. Sau { $count } ngày không dùng, mọi thứ được xóa.
web-session-shared = Máy này nhiều người dùng. Sau { $count } phút không dùng, mọi thứ được xóa.
web-session-is-shared = Máy này nhiều người dùng
web-session-is-own = Máy này chỉ mình tôi dùng
web-session-end = Kết thúc và xóa mọi thứ ở đây
web-session-end-text = Tờ khai đang làm dở sẽ mất. Hồ sơ đã nộp không bị ảnh hưởng.
web-end-kiosk = Xong và xóa
web-idle = Đã lâu bạn chưa làm gì. Sắp đến lúc mọi thứ ở đây được xóa.
web-idle-title = Bạn còn ở đây không?
web-idle-until = Máy này nhiều người dùng. Nếu không làm gì thêm, lúc { $at } mọi thứ ở đây được xóa.
web-idle-stay = Tôi còn làm

web-offline = Chưa kết nối được. Những gì bạn gõ vẫn ở trên trang này và sẽ được lưu khi có mạng.
web-cookies = Cần cho phép cookie
web-cookies-text = Trang này giữ những gì bạn gõ dưới một khóa mà chỉ trình duyệt của bạn có. Trình duyệt chưa gửi lại khóa đó, nên chưa có gì được lưu. Hãy cho phép cookie rồi thử lại.
web-refused = Không nhận được
web-refused-text = Yêu cầu này không đến từ trang của chúng tôi, hoặc đã quá cũ. Chưa có gì được thay đổi.
web-too-big = Quá lớn
web-too-big-text = Những gì bạn gửi lớn hơn mức nhận được. Chưa có gì được thay đổi. Hãy chọn tệp nhỏ hơn.
web-trouble = Có trục trặc
web-trouble-text = Máy chủ chưa mở được chỗ lưu của bạn. Những gì đã lưu vẫn còn. Hãy thử lại sau ít phút; nếu vẫn không được, cơ quan tiếp nhận ở xã sẽ giúp bạn.
