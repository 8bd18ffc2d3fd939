### review: source
## Lời của từng màn hình.

demo-notice = { $mark }: đây là bản chạy thử với dữ liệu bịa. Không có hồ sơ nào được gửi đến cơ quan nhà nước thật.
problem-title = Có trục trặc

## Ngôn ngữ
language-title = Chọn ngôn ngữ

## Trang đầu
home-search = Tìm thủ tục
home-dossiers = Hồ sơ của tôi
home-link = Liên kết VNeID
home-linked = Đã liên kết VNeID.
home-not-linked = Chưa liên kết VNeID. Bạn vẫn tìm thủ tục và điền tờ khai được.
home-drafts = Đang làm dở
home-draft-detail = Bắt đầu lúc { $when }, { kept-here }.
home-sending = Đang chờ gửi
home-sending-waiting = Chưa nộp, { kept-here } cho đến khi gửi xong.
home-sending-wedged = Chưa nộp. Cần bạn xem lại.
home-discarded = Đã bỏ tờ khai đang làm dở. Bạn có thể lấy lại trong ba mươi ngày.
home-undo = Lấy lại tờ khai vừa bỏ

## Tìm
search-title = Tìm thủ tục
search-query = Bạn cần làm việc gì?
search-hint = Gõ vài chữ, không cần dấu. Ví dụ: khai sinh cho con.
search-found = { $count ->
    [0] Không tìm thấy thủ tục nào.
   *[other] Tìm thấy { $count } thủ tục.
}
search-nothing = Thử chữ khác, hoặc gõ ngắn hơn.
search-perhaps = { $count ->
    [0] Không tìm thấy thủ tục nào.
   *[other] Không có thủ tục nào đúng hẳn như vậy. Có phải bạn muốn tìm:
}
search-browse = Xem theo lĩnh vực

## Xem theo lĩnh vực
browse-title = Mọi thủ tục ở xã, phường
browse-who = Ai làm thủ tục?
browse-who-all = Tất cả
browse-who-citizen = Người dân
browse-who-household = Hộ kinh doanh
browse-who-organisation = Doanh nghiệp, hợp tác xã, tổ chức
browse-fields = { $count } lĩnh vực.
browse-count = { $count } thủ tục.
browse-more = Xem thêm

## Thủ tục chưa có biểu mẫu
listing-card = { $field }. Chưa có biểu mẫu trong ứng dụng.
listing-no-form = Chưa có biểu mẫu trong ứng dụng. Dưới đây là những gì Cổng Dịch vụ công quốc gia công bố.
listing-bring = Mang giấy tờ đến bộ phận một cửa của xã, phường nơi bạn làm thủ tục. Cán bộ ở đó cho biết cần những giấy tờ nào.
listing-bring-to = Mang giấy tờ đến { $office }. Cán bộ ở đó cho biết cần những giấy tờ nào.
listing-not-at-counter = Thủ tục này không ghi cách nộp tại bộ phận một cửa. Hãy hỏi bộ phận một cửa trước khi đi.
listing-who-citizen = công dân Việt Nam
listing-who-overseas = người Việt Nam định cư ở nước ngoài
listing-who-foreigner = người nước ngoài
listing-who-enterprise = doanh nghiệp
listing-who-cooperative = hợp tác xã
listing-who-official = cán bộ, công chức, viên chức
listing-who-party = đảng viên
listing-via-online = Nộp qua Cổng Dịch vụ công quốc gia
listing-via-post = Nộp qua bưu chính
listing-via-counter = Nộp tại bộ phận một cửa
listing-hours = { $amount } giờ.
listing-working-days = { $amount } ngày làm việc.
listing-days = { $amount } ngày, tính cả ngày nghỉ.
listing-months = { $amount } tháng.
listing-time-unknown = Chưa biết thời hạn.
listing-fee-free = Không thu phí, lệ phí.
listing-fee-unknown = Chưa biết phí, lệ phí là bao nhiêu. Hãy hỏi trước khi nộp.
listing-fee = Phí, lệ phí: { $amount }.
listing-fee-between = Phí, lệ phí: từ { $least } đến { $most }.
listing-field = Lĩnh vực
listing-agency = Cơ quan công bố
listing-source = Nguồn: Cổng Dịch vụ công quốc gia, Quyết định { $decision }. Cập nhật: { $date }.

