### review: unreviewed by a professional translator
## Words of single screens.

demo-notice = TRIAL ({ $mark }): this runs with invented data. Nothing is sent to a real state agency.
problem-title = Something went wrong

## Language
language-title = Choose a language

## Home
home-search = Find a procedure
home-dossiers = My dossiers
home-link = Link VNeID
home-linked = VNeID is linked.
home-not-linked = VNeID is not linked. You can still search and fill in forms.
home-drafts = Unfinished
home-draft-detail = Begun at { $when }, { kept-here }.
home-sending = Waiting to be sent
home-sending-waiting = Not submitted yet, { kept-here } until it is sent.
home-sending-wedged = Not submitted yet. It needs your attention.
home-discarded = The unfinished form was thrown away. You can have it back for thirty days.
home-undo = Take the form back

## Search
search-title = Find a procedure
search-query = What do you need to do?
search-hint = A few words, with or without Vietnamese accents. For example: birth certificate.
search-found = { $count ->
    [0] No procedure found.
    [one] One procedure found.
   *[other] { $count } procedures found.
}
search-nothing = Try another word, or a shorter one.
search-perhaps = { $count ->
    [0] No procedure found.
   *[other] No procedure is called quite that. Did you mean:
}
search-browse = Browse by field

## Browsing by field
browse-title = All procedures of communes and wards
browse-who = Who is it for?
browse-who-all = Everybody
browse-who-citizen = People
browse-who-household = Household businesses
browse-who-organisation = Companies, cooperatives, organisations
browse-fields = { $count ->
    [one] { $count } field.
   *[other] { $count } fields.
}
browse-count = { $count ->
    [one] { $count } procedure.
   *[other] { $count } procedures.
}
browse-more = Show more

## Procedures without a form
listing-card = { $field }. No form in this app yet.
listing-no-form = There is no form in this app yet. Below is what the National Public Service Portal publishes.
listing-bring = Bring your papers to the one-stop counter of the commune or ward where you do this. The officer there says which papers are needed.
listing-bring-to = Bring your papers to { $office }. The officer there says which papers are needed.
listing-not-at-counter = Filing this at the one-stop counter is not listed. Ask the counter before you go.
listing-who-citizen = Vietnamese citizens
listing-who-overseas = Vietnamese settled abroad
listing-who-foreigner = foreigners
listing-who-enterprise = companies
listing-who-cooperative = cooperatives
listing-who-official = officials and public employees
listing-who-party = party members
listing-via-online = On the National Public Service Portal
listing-via-post = By post
listing-via-counter = At the one-stop counter
listing-hours = { $amount } hours.
listing-working-days = { $amount } working days.
listing-days = { $amount } days, days off included.
listing-months = { $amount } months.
listing-time-unknown = The time limit is not known.
listing-fee-free = No fee.
listing-fee-unknown = The fee is not known. Ask before you file.
listing-fee = Fee: { $amount }.
listing-fee-between = Fee: from { $least } to { $most }.
listing-field = Field
listing-agency = Published by
listing-source = Source: National Public Service Portal, decision { $decision }. Updated: { $date }.

## What happened
events-title = What happened?
events-hint = Choose one. A few short questions tell which procedures follow. Your answers are sent nowhere.
events-count = { $count ->
    [0] There is no procedure to do in this app.
    [one] One procedure.
   *[other] { $count } procedures, in the order to do them.
}
events-search = Search for another procedure
events-again = Choose something else

## To the counter
review-not-online = This procedure cannot be filed online. Look through it once more; the file is prepared and { kept-here } for you to bring to the counter.
review-prepare = Prepare the file for the counter
home-prepared-detail = Prepared, not filed. Bring code { $code } to the counter.
counter-title = To bring to the counter
counter-not-filed = Not filed. It is filed only when the officer takes it at the counter.
counter-code = Code to say at the counter
counter-how = Say this code or show this screen to the officer, with your identity card. The code holds no personal data; what you filled in is right below.
counter-place = Where to go
counter-bring = Bring
counter-bring-nothing = Only your identity card.
counter-visits = Visits that remain
counter-answers = What you filled in
counter-edit = Change the file

