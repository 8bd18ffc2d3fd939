### review: source
## Lời dùng chung trên mọi màn hình. Không viết từ chỉ loại phần tử ("nút", "ô nhập"): máy đọc màn hình tự nói.

common-next = Tiếp tục
common-back = Quay lại
common-start = Bắt đầu
common-save = Lưu
common-edit = Sửa
common-cancel = Hủy
common-close = Đóng
common-yes = Có
common-no = Không
common-search = Tìm
common-submit = Nộp hồ sơ
common-retry = Thử lại
common-abandon = Bỏ hồ sơ này
common-home = Trang đầu
common-later = Để sau
common-open-browser = Mở trình duyệt
common-take-photo = Chụp hoặc chọn ảnh
common-change-language = Đổi ngôn ngữ
common-demo = THỬ NGHIỆM
common-optional = không bắt buộc
common-not-answered = chưa trả lời

# Nói một lần ở đầu phần chưa có bản dịch.
common-not-translated = Phần này chưa có bản dịch, nên được hiển thị bằng tiếng Việt.
# Nói một lần ở đầu phần có bản dịch chưa ai có chuyên môn duyệt.
common-not-reviewed = Bản dịch của phần này chưa được người có chuyên môn duyệt. Khi có chỗ khác nhau, bản tiếng Việt là đúng.

# Hiện ra khi chương trình gọi một lời không có. Không bao giờ hiện mã của lời đó.
message-missing = Chỗ này đang thiếu lời giải thích. Đó là lỗi của ứng dụng.

## Máy mà người dùng đang cầm, hoặc trình duyệt mà trang web phục vụ. Đứng giữa câu.
this-device = { $device ->
    [browser] trang web này
   *[phone] điện thoại này
}
kept-here = { $device ->
    [browser] được giữ riêng cho trình duyệt này
   *[phone] được giữ trong điện thoại này
}