## Chuyện gì đã xảy ra
events-title = Chuyện gì đã xảy ra?
events-hint = Chọn một chuyện. Vài câu hỏi ngắn sẽ cho biết cần làm những thủ tục nào. Câu trả lời không được gửi đi đâu.
events-count = { $count ->
    [0] Không có thủ tục nào phải làm trong ứng dụng này.
   *[other] { $count } thủ tục, theo thứ tự nên làm.
}
events-search = Tìm thủ tục khác
events-again = Chọn chuyện khác

## Mang đến quầy
review-not-online = Thủ tục này không nộp qua mạng được. Hãy xem lại lần cuối; hồ sơ được chuẩn bị sẵn và { kept-here } để bạn mang đến quầy.
review-prepare = Chuẩn bị hồ sơ mang đến quầy
home-prepared-detail = Đã chuẩn bị, chưa nộp. Mang mã { $code } đến quầy.
counter-title = Hồ sơ mang đến quầy
counter-not-filed = Chưa nộp. Chỉ khi cán bộ nhận tại quầy thì hồ sơ mới được nộp.
counter-code = Mã để đọc tại quầy
counter-how = Đọc mã này hoặc đưa màn hình cho cán bộ, cùng thẻ căn cước của bạn. Mã không chứa thông tin cá nhân; những điều đã khai ở ngay bên dưới.
counter-place = Nơi đến
counter-bring = Mang theo
counter-bring-nothing = Chỉ cần thẻ căn cước.
counter-visits = Việc còn phải đi
counter-answers = Những điều đã khai
counter-edit = Sửa hồ sơ

## Thủ tục
procedure-needs = Cần chuẩn bị
procedure-component-known = { $name }. Không cần nộp: cơ quan nhà nước tự tra được.
procedure-known = Nhà nước đã biết
procedure-known-linked = Những phần này được điền sẵn cho bạn xem lại:
procedure-known-when-linked = Khi bạn liên kết VNeID, những phần này được điền sẵn cho bạn xem lại:
procedure-known-nothing = Chưa có phần nào điền sẵn được cho thủ tục này.
procedure-terms = Thời gian, lệ phí và việc đi lại
procedure-time = Thời hạn giải quyết
procedure-same-day = Trong ngày làm việc.
procedure-hours = { $days } giờ làm việc.
procedure-days = { $days } ngày làm việc.
procedure-calendar-days = { $days } ngày, tính cả ngày nghỉ.
procedure-months = { $days } tháng.
procedure-time-unknown = Chưa có quy định mà chúng tôi biết. Cơ quan hẹn ngày khi nhận hồ sơ.
procedure-fee = Lệ phí
procedure-level = Mức độ dịch vụ công trực tuyến
procedure-level-full = Toàn trình
procedure-level-partial = Một phần
procedure-level-in-person = Nộp trực tiếp
procedure-visits = Số lần phải đến
procedure-visits-none = Không phải đến lần nào.
procedure-visits-one = Nộp qua mạng thì không phải đến. Còn một lần: đến ký và nhận kết quả bản giấy.
procedure-visits-all = Phải đến nộp và nhận kết quả tại bộ phận một cửa.
procedure-visits-count = Phải đến { $count } lần.
procedure-who = Ai được nộp
procedure-who-citizen = công dân
procedure-who-household-business = hộ kinh doanh
procedure-who-organisation = tổ chức
procedure-channels = Cách nộp
procedure-channel-online = qua mạng
procedure-channel-post = qua bưu chính
procedure-channel-counter = tại bộ phận một cửa
procedure-counter-only = Thủ tục này không nộp được qua mạng. Ứng dụng giúp bạn soạn sẵn hồ sơ và cho một mã để mang đến bộ phận một cửa. Hồ sơ chỉ được nộp khi cơ quan nhận tại đó.
procedure-times = Thời hạn theo từng trường hợp
procedure-cases = Các trường hợp
procedure-originals = Bản chính: { $count }.
procedure-copies = Bản sao: { $count }.
procedure-component-if-any = Chỉ cần khi đúng trường hợp đó.
procedure-in-force = Áp dụng từ { $from }.
procedure-in-force-until = Áp dụng từ { $from } đến hết { $until }.
procedure-approved = { $by } đã duyệt nội dung này, { $date }.
procedure-publisher = Bộ công bố
procedure-code = Mã thủ tục
procedure-law = Căn cứ pháp lý
procedure-source = Nguồn: { $name }. Đọc: { $date }.
procedure-not-approved = Chưa có cơ quan có thẩm quyền nào duyệt nội dung này. Khi có chỗ khác nhau, thông báo của cơ quan nhà nước là đúng.
procedure-search-again = Tìm thủ tục khác
fee-free = Không thu lệ phí
fee-unknown = Chưa biết là bao nhiêu: { $why }
fee-per = { $amount } nhân với "{ $count }"
fee-after = { $rate }, quá { $units } thì mỗi đơn vị thêm là { $amount }
fee-max = { $rate }, nhiều nhất là { $amount }
fee-times = { $rate }, rồi nhân với "{ $count }"
fee-in-case = { $case }: { $amount }
fee-from = { $amount }, từ { $from }
fee-until = { $amount }, đến hết { $until }
fee-between = { $amount }, từ { $from } đến hết { $until }
fee-at-place = { $places }: { $amount }
fee-online = Nộp trực tuyến: { $amount }
fee-counter = Nộp tại quầy: { $amount }
fee-post = Nộp qua bưu chính: { $amount }
fee-exempt = Được miễn
fee-reduced = Được giảm { $percent } phần trăm
fee-exempted = { $name }: { $rule }
fee-nothing = Không phải nộp
fee-total = Tổng cộng { $amount }.
fee-line = { $name }: { $amount }
fee-calculated = { $amount } ({ $each } nhân { $count })
fee-unanswered = Còn tùy câu trả lời: { $question }.
fee-too-large = Chưa tính được. Cơ quan nhận hồ sơ sẽ báo số tiền.
fee-with-basis = { $amount }. Căn cứ: { $basis }.

