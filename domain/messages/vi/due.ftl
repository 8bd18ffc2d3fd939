### review: source
## Đồng hồ của hồ sơ: hẹn ngày nào, vì sao, ai đang giữ.

due-day = { $day }
due-day-expected = { $day } (dự kiến)
due-limit-same-day = Giải quyết trong ngày nhận hồ sơ.
due-limit-hours = Thời hạn { $count } giờ làm việc.
due-limit-working-days = Thời hạn { $count } ngày làm việc, tính từ ngày làm việc sau ngày nhận.
due-limit-days = Thời hạn { $count } ngày, tính cả ngày nghỉ, từ ngày sau ngày nhận.
due-limit-months = Thời hạn { $count } tháng.
due-why-arrived-off = Hồ sơ đến { $arrived }, là ngày nghỉ, nên tính là nhận { $counts }.
due-why-arrived-late = Hồ sơ đến sau 15 giờ { $arrived }, nên tính là nhận { $counts }.
due-why-holidays = Không tính { $count } ngày nghỉ lễ, từ { $first } đến { $last }.
due-why-holiday = Không tính ngày nghỉ lễ { $first }.
due-why-made-up = { $day } là ngày cuối tuần làm bù, nên được tính.
due-why-supplement = Đồng hồ dừng khi chờ bạn bổ sung, từ { $first } đến { $last }.
due-why-outage = Hệ thống ngừng từ { $first } đến { $last }, những ngày đó không tính.
due-why-ends-off = Hạn rơi vào ngày nghỉ { $first }, nên lùi sang { $last }.
due-why-not-decreed = Có ngày nghỉ trong khoảng này mà Nhà nước chưa công bố, nên ngày hẹn là dự kiến.

clock-holder = Ai đang giữ hồ sơ
clock-holder-one-stop = Bộ phận một cửa
clock-holder-agency = Cơ quan giải quyết
clock-holder-citizen = Bạn
clock-next = Việc tiếp theo
clock-next-acceptance = Cơ quan tiếp nhận, hoặc báo bạn những gì còn thiếu.
clock-next-result = Cơ quan trả kết quả.
clock-next-supplement = Bạn bổ sung. Sau đó đồng hồ chạy tiếp và có ngày hẹn mới.
clock-next-payment = Bạn nộp phí, lệ phí. Sau đó cơ quan làm tiếp.
clock-next-withdrawal = Cơ quan trả lời về việc rút hồ sơ.
clock-next-fetching = Bạn nhận kết quả.
clock-standing = Đồng hồ của cơ quan đang dừng.
clock-late = Cơ quan đã quá hạn trả kết quả. Bạn không phải nộp lại. Cơ quan phải xin lỗi bằng văn bản và hẹn ngày mới; nếu chưa có, hãy hỏi nơi nhận hồ sơ.
clock-ended-early = Giải quyết trước hạn.
clock-ended-on-time = Giải quyết đúng hạn.
clock-ended-late = Giải quyết quá hạn.
clock-apology = Cơ quan xin lỗi vì trả kết quả chậm. Ngày hẹn mới: { $day }.
