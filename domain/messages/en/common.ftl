### review: unreviewed by a professional translator
## Words shared by all screens. Never write role words ("button", "field"): screen readers say them.

common-next = Continue
common-back = Back
common-start = Start
common-save = Save
common-edit = Edit
common-cancel = Cancel
common-close = Close
common-yes = Yes
common-no = No
common-search = Search
common-submit = Submit
common-retry = Try again
common-abandon = Give up this application
common-home = Home
common-later = Not now
common-open-browser = Open the browser
common-take-photo = Take or choose a photo
common-change-language = Change language
common-demo = TRIAL
common-optional = optional
common-not-answered = not answered yet

# Said once at the start of a part that has no translation.
common-not-translated = This part is not translated yet and is shown in Vietnamese.
# Said once at the start of a part whose translation nobody competent has reviewed.
common-not-reviewed = The translation of this part has not been reviewed by a professional. Where it differs, the Vietnamese text is right.

# Shown when the program asks for words that do not exist. The id itself is never shown.
message-missing = An explanation is missing here. That is a mistake of the app.

## The device in the hand, or the browser that the web site serves. Within a sentence.
this-device = { $device ->
    [browser] this web site
   *[phone] this phone
}
kept-here = { $device ->
    [browser] kept for this browser only
   *[phone] kept on this phone
}