## Liên kết VNeID
link-title = Liên kết VNeID
link-why = Liên kết để cơ quan nhà nước biết ai nộp hồ sơ, và để điền sẵn những gì nhà nước đã biết về bạn.
link-browser = { $device ->
    [browser] Trang đăng nhập VNeID sẽ mở ra thay cho trang này; xong thì bạn được đưa về đây. Trang đó bằng tiếng Việt.
   *[phone] Trình duyệt của điện thoại sẽ mở trang đăng nhập VNeID. Trang đó bằng tiếng Việt.
}
link-asked = Trang đó hỏi số định danh cá nhân (12 chữ số trên thẻ căn cước) và mật khẩu VNeID. Ứng dụng này không thấy mật khẩu của bạn.
link-code = Sau đó trang hỏi bạn có đồng ý cho biết họ tên, số định danh và ngày sinh hay không.
link-agree = Muốn liên kết thì chọn "{ $yes }".
link-deny = Chọn "{ $no }" thì không có gì được cho biết, và bạn trở lại đây.
link-go = Mở trang đăng nhập VNeID
link-later = Để sau
link-later-why = Chưa cần liên kết để điền tờ khai. Đến lúc nộp mới cần.
link-needed = Muốn nộp thì phải liên kết, vì hồ sơ cần biết ai nộp.
linking-title = Đang liên kết VNeID
linking-browser = Hãy đăng nhập trong trình duyệt. Xong thì bạn tự trở lại đây.
linking-redeeming = Đã đăng nhập ở trình duyệt. Đang kiểm tra với máy chủ.
linking-safe = Những gì bạn đã nhập vẫn { kept-here }.
linking-open-again = Mở lại trang đăng nhập

