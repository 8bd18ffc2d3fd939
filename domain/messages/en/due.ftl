### review: unreviewed by a professional translator
## The clock of a dossier: which day, why, who holds it.

due-day = { $day }
due-day-expected = { $day } (expected)
due-limit-same-day = Settled on the day it is received.
due-limit-hours = The limit is { $count ->
    [one] one working hour.
   *[other] { $count } working hours.
}
due-limit-working-days = The limit is { $count ->
    [one] one working day, counted from the working day after receipt.
   *[other] { $count } working days, counted from the working day after receipt.
}
due-limit-days = The limit is { $count ->
    [one] one day, counted from the day after receipt.
   *[other] { $count } days, days off included, counted from the day after receipt.
}
due-limit-months = The limit is { $count ->
    [one] one month.
   *[other] { $count } months.
}
due-why-arrived-off = It arrived on { $arrived }, a day off, so it counts as received on { $counts }.
due-why-arrived-late = It arrived after 15:00 on { $arrived }, so it counts as received on { $counts }.
due-why-holidays = { $count } public holidays from { $first } to { $last } are not counted.
due-why-holiday = The public holiday on { $first } is not counted.
due-why-made-up = { $day } is a weekend day worked in exchange, so it is counted.
due-why-supplement = The clock stood while the office waited for you, from { $first } to { $last }.
due-why-outage = The system was down from { $first } to { $last }; those days are not counted.
due-why-ends-off = The limit ends on { $first }, a day off, so it moves to { $last }.
due-why-not-decreed = A day off in this time has not been announced by the state yet, so the date is expected, not certain.

clock-holder = Who holds the dossier
clock-holder-one-stop = The one-stop shop
clock-holder-agency = The agency that decides
clock-holder-citizen = You
clock-next = What comes next
clock-next-acceptance = The office accepts it, or tells you what is missing.
clock-next-result = The office gives the result.
clock-next-supplement = You supplement it. Then the clock goes on and you get a new date.
clock-next-payment = You pay the fee. Then the office goes on.
clock-next-withdrawal = The office answers your wish to withdraw.
clock-next-fetching = You receive the result.
clock-standing = The office's clock stands still.
clock-late = The office is late. You do not have to file again. It has to apologise in writing and name a new date; if it has not, ask where you filed.
clock-ended-early = Settled before the appointed day.
clock-ended-on-time = Settled on time.
clock-ended-late = Settled late.
clock-apology = The office apologises for being late. New date: { $day }.