## Procedure
procedure-needs = What you need
procedure-component-known = { $name }. Not asked for: the office looks it up.
procedure-known = What the state already knows
procedure-known-linked = These are filled in for you to check:
procedure-known-when-linked = When VNeID is linked, these are filled in for you to check:
procedure-known-nothing = Nothing can be filled in for this procedure yet.
procedure-terms = Time, fee and visits
procedure-time = Time limit
procedure-same-day = Within the working day.
procedure-hours = { $days ->
    [one] One working hour.
   *[other] { $days } working hours.
}
procedure-days = { $days ->
    [one] One working day.
   *[other] { $days } working days.
}
procedure-calendar-days = { $days ->
    [one] One day, days off included.
   *[other] { $days } days, days off included.
}
procedure-months = { $days ->
    [one] One month.
   *[other] { $days } months.
}
procedure-time-unknown = We know of no rule. The office names a day when it accepts the dossier.
procedure-fee = Fee
procedure-level = Online service level
procedure-level-full = Fully online
procedure-level-partial = Partly online
procedure-level-in-person = In person
procedure-visits = Visits
procedure-visits-none = None.
procedure-visits-one = None to file it online. One remains: to sign for and collect the paper result.
procedure-visits-all = You file and collect at the one-stop shop.
procedure-visits-count = { $count ->
    [one] One visit.
   *[other] { $count } visits.
}
procedure-who = Who may file
procedure-who-citizen = citizens
procedure-who-household-business = household businesses
procedure-who-organisation = organisations
procedure-channels = How to file
procedure-channel-online = online
procedure-channel-post = by post
procedure-channel-counter = at the one-stop shop
procedure-counter-only = This procedure cannot be filed online. The app helps you prepare the dossier and gives you a code to bring to the one-stop shop. It is filed only when the office takes it there.
procedure-times = Time limits by case
procedure-cases = Cases
procedure-originals = { $count ->
    [one] One original.
   *[other] { $count } originals.
}
procedure-copies = { $count ->
    [one] One copy.
   *[other] { $count } copies.
}
procedure-component-if-any = Only where it applies to you.
procedure-in-force = In force from { $from }.
procedure-in-force-until = In force from { $from } until { $until }.
procedure-approved = Approved by { $by } on { $date }.
procedure-publisher = Published by
procedure-code = Procedure code
procedure-law = Legal basis
procedure-source = Source: { $name }. Read on { $date }.
procedure-not-approved = No competent authority has approved this content. Where they differ, what the authority announces is right.
procedure-search-again = Find another procedure
fee-free = Free of charge
fee-unknown = The amount is not known here: { $why }
fee-per = { $amount } times "{ $count }"
fee-after = { $rate }, after the first { $units } each further one { $amount }
fee-max = { $rate }, at most { $amount }
fee-times = { $rate }, then times "{ $count }"
fee-in-case = { $case }: { $amount }
fee-from = { $amount }, from { $from }
fee-until = { $amount }, until { $until }
fee-between = { $amount }, from { $from } to { $until }
fee-at-place = { $places }: { $amount }
fee-online = Filed online: { $amount }
fee-counter = Filed at the counter: { $amount }
fee-post = Filed by post: { $amount }
fee-exempt = Exempt
fee-reduced = Reduced by { $percent } percent
fee-exempted = { $name }: { $rule }
fee-nothing = Nothing to pay
fee-total = { $amount } in all.
fee-line = { $name }: { $amount }
fee-calculated = { $amount } ({ $each } times { $count })
fee-unanswered = It depends on your answer to: { $question }.
fee-too-large = It could not be worked out. The receiving office will tell you the amount.
fee-with-basis = { $amount }. Basis: { $basis }.