## Tờ khai
form-item = { $what } thứ { $at } trong { $of }
form-item-short = { $what } thứ { $at }:
form-item-add = Thêm { $what }
form-item-remove = Bỏ { $what } thứ { $at }
form-item-undo = Hoàn tác: đưa lại { $what } vừa bỏ
form-item-none = Chưa có { $what } nào.
form-item-added = Đã thêm { $what }. Hiện có { $of }.
form-item-removed = Đã bỏ { $what }. Còn { $of }. Có thể hoàn tác.
form-item-back = Đã đưa lại { $what }. Hiện có { $of }.
form-why-not = Nếu không trả lời được, hãy cho biết vì sao: { $what }
form-save-and-leave = Để đó, làm tiếp sau
form-prefill-asking = Đang hỏi cơ sở dữ liệu của nhà nước. Bạn cứ điền, không cần chờ: những gì bạn đã nhập không bị thay.
form-prefill-unavailable = Chưa hỏi được cơ sở dữ liệu của nhà nước. Bạn cứ tự điền. Khi hỏi được, chỗ nào khác sẽ hiện ra cho bạn xem.
form-filled = Đã điền sẵn { $count } câu từ dữ liệu của nhà nước. Hãy xem lại.
form-source = Theo { $source }, { $date }.
form-differs = { $source }, { $date }, ghi: { $state }. Bạn nhập: { $mine }.
form-contested = { $source }, { $date }, ghi: { $state }. Bạn cho biết như vậy là sai. Cán bộ sẽ thấy cả hai.
form-contested-noted = Đã ghi nhận dữ liệu của nhà nước có chỗ sai. Hãy nhập giá trị đúng. Cán bộ sẽ thấy cả hai.
form-use-state = Dùng giá trị của nhà nước
form-keep-mine = Giữ giá trị tôi nhập
form-wrong-heading = Dữ liệu của nhà nước có chỗ sai?
form-wrong-item = Sai: { $what }
form-wrong-why = Chọn câu có dữ liệu sai, rồi nhập giá trị đúng. Hồ sơ gửi cả hai để cán bộ xem.
form-file-added = Đã thêm tệp { $kind }, { $size }; { kept-here }, chưa gửi.
form-file-remove = Bỏ tệp này
form-commune-find = Tìm xã, phường, đặc khu
form-commune-find-hint = Gõ vài chữ của tên mới hoặc tên cũ, không cần dấu.
source-population = Cơ sở dữ liệu quốc gia về dân cư
source-civil-status = Cơ sở dữ liệu hộ tịch điện tử
source-vneid = VNeID
source-other = Một cơ sở dữ liệu của nhà nước

## Cơ quan
office-heading = Liên hệ cơ quan
office-name = Cơ quan
office-address = Địa chỉ
office-hours = Giờ làm việc
office-phone = Điện thoại
office-step-free = Lối vào không bậc thềm
office-languages = Ngoài tiếng Việt, nói được
office-sign-language = Ngôn ngữ ký hiệu
office-unknown = Chưa có
office-yes = Có
office-no = Không
office-source = Theo { $source }, ngày { $date }.
office-line = Ứng dụng chưa có địa chỉ và điện thoại của cơ quan này. Cần người giúp, hãy gọi { $name }: { $phone }. Theo { $source }, ngày { $date }.

## Tờ khai đã đổi
changed-title = Tờ khai đã có bản mới
changed-notice = Tờ khai này vừa có bản mới. Câu trả lời của bạn vẫn còn nguyên. Trước khi nộp, bạn sẽ được xem những gì đã đổi.
changed-told = Tờ khai này đã có bản mới sau khi bạn bắt đầu. Mọi câu bạn đã trả lời vẫn còn. Nếu bạn đã ký, chữ ký đó không dùng cho bản mới: bạn xem lại rồi ký lại.
changed-list = { $count } câu mới hoặc đã đổi
changed-gone = { $count } câu không còn hỏi nữa. Câu trả lời cũ vẫn được giữ và không gửi đi.
changed-fee = Lệ phí đã đổi
changed-fee-before = Trước đây
changed-fee-now = Bây giờ
changed-fee-same = Lệ phí không đổi: { $fee }
changed-fee-accept = Đồng ý lệ phí mới, làm tiếp
changed-fee-confirm = Lệ phí bây giờ: { $fee } Bạn đồng ý và làm tiếp?

