### review: source
## Nơi chốn: tên cũ, tên mới, và câu hỏi duy nhất khi cần.

place-formerly = { $place } (trước là { $formerly })
place-ask-split = { $place } đã chia cho nhiều nơi. Thôn, tổ dân phố của bạn nay thuộc nơi nào?
place-ask-same-name = Có nhiều nơi cùng tên. Bạn muốn nói nơi nào?
place-unknown = Tôi không biết
place-unknown-forwards = Tôi không biết: { $place } nhận hồ sơ rồi chuyển đến đúng nơi.
place-not-found = Chưa tìm thấy nơi này. Hãy gõ thêm tên huyện hoặc tỉnh, cũ hay mới đều được.
place-near = Có thể bạn muốn nói:
place-paper-valid = Giấy tờ do nơi cũ cấp vẫn dùng được. Bạn không phải đổi lại.
place-found-one = Tìm thấy: { $place }.
place-found-many = Có { $count } nơi để chọn.
place-receiving = Nơi nhận hồ sơ
place-officer-unsure = { $place }. Công dân chưa biết thôn, tổ dân phố của mình nay thuộc nơi nào: chuyển hồ sơ đến đúng nơi nếu cần.