## Linking VNeID
link-title = Link VNeID
link-why = Linking tells the state who is filing, and fills in what the state already knows about you.
link-browser = { $device ->
    [browser] The VNeID sign-in page will open in place of this one; after it you are brought back here. That page is in Vietnamese.
   *[phone] Your phone's browser will open the VNeID sign-in page. That page is in Vietnamese.
}
link-asked = It asks for your citizen id number (the 12 digits on the identity card) and your VNeID password. This app never sees your password.
link-code = Then it asks whether you agree to share your name, id number and date of birth.
link-agree = To link, choose "{ $yes }", which means "I agree".
link-deny = "{ $no }" means "I refuse": nothing is shared, and you come back here.
link-go = Open the VNeID sign-in page
link-later = Later
link-later-why = Filling in the form does not need it. Submitting does.
link-needed = Submitting needs it, because a dossier must say who files it.
linking-title = Linking VNeID
linking-browser = Sign in in the browser. You come back here by yourself afterwards.
linking-redeeming = Signed in. Checking with the server.
linking-safe = What you typed is { kept-here }.
linking-open-again = Open the sign-in page again

## Form
form-item = { $what } { $at } of { $of }
form-item-short = { $what } { $at }:
form-item-add = Add { $what }
form-item-remove = Remove { $what } { $at }
form-item-undo = Undo: bring back the { $what } just removed
form-item-none = No { $what } yet.
form-item-added = Added { $what }. There are { $of } now.
form-item-removed = Removed { $what }. { $of } left. This can be undone.
form-item-back = Brought back { $what }. There are { $of } now.
form-why-not = If you cannot answer, say why: { $what }
form-save-and-leave = Leave it for later
form-prefill-asking = Asking the state's databases. Go on filling in, there is no need to wait: what you type is not replaced.
form-prefill-unavailable = The state's databases cannot be asked right now. Please fill in by hand. Once they answer, differences are shown to you.
form-filled = { $count ->
    [one] One answer was filled in from the state's data. Please check it.
   *[other] { $count } answers were filled in from the state's data. Please check them.
}
form-source = From { $source }, { $date }.
form-differs = According to { $source }, { $date }: { $state }. You typed: { $mine }.
form-contested = According to { $source }, { $date }: { $state }. You say that this is wrong. The officer will see both.
form-contested-noted = Noted that the state's data is wrong here. Please type the right value. The officer will see both.
form-use-state = Use the state's value
form-keep-mine = Keep mine
form-wrong-heading = Is the state's data wrong?
form-wrong-item = Wrong: { $what }
form-wrong-why = Choose the answer whose data is wrong, then type the right value. Both are sent for the officer to see.
form-file-added = { $kind } file added, { $size }; { kept-here }, not sent yet.
form-file-remove = Remove this file
form-commune-find = Find a commune
form-commune-find-hint = A few letters of the new name or an old one, with or without accents.
source-population = the population database
source-civil-status = the electronic civil status register
source-vneid = VNeID
source-other = a state database

## The office
office-heading = How to reach the office
office-name = Office
office-address = Address
office-hours = Opening hours
office-phone = Telephone
office-step-free = Step-free way in
office-languages = Spoken besides Vietnamese
office-sign-language = Sign language
office-unknown = Not known yet
office-yes = Yes
office-no = No
office-source = According to { $source }, { $date }.
office-line = The app does not know the address and telephone of this office yet. If you need somebody, call { $name }: { $phone }. According to { $source }, { $date }.

## The form has changed
changed-title = The form has a new version
changed-notice = This form has just got a new version. Your answers are all still here. Before you submit you will be shown what has changed.
changed-told = This form has got a new version since you began. Everything you answered is still here. If you signed, that signature is not used for the new version: look it over, then sign again.
changed-list = { $count ->
    [one] One question is new or has changed
   *[other] { $count } questions are new or have changed
}
changed-gone = { $count ->
    [one] One question is no longer asked. Its answer is kept and is not sent.
   *[other] { $count } questions are no longer asked. Their answers are kept and are not sent.
}
changed-fee = The fee has changed
changed-fee-before = Before
changed-fee-now = Now
changed-fee-same = The fee is the same: { $fee }
changed-fee-accept = Accept the new fee and go on
changed-fee-confirm = The fee is now: { $fee } Do you accept it and go on?

## Review
review-title = Check before you submit
review-not-sent = Nothing has been submitted yet. Please check every answer.
review-from-state = (from { $source })
review-contested = (according to { $source }: { $state }. The officer will see both.)
review-change = Change: { $what }
review-sending = Where it goes, and the fee
review-office = Goes to
review-link-first = To submit, link VNeID first. The form is kept as it is.
review-confirm = Submit "{ $procedure }" to { $office }. Fee: { $fee } When you submit, { this-device } signs it on your behalf.
review-confirm-no-office = Submit "{ $procedure }". Fee: { $fee } When you submit, { this-device } signs it on your behalf.
review-abandon-confirm = Throw this form away. Right afterwards you can still take it back.