## Xem lại
review-title = Xem lại trước khi nộp
review-not-sent = Hồ sơ chưa nộp. Hãy xem lại từng câu.
review-from-state = (theo { $source })
review-contested = ({ $source } ghi: { $state }. Cán bộ sẽ thấy cả hai.)
review-change = Đổi: { $what }
review-sending = Nộp ở đâu và lệ phí
review-office = Nơi nhận hồ sơ
review-link-first = Muốn nộp thì cần liên kết VNeID trước. Tờ khai vẫn được giữ nguyên.
review-confirm = Nộp hồ sơ "{ $procedure }" đến { $office }. Lệ phí: { $fee } Bấm nộp thì { this-device } ký hồ sơ thay cho chữ ký của bạn.
review-confirm-no-office = Nộp hồ sơ "{ $procedure }". Lệ phí: { $fee } Bấm nộp thì { this-device } ký hồ sơ thay cho chữ ký của bạn.
review-abandon-confirm = Bỏ tờ khai này. Ngay sau đó bạn vẫn lấy lại được.

## Đang gửi
sending-title = Đang gửi hồ sơ
sending-not-yet = Chưa nộp. Hồ sơ chỉ được coi là nộp khi có giấy tiếp nhận của máy chủ.
sending-starting = Đang bắt đầu gửi.
sending-offline = Đang không có mạng. Khi có mạng, hồ sơ tự gửi.
sending-files = Đang gửi tệp.
sending-dossier = Tệp đã gửi xong. Đang gửi tờ khai.
sending-checking = Đang kiểm tra giấy tiếp nhận.
sending-safe = Tờ khai và tệp { kept-here }. Bạn có thể rời màn hình này hoặc { $device ->
    [browser] đóng trang
   *[phone] tắt ứng dụng
}. Gửi lại bao nhiêu lần cũng chỉ thành một hồ sơ.
sending-in-doubt = Có thể máy chủ đã nhận được mà câu trả lời bị mất. Vì vậy lúc này chưa sửa hoặc bỏ được. Hãy thử lại để biết chắc.
sending-edit = Lấy lại để sửa
sending-abandon-confirm = Bỏ hồ sơ này: tờ khai và tệp bị xóa và không được gửi. Không lấy lại được.

## Đã nộp
sent-title = Đã nộp
sent-notice = Đã nộp. Chữ ký của giấy tiếp nhận đã được { this-device } kiểm tra.
sent-received = Tiếp nhận lúc
sent-files = Tệp đã nhận
sent-file-count = { $count ->
    [0] Không có tệp nào.
   *[other] { $count } tệp, đúng với tệp { kept-here }.
}
sent-proof = { $device ->
    [browser] Giấy tiếp nhận { kept-here }. Ở máy khác, liên kết VNeID để xem lại hồ sơ.
   *[phone] Giấy tiếp nhận { kept-here }, xem được cả khi không có mạng.
}
sent-then = Khi cơ quan xử lý hồ sơ, trạng thái sẽ hiện trong mục Hồ sơ của tôi.
sent-follow = Theo dõi hồ sơ này

## Hồ sơ
dossiers-title = Hồ sơ của tôi
dossiers-none = Chưa có hồ sơ nào.
dossiers-none-not-linked = Chưa có hồ sơ nào ở đây. Liên kết VNeID để xem hồ sơ đã nộp.
dossier-title = Hồ sơ
dossier-procedure = Thủ tục
dossier-code = Mã hồ sơ
dossier-status = Trạng thái: { $status }.
dossier-agency = Cơ quan đang xử lý
dossier-handler = Người xử lý
dossier-due = Hẹn trả kết quả
dossier-history = Các bước đã qua
dossier-results = Kết quả
dossier-results-count = Có { $count } kết quả điện tử.
dossier-open-result = Xem kết quả: { $name }
news-status = Hồ sơ của bạn có trạng thái mới: { $status }.

