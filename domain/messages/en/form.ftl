### review: unreviewed by a professional translator
## What is wrong with one answer and how to mend it. Never repeats the value.

form-required = This question needs an answer.
form-not-chosen = This question needs a choice.
form-too-long = The answer is too long. Please shorten it.
form-bad-text = The answer has characters that cannot be seen. Please delete it and type it again.
form-bad-name = A name has only letters, spaces, hyphens, apostrophes and dots, and no digits. Please check it.
form-bad-id-number = A citizen id number has exactly 12 digits, as on the identity card. Please check it.
form-answer-or-say-why = Please answer this question, or say why you cannot.
form-bad-number = The answer must be a whole number. Please enter digits only.
form-bad-money = An amount is a number of đồng, digits only. Please check it.
form-number-too-small = This number is smaller than what is accepted. Please check it.
form-number-too-large = This number is larger than what is accepted. Please check it.
form-too-many-items = There are more entries than are accepted. Please remove some.
form-bad-date = This date is not in the calendar. Please enter day, month and year.
form-date-in-future = This date has not come yet. Please enter today or a day that has passed.
form-bad-phone = A number in Vietnam has 10 or 11 digits and begins with 0; a foreign one begins with a plus sign. Please check it.
form-unknown-commune = There is no such commune. Please choose one from the list.
form-commune-no-office = This app cannot send dossiers to this place yet. Your answers are kept. File at the commune's office there, or choose another place if this one is wrong.
form-not-an-option = This answer is not one of the choices. Please choose again.
form-wrong-kind = The answer is of the wrong kind. Please answer this question again.
form-file-missing = This paper needs to be added.
form-file-too-big = The file is larger than what is accepted. Please take a smaller photo or choose another file.
form-file-wrong-kind = The file is not of an accepted kind. Please choose a JPEG or PNG photo or a PDF file.
form-same-person = Father and mother cannot have the same id number. Please check both.
form-parent-born-after-child = A parent must be born before the child. Check both dates of birth.
form-requester-is-mother = You said that you are the mother, but the mother's id number is not yours. Check it.
form-requester-is-father = You said that you are the father, but the father's id number is not yours. Check it.
form-father-not-recorded = You chose to record no father, so the requester can't be the father. Check one of the two answers.
form-died-before-birth = The date of death cannot be before the date of birth. Please check both.
form-requester-is-deceased = The id number of the deceased is the same as yours. Please check it.
form-same-spouse = The two cannot have the same id number. Please check both.
form-marriage-not-free = A marriage needs the free will of both. If you are forced, call the police at 113; a child calls 111.
form-guardian-is-ward = Guardian and ward cannot be one person. Please check the id numbers.
form-no-agreement = This person must agree before you can file. Ask them, then answer again.
form-ends-before-it-begins = The last day must come after the first. Please check both.
form-only-in-person = Number 2 is only for yourself or your child under 18. Choose number 1, or let the person ask for it.
form-too-young-for-pension = This pension is for people from 75, or from 70 in a poor or near-poor household. Please check the age.
form-pension-needs-poor = From 70 to 74 this pension is for poor and near-poor households only. Check the answer, or ask for recognition first.
form-has-pension = Nobody with a pension or allowance as high as this one can have it. Please check the answer.
form-tax-office-first = Settle the move with the tax office first, then come back. What you filled in is kept.
form-debts-first = Pay all debts and taxes first, then come back. What you filled in is kept.
form-original-not-certifiable = Such an original cannot be certified. Ask whoever issued it for a new one.
form-legalise-first = This foreign paper must be legalised by a consulate first. Ask the province's office of foreign affairs.
form-groom-too-young = A man may marry from the age of 20. Please check the date of birth.
form-bride-too-young = A woman may marry from the age of 18. Please check the date of birth.
form-not-under-6 = This procedure is for a child under 6. For an older child do one procedure after the other. Please check the date of birth.
form-not-under-14 = From the age of 14 people do this themselves. Please check the date of birth, or let the person do it.
form-not-under-18 = From the age of 18 people file themselves or authorise someone. Check the date of birth, or answer otherwise who you file for.
form-stay-too-long = A temporary residence is registered for 2 years at most. Choose an earlier day; it can be renewed.

# Worth a second look, never a reason to refuse.
form-warn-unknown-province = The first three digits of the id number are not in the app's list of provinces. Please check it; if it is as on the card, go on.
form-warn-other-birth-year = The year of birth in the id number is not the one given. Please check it; if it is as on the card, go on.
form-warn-other-sex = The sex in the id number is not the one given. Please check it; if it is as on the card, go on.
