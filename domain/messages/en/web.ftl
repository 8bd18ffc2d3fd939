### review: unreviewed by a professional translator
## The website's own words: what a browser does not say by itself.

web-skip = Skip to the main content
web-error = Error
web-step = Step { $at } of { $of }
web-question = Question { $at } of { $of }
web-day = Day
web-month = Month
web-year = Year
web-step-done = done
web-step-current = current step
web-step-next = not yet
web-saved = Saved.

web-confirm = Please confirm
web-confirm-no = No, go back

web-leave = Going to another site
web-leave-text = If the page does not open by itself, use the link below. When you have finished there, you come back to where you were.
web-leave-go = Open the page

web-document = Document
web-document-save = Download

web-moved = The page you opened is not there any more. This is where you are.
web-changed = This page has changed since you saw it. Please look at it again before you confirm.
web-lost = Not saved
web-lost-text = What you filled in takes no more answers: the application was signed, or the draft was thrown away. Nothing was submitted a second time.
web-typed = What you just typed
web-go-on = Continue

web-ended = Your session has ended
web-ended-text = What was kept for this browser has been erased. Applications that were submitted are not affected: link VNeID to see them again.
web-erased = Erased
web-erased-text = Nothing of yours is left in this browser or on the server of this website. Applications that were submitted are still with the authority.
web-start-again = Start again
web-waiting = Something has not been sent yet
web-waiting-text = { $count ->
    [one] One application that you signed has
   *[other] { $count } applications that you signed have
} not been sent yet. If this website goes on sending, everything is erased right afterwards. If you erase now, they will not be submitted.
web-waiting-send = Finish sending, then erase
web-waiting-erase = Erase now, do not submit

web-session = Finish and erase
web-session-title = Your session
web-session-own = What you type is kept under a key of its own, so that you can go on in this browser. After { $count } days without use, everything is erased.
web-session-shared = Other people use this machine. After { $count } minutes without use, everything is erased.
web-session-is-shared = Other people use this machine
web-session-is-own = Only I use this machine
web-session-end = Finish and erase everything here
web-session-end-text = Drafts will be lost. Applications that were submitted are not affected.
web-end-kiosk = Finish and erase
web-idle = You have not done anything for a while. Everything here is about to be erased.
web-idle-title = Are you still there?
web-idle-until = Others use this machine too. If you do nothing more, everything here is erased at { $at }.
web-idle-stay = I am still here

web-offline = No connection at the moment. What you type stays on this page and is saved when the connection is back.
web-cookies = Cookies are needed
web-cookies-text = This website keeps what you type under a key that only your browser has. Your browser did not send that key back, so nothing has been saved. Please allow cookies and try again.
web-refused = Not accepted
web-refused-text = This request did not come from one of our pages, or from one that is too old. Nothing has been changed.
web-too-big = Too large
web-too-big-text = What you sent is larger than what is accepted. Nothing has been changed. Please choose a smaller file.
web-trouble = Something went wrong
web-trouble-text = The server could not open your store just now. What was saved is still there. Please try again in a few minutes; if it does not help, the office in your commune will help you.