## Kết quả
result-as-of = Theo dữ liệu lúc
result-agency = Cơ quan trả kết quả
result-size = Cỡ tệp
result-here = { $device ->
    [browser] Kết quả { kept-here }. Muốn giữ lâu thì tải về.
   *[phone] Kết quả { kept-here }, xem được cả khi không có mạng.
}
result-open = Mở kết quả
result-fetching = Đang tải kết quả về.
result-fetching-offline = Đang không có mạng. Khi có mạng, kết quả tự tải về.

## Bỏ và lấy lại
home-bin = Đã bỏ
home-bin-detail = Mở ra là lấy lại. Được giữ đến { $until }.
form-undo = Lấy lại câu trả lời trước: { $what }
form-undo-filed = Lấy lại như đã nộp: { $what }
form-undone = Đã lấy lại câu trả lời trước.
sending-held = Đã ký, chưa gửi. Trong mười giây đầu bạn còn lấy lại được. Hết mười giây thì tự gửi, không mất gì.
sending-take-back = Lấy lại, chưa gửi
sending-now = Gửi ngay

## Thông báo
home-notices = { $count ->
    [0] Thông báo
   *[other] Thông báo: { $count } chưa đọc
}
notices-title = Thông báo
notices-none = Chưa có thông báo nào.
notices-unread = Chưa đọc.
notices-read-all = Đánh dấu đã đọc tất cả

## Bổ sung hồ sơ
supplement-heading = Cơ quan yêu cầu bổ sung { $count } mục
supplement-paused = Thời hạn của cơ quan tạm dừng cho đến khi bạn nộp bổ sung. Mã hồ sơ giữ nguyên.
supplement-start = Bổ sung hồ sơ
supplement-at-the-office = Cơ quan yêu cầu bổ sung, nhưng không nói rõ ở câu nào. Hãy liên hệ cơ quan đang giữ hồ sơ.
supplement-answered = Đã nộp bổ sung { $when }. Cơ quan đang giữ hồ sơ và xem phần bổ sung.
supplement-under-way = Phần bổ sung đã ký, chưa gửi đến nơi.
supplement-track = Xem việc gửi phần bổ sung
supplement-locked = Chỉ những câu cán bộ yêu cầu mới sửa được. Các câu khác chỉ để đọc.
supplement-reason = Cán bộ yêu cầu: { $reason }.
supplement-review-title = Xem lại phần bổ sung
supplement-not-sent = Chưa gửi gì. Hãy xem lại những chỗ thay đổi rồi mới nộp.
supplement-changes-heading = Những chỗ cơ quan yêu cầu
supplement-changes = Đã nộp: { $old }. Bây giờ: { $new }.
supplement-same = { $value }. Giữ như đã nộp.
supplement-stays-heading = Những chỗ giữ nguyên
supplement-submit = Nộp bổ sung
supplement-confirm = { $count ->
    [0] Ký và nộp bổ sung cho hồ sơ { $code }. Không có câu nào thay đổi so với lần nộp trước.
   *[other] Ký và nộp bổ sung cho hồ sơ { $code }. { $count } câu thay đổi; các câu khác giữ nguyên.
}
sending-supplement-title = Đang nộp bổ sung
sent-supplement-title = Đã nộp bổ sung
sent-supplement-notice = Đã nộp bổ sung. Cơ quan đã nhận đủ; mã hồ sơ giữ nguyên.
history-supplemented = Công dân đã nộp bổ sung