## Sending
sending-title = Sending the dossier
sending-not-yet = Not submitted yet. It counts as submitted only with the server's receipt.
sending-starting = Beginning to send.
sending-offline = There is no network. It is sent by itself as soon as there is.
sending-files = Sending files.
sending-dossier = The files are there. Sending the form.
sending-checking = Checking the receipt.
sending-safe = The form and files are { kept-here }. You can leave this screen or close { $device ->
    [browser] the page
   *[phone] the app
}. However often it is sent, it becomes one dossier.
sending-in-doubt = The server may have it already, and its answer was lost. It can therefore not be changed or thrown away now. Try again to be sure.
sending-edit = Take it back to change it
sending-abandon-confirm = Throw this dossier away: the form and files are deleted and not sent. This cannot be undone.

## Sent
sent-title = Submitted
sent-notice = Submitted. The signature on the receipt was checked by { this-device }.
sent-received = Received at
sent-files = Files received
sent-file-count = { $count ->
    [0] No files.
    [one] One file, the same as the one { kept-here }.
   *[other] { $count } files, the same as those { kept-here }.
}
sent-proof = { $device ->
    [browser] The receipt is { kept-here }. On another device, link VNeID to see the dossier.
   *[phone] The receipt is { kept-here } and can be read without a network.
}
sent-then = When the office handles it, its status appears under My dossiers.
sent-follow = Follow this dossier

## Dossiers
dossiers-title = My dossiers
dossiers-none = No dossiers yet.
dossiers-none-not-linked = No dossiers here yet. Link VNeID to see those you have filed.
dossier-title = Dossier
dossier-procedure = Procedure
dossier-code = Dossier code
dossier-status = Status: { $status }.
dossier-agency = Handled by
dossier-handler = Officer
dossier-due = Due
dossier-history = What has happened
dossier-results = Results
dossier-results-count = { $count ->
    [one] There is one electronic result.
   *[other] There are { $count } electronic results.
}
dossier-open-result = See the result: { $name }
news-status = Your dossier has a new status: { $status }.

## Result
result-as-of = As of
result-agency = Issued by
result-size = File size
result-here = { $device ->
    [browser] The result is { kept-here }. Save it to keep it longer.
   *[phone] The result is { kept-here } and opens without a network.
}
result-open = Open the result
result-fetching = Fetching the result.
result-fetching-offline = There is no network. It is fetched by itself as soon as there is.

## Throwing away and having back
home-bin = Thrown away
home-bin-detail = Open it to have it back. Kept until { $until }.
form-undo = Have the answer before back: { $what }
form-undo-filed = Have back what was filed: { $what }
form-undone = The answer before is back.
sending-held = Signed, not sent. For the first ten seconds you can still take it back. After that it sends itself; nothing is lost.
sending-take-back = Take back, do not send
sending-now = Send now

## Notices
home-notices = { $count ->
    [0] Notices
   *[other] Notices: { $count } unread
}
notices-title = Notices
notices-none = No notices yet.
notices-unread = Unread.
notices-read-all = Mark all as read

## Supplement
supplement-heading = { $count ->
    [one] The office asks you to supplement 1 item
   *[other] The office asks you to supplement { $count } items
}
supplement-paused = The office’s time limit is paused until you send the supplement. The dossier code stays the same.
supplement-start = Supplement the dossier
supplement-at-the-office = The office asks for a supplement, but does not say at which question. Please contact the office that holds the dossier.
supplement-answered = Supplement sent { $when }. The office has the dossier and is looking at the supplement.
supplement-under-way = The supplement is signed, and has not arrived yet.
supplement-track = See how the supplement is being sent
supplement-locked = Only the questions that the officer asked about can be changed. The others are for reading only.
supplement-reason = The officer asks: { $reason }.
supplement-review-title = Check the supplement
supplement-not-sent = Nothing has been sent. Check what changes before you send it.
supplement-changes-heading = What the office asked for
supplement-changes = Filed: { $old }. Now: { $new }.
supplement-same = { $value }. Stays as filed.
supplement-stays-heading = What stays as it is
supplement-submit = Send the supplement
supplement-confirm = { $count ->
    [0] Sign and send the supplement for dossier { $code }. No answer differs from what was filed.
    [one] Sign and send the supplement for dossier { $code }. 1 answer changes; the others stay.
   *[other] Sign and send the supplement for dossier { $code }. { $count } answers change; the others stay.
}
sending-supplement-title = Sending the supplement
sent-supplement-title = Supplement sent
sent-supplement-notice = The supplement was received. The office has all of it; the dossier code stays the same.
history-supplemented = Supplement sent by the citizen

