### review: source
## Lỗi của một câu trả lời: sai ở đâu và sửa thế nào. Không nhắc lại giá trị đã nhập.

form-required = Cần trả lời câu này.
form-not-chosen = Cần chọn một câu trả lời.
form-too-long = Câu trả lời quá dài. Hãy viết ngắn hơn.
form-bad-text = Câu trả lời có ký tự không nhìn thấy được. Hãy xóa đi và gõ lại.
form-bad-name = Họ tên chỉ gồm chữ cái, dấu cách, dấu gạch nối, dấu nháy và dấu chấm; không có chữ số. Hãy xem lại.
form-bad-id-number = Số định danh cá nhân gồm đúng 12 chữ số, như trên thẻ căn cước. Hãy xem lại.
form-answer-or-say-why = Hãy trả lời câu này, hoặc cho biết vì sao không trả lời được.
form-bad-number = Câu trả lời phải là một số nguyên. Hãy chỉ nhập chữ số.
form-bad-money = Số tiền là số đồng, chỉ gồm chữ số. Hãy xem lại.
form-number-too-small = Số này nhỏ hơn mức được nhận. Hãy xem lại.
form-number-too-large = Số này lớn hơn mức được nhận. Hãy xem lại.
form-too-many-items = Có nhiều mục hơn mức được nhận. Hãy bỏ bớt.
form-bad-date = Ngày này không có trong lịch. Hãy nhập ngày, tháng và năm.
form-date-in-future = Ngày này chưa tới. Hãy nhập hôm nay hoặc một ngày đã qua.
form-bad-phone = Số điện thoại trong nước gồm 10 hoặc 11 chữ số và bắt đầu bằng số 0; số nước ngoài bắt đầu bằng dấu cộng. Hãy xem lại.
form-unknown-commune = Không tìm thấy xã, phường, đặc khu này. Hãy chọn trong danh sách.
form-commune-no-office = Ứng dụng này chưa nộp được hồ sơ đến nơi này. Câu trả lời của bạn vẫn được giữ. Hãy nộp trực tiếp tại Ủy ban nhân dân nơi đó, hoặc chọn nơi khác nếu chọn nhầm.
form-not-an-option = Câu trả lời này không có trong các lựa chọn. Hãy chọn lại.
form-wrong-kind = Câu trả lời không đúng kiểu. Hãy trả lời lại câu này.
form-file-missing = Cần thêm giấy tờ này.
form-file-too-big = Tệp lớn hơn mức được nhận. Hãy chụp lại với cỡ nhỏ hơn hoặc chọn tệp khác.
form-file-wrong-kind = Tệp không đúng loại được nhận. Hãy chọn ảnh JPEG, PNG hoặc tệp PDF.
form-same-person = Cha và mẹ không thể có cùng số định danh cá nhân. Hãy xem lại.
form-parent-born-after-child = Cha, mẹ phải sinh trước con. Hãy xem lại hai ngày sinh.
form-requester-is-mother = Bạn khai mình là mẹ, nhưng số định danh của mẹ khác số của bạn. Hãy xem lại.
form-requester-is-father = Bạn khai mình là cha, nhưng số định danh của cha khác số của bạn. Hãy xem lại.
form-father-not-recorded = Bạn đã chọn không ghi tên cha, nên người khai không thể là cha. Hãy xem lại một trong hai câu.
form-died-before-birth = Ngày chết không thể trước ngày sinh. Hãy xem lại hai ngày.
form-requester-is-deceased = Số định danh của người đã mất trùng với số của bạn. Hãy xem lại.
form-same-spouse = Hai người không thể có cùng số định danh cá nhân. Hãy xem lại.
form-marriage-not-free = Chỉ được kết hôn khi cả hai tự nguyện. Nếu bạn bị ép, hãy gọi công an, số 113; trẻ em gọi số 111.
form-guardian-is-ward = Người giám hộ và người được giám hộ không thể là một. Hãy xem lại số định danh.
form-no-agreement = Người này phải đồng ý thì mới nộp được. Hãy hỏi ý kiến rồi trả lời lại.
form-ends-before-it-begins = Ngày kết thúc phải sau ngày bắt đầu. Hãy xem lại hai ngày.
form-only-in-person = Phiếu số 2 chỉ xin cho mình hoặc cho con chưa thành niên. Hãy chọn phiếu số 1, hoặc để người đó tự xin.
form-too-young-for-pension = Trợ cấp này dành cho người từ đủ 75 tuổi, hoặc từ đủ 70 tuổi nếu thuộc hộ nghèo, cận nghèo. Hãy xem lại tuổi.
form-pension-needs-poor = Từ 70 đến dưới 75 tuổi, trợ cấp này chỉ dành cho hộ nghèo, cận nghèo. Hãy xem lại, hoặc xin xét hộ nghèo trước.
form-has-pension = Người có lương hưu hoặc trợ cấp bằng hay cao hơn mức này thì không được hưởng. Hãy xem lại.
form-tax-office-first = Hãy làm thủ tục chuyển địa điểm với cơ quan thuế trước, rồi quay lại. Những gì đã khai vẫn được giữ.
form-debts-first = Hãy trả hết nợ và thuế trước, rồi quay lại. Những gì đã khai vẫn được giữ.
form-original-not-certifiable = Bản chính như vậy không được chứng thực. Hãy xin cấp lại bản chính ở nơi đã cấp.
form-legalise-first = Giấy tờ nước ngoài này phải hợp pháp hóa lãnh sự trước. Hãy hỏi Sở Ngoại vụ của tỉnh.
form-groom-too-young = Nam phải đủ 20 tuổi mới được kết hôn. Hãy xem lại ngày sinh.
form-bride-too-young = Nữ phải đủ 18 tuổi mới được kết hôn. Hãy xem lại ngày sinh.
form-not-under-6 = Thủ tục này dành cho trẻ dưới 6 tuổi. Trẻ lớn hơn thì làm riêng từng thủ tục. Hãy xem lại ngày sinh.
form-not-under-14 = Người từ đủ 14 tuổi tự làm cho mình. Hãy xem lại ngày sinh, hoặc để người đó tự làm.
form-not-under-18 = Người từ đủ 18 tuổi tự làm hoặc ủy quyền. Hãy xem lại ngày sinh, hoặc chọn câu trả lời khác ở phần người khai.
form-stay-too-long = Mỗi lần đăng ký tạm trú nhiều nhất là 2 năm. Hãy chọn ngày sớm hơn; sau này gia hạn được.

# Nhắc xem lại, không bao giờ là lý do từ chối.
form-warn-unknown-province = Ba số đầu của số định danh không có trong danh mục mã tỉnh của ứng dụng. Hãy xem lại; nếu đúng như trên thẻ thì cứ tiếp tục.
form-warn-other-birth-year = Năm sinh trong số định danh khác với ngày sinh đã khai. Hãy xem lại; nếu đúng như trên thẻ thì cứ tiếp tục.
form-warn-other-sex = Giới tính trong số định danh khác với giới tính đã khai. Hãy xem lại; nếu đúng như trên thẻ thì cứ tiếp tục.