## Rút hồ sơ
withdraw = Rút hồ sơ
withdraw-confirm = Ký và gửi yêu cầu rút hồ sơ này. { $office } sẽ quyết định: trả lại hồ sơ hoặc tiếp tục xử lý. Muốn làm lại thì phải lập hồ sơ mới.
withdraw-under-way = Yêu cầu rút hồ sơ đã ký, chưa gửi đến nơi.
withdraw-track = Xem việc gửi yêu cầu rút
withdraw-waiting = Cơ quan đang giữ hồ sơ và xem yêu cầu rút của bạn.
sending-withdrawal-title = Đang gửi yêu cầu rút hồ sơ
sent-withdrawal-title = Đã gửi yêu cầu rút hồ sơ
sent-withdrawal-notice = Cơ quan đã nhận yêu cầu rút hồ sơ và sẽ trả lời.
## Nộp phí
fees-heading = Phí, lệ phí
fees-due = Phải nộp { $amount }.
fees-checking = Khoản { $amount }: đang kiểm tra xem tiền đã đến chưa. Đừng trả lần nữa.
fees-paid = Đã nộp { $amount }.
fees-unproven = Khoản { $amount }: hệ thống báo đã nộp, { this-device } chưa kiểm được biên lai.
fees-pay = Nộp phí { $amount }
fees-see = Xem biên lai { $amount }
fee-title = Nộp phí { $amount }
fee-is-due = Phải nộp { $amount }. Chưa có khoản tiền nào được trừ.
fee-how = Chọn một cách nộp. Cũng có thể nộp tiền mặt tại bộ phận một cửa.
fee-pay-by = Nộp { $amount }: { $method }
fee-pay-confirm = Nộp { $amount } bằng cách: { $method }. Bấm đồng ý thì mở đơn thanh toán, chưa trừ tiền.
fee-by-vnpay = trang thanh toán VNPAY
fee-by-vietqr = chuyển khoản, mã VietQR
fee-by-cash = tiền mặt tại quầy
fee-asking = Đang mở đơn thanh toán. Chưa có khoản tiền nào được trừ.
fee-asking-offline = Không rõ đơn thanh toán đã mở chưa. Khi có mạng, ứng dụng tự hỏi lại. Chưa có khoản tiền nào được trừ.
fee-not-started = Chưa mở được đơn thanh toán. Chưa có khoản tiền nào được trừ.
fee-started = Đơn thanh toán đã mở. Trả được đến { $until }.
fee-browser = Trình duyệt sẽ mở trang thanh toán. Trả xong, trang đó đưa bạn về đây.
fee-open-page = Mở trang thanh toán
fee-qr = Mã VietQR để ứng dụng ngân hàng quét. Nội dung chuyển khoản
fee-bank = Ngân hàng
fee-account = Số tài khoản
fee-holder = Chủ tài khoản
fee-memo = Nội dung chuyển khoản
fee-exactly = Ghi đúng số tiền và nội dung chuyển khoản, để hệ thống nhận ra tiền của bạn.
fee-give-up = Tôi chưa chuyển tiền, chọn cách khác
fee-give-up-confirm = Bạn chắc chắn chưa chuyển tiền? Nếu tiền vẫn đến sau đó, khoản ấy được tính cho phí này hoặc được trả lại.
fee-look-again = Xem lại ngay
fee-is-checking = Đang kiểm tra xem tiền đã đến chưa. Nếu đã trả, khoản đó không mất. Đừng trả lần nữa; ứng dụng tự hỏi lại. Cần giúp thì hỏi bộ phận một cửa, đọc mã hồ sơ.
fee-failed = Lần trả trước không thành, không có khoản tiền nào được trừ. Phải nộp { $amount }.
fee-expired = Đơn thanh toán trước đã hết hạn. Phải nộp { $amount }.
fee-is-paid = Đã nộp phí { $amount }.
fee-unproven = Hệ thống báo đã nộp, nhưng { this-device } chưa kiểm được chữ ký trên biên lai. Đừng trả lần nữa; hãy hỏi bộ phận một cửa.
fee-receipt = Mã biên lai
fee-paid-at = Nộp lúc
fee-method = Cách nộp
fee-transaction = Số giao dịch
fee-refund-due = { $amount } đến ngày { $date } là khoản thừa. Cơ quan phải trả lại khoản này cho bạn.
fee-refunded = { $amount } đến ngày { $date } là khoản thừa và đã được trả lại.
fee-withdrawn-due = Hồ sơ đã rút: cơ quan phải trả lại cho bạn { $amount } đến ngày { $date }.
fee-withdrawn-refunded = Hồ sơ đã rút: { $amount } đến ngày { $date } đã được trả lại.
fee-not-due = Hồ sơ không được xử lý nữa: không phải nộp { $amount }. Nếu tiền vẫn đến, khoản đó được trả lại.
fee-for = Nộp cho
fee-reason = Lý do
fee-sum = Số tiền