## Withdrawal
withdraw = Withdraw the dossier
withdraw-confirm = Sign and send a request to withdraw this dossier. { $office } will decide: give it back or go on. To do it again you need a new dossier.
withdraw-under-way = The request to withdraw is signed, and has not arrived yet.
withdraw-track = See how the request to withdraw is being sent
withdraw-waiting = The office has the dossier and is looking at your request to withdraw it.
sending-withdrawal-title = Sending the request to withdraw
sent-withdrawal-title = Request to withdraw sent
sent-withdrawal-notice = The office has received the request to withdraw and will answer.
## Paying a fee
fees-heading = Fees
fees-due = { $amount } to pay.
fees-checking = { $amount }: being checked whether the money has come. Do not pay again.
fees-paid = { $amount } paid.
fees-unproven = { $amount }: the service says it is paid; { this-device } could not verify the receipt yet.
fees-pay = Pay { $amount }
fees-see = See the receipt for { $amount }
fee-title = Pay { $amount }
fee-is-due = { $amount } to pay. No money has been taken.
fee-how = Choose how to pay. You can also pay in cash at the one-stop desk.
fee-pay-by = Pay { $amount }: { $method }
fee-pay-confirm = Pay { $amount } by { $method }. Agreeing opens an order; no money is taken yet.
fee-by-vnpay = VNPAY's payment page
fee-by-vietqr = bank transfer, VietQR code
fee-by-cash = cash at the counter
fee-asking = Opening the order. No money has been taken.
fee-asking-offline = It is not known whether the order was opened. The app asks when it is online. No money has been taken.
fee-not-started = The order was not opened. No money has been taken.
fee-started = The order is open. It can be paid until { $until }.
fee-browser = The browser will open the payment page. When you have paid, it brings you back here.
fee-open-page = Open the payment page
fee-qr = VietQR code for a banking app to scan. Transfer message
fee-bank = Bank
fee-account = Account number
fee-holder = Account holder
fee-memo = Transfer message
fee-exactly = Write the amount and the message exactly so, then your money is recognised.
fee-give-up = I have not transferred; choose another way
fee-give-up-confirm = Are you sure that you have not transferred? If money comes after all, it counts for this fee or is paid back.
fee-look-again = Look again now
fee-is-checking = It is being checked whether the money has come. If you have paid, it is not lost. Do not pay again; the app asks by itself. For help ask the one-stop desk with your dossier code.
fee-failed = The last payment did not go through, and no money was taken. { $amount } to pay.
fee-expired = The last order has expired. { $amount } to pay.
fee-is-paid = { $amount } paid.
fee-unproven = The service says that it is paid, but { this-device } could not verify the receipt's signature. Do not pay again; ask the one-stop desk.
fee-receipt = Receipt code
fee-paid-at = Paid at
fee-method = Paid by
fee-transaction = Transaction number
fee-refund-due = { $amount } that came on { $date } was too much. The office owes it back to you.
fee-refunded = { $amount } that came on { $date } was too much and has been paid back.
fee-withdrawn-due = The dossier is withdrawn: the office owes you { $amount } that came on { $date }.
fee-withdrawn-refunded = The dossier is withdrawn: { $amount } that came on { $date } has been paid back.
fee-not-due = The dossier is not handled any more: { $amount } is not to be paid. If the money comes all the same, it is paid back.
fee-for = What it is for
fee-reason = Reason
fee-sum = Amount
