### review: unreviewed by a professional translator
## Every problem says four things: what happened, what is safe, what to do now, who helps.

problem-offline-happened = { $device ->
    [browser] This page cannot reach the service.
   *[phone] The phone has no network.
}
problem-offline-safe = What you have entered is { kept-here }.
problem-offline-now = You can go on. What is waiting will be sent by itself when the network is back.

problem-not-the-service-happened = There is a network, but something other than this service answered. Often a Wi-Fi network wants you to log in first.
problem-not-the-service-safe = Nothing has been given to that stranger. What you have entered is { kept-here }.
problem-not-the-service-now = Log in to the Wi-Fi network, or switch Wi-Fi off to use mobile data, then try again.

problem-sign-in-again-happened = Your sign-in has ended.
problem-sign-in-again-safe = What you have entered and what is waiting to be sent is { kept-here }.
problem-sign-in-again-now = Sign in again with VNeID. You will go on exactly where you were.

problem-identity-unavailable-happened = The identity service VNeID is not answering.
problem-identity-unavailable-safe = What you have entered is { kept-here }. What you have already submitted is not affected.
problem-identity-unavailable-now = You can fill in the form by yourself now and sign in later.

problem-sign-in-refused-happened = The sign-in was cancelled or refused.
problem-sign-in-refused-safe = What you have entered is { kept-here }. None of your data has been fetched.
problem-sign-in-refused-now = Try to sign in again, or fill in the form and sign in later.

problem-invalid-happened = { $count ->
    [0] Some answers need your attention.
    [one] { $count } answer needs your attention.
   *[other] { $count } answers need your attention.
}
problem-invalid-safe = All your answers are kept. Nothing has been submitted yet.
problem-invalid-now = Mend the marked answers, then submit again.

problem-conflict-happened = This submission has already been recorded with different content.
problem-conflict-safe = No second dossier has been made. Your answers are kept.
problem-conflict-now = See your list of dossiers for what was submitted. If something else is needed, start another one.

problem-not-found-happened = This was not found among the things that belong to you.
problem-not-found-safe = Your dossiers and papers have not changed.
problem-not-found-now = Go back to your list of dossiers and open it again from there.

problem-file-too-big-happened = The file is too big. The largest accepted size is { $megabytes } MB.
problem-file-too-big-safe = Your original file has not changed. The other answers are kept.
problem-file-too-big-now = Take a smaller photo, or choose another file.

problem-file-not-what-it-says-happened = The file is not of an accepted kind, or its content is not what its kind says.
problem-file-not-what-it-says-safe = That file has not been submitted. The other answers are kept.
problem-file-not-what-it-says-now = Take a new photo of the paper, or choose another JPEG, PNG or PDF file.

problem-file-incomplete-happened = One file has not been sent completely.
problem-file-incomplete-safe = The part that was sent is not lost. Nothing is submitted while a file is missing.
problem-file-incomplete-now = You need not do anything. The rest will be sent by itself.

problem-signature-refused-happened = The signature of { this-device } was not accepted.
problem-signature-refused-safe = Nothing has been submitted. Your answers are kept.
problem-signature-refused-now = Sign in again to register { this-device } anew, then submit again.

problem-proof-refused-happened = The service does not recognise { this-device } as the one that signed in.
problem-proof-refused-safe = Nothing has been done in your name. What you have entered is kept.
problem-proof-refused-now = { $device ->
    [browser] Sign in again.
   *[phone] Check that the date and time of the phone are right, then sign in again.
}

problem-pack-refused-happened = The list of procedures that arrived is not signed correctly.
problem-pack-refused-safe = It is not being used. What you have entered is kept.
problem-pack-refused-now = Update the app from where you installed it.

problem-form-changed-happened = The form has a new version: yours is version { $had }, the office now uses version { $now }.
problem-form-changed-safe = Your answers are kept and carried over to the new version. Nothing has been submitted yet.
problem-form-changed-now = Look at the questions that are new or have changed, then submit again.

problem-refused-happened = { $reason ->
    [unknown-procedure] The service does not take this procedure any more.
    [not-online] This procedure cannot be filed online.
    [unknown-commune] The receiving place you chose is not in the list of communes.
    [not-allowed] The account that is signed in may not do this.
    [not-awaited] The office no longer waits for this supplement: it may have been sent from another device, or the dossier has gone on.
    [too-late] The dossier has come to a step where this can no longer be done: it is finished, was stopped, or its return was asked for already.
   *[other] The service refused this request.
}
problem-refused-safe = Nothing has changed. What you have entered is kept.
problem-refused-now = { $reason ->
    [unknown-procedure] Search for the procedure again: another one may have replaced it.
    [not-online] Bring the dossier to the one-stop shop of the commune.
    [unknown-commune] Choose the receiving place again.
    [not-allowed] Check that you are using your own account.
    [not-awaited] Open the dossier to see where it stands. You can drop what is waiting to be sent here.
    [too-late] Open the dossier to see what came of it, or ask the office that holds it.
   *[other] Sending it again unchanged will not help. Look through the dossier, or ask somebody who helps.
}

problem-unavailable-happened = The service is overloaded or under maintenance.
problem-unavailable-safe = What you have entered is { kept-here }. Sending again does not make a second dossier.
problem-unavailable-now = { $minutes ->
    [one] You need not do anything. The app will try again by itself in about { $minutes } minute.
   *[other] You need not do anything. The app will try again by itself in about { $minutes } minutes.
}

problem-receipt-refused-happened = The receipt that arrived does not match what you sent.
problem-receipt-refused-safe = The app does not treat it as submitted. Your answers and papers are kept.
problem-receipt-refused-now = Do not start another one. Try again; if it stays so, ask somebody who helps.

problem-storage-full-happened = The storage is full.
problem-storage-full-safe = What was saved before is still there. The last change may not be saved.
problem-storage-full-now = Delete photos or apps you do not need, then try again.

problem-storage-damaged-happened = What is { kept-here } was changed or is damaged, so it is not being used.
problem-storage-damaged-safe = What you have submitted is safe at the receiving office. Nothing wrong has been sent.
problem-storage-damaged-now = Sign in again to fetch the dossiers you have submitted. What was not finished may have to be entered again.

problem-malformed-happened = The service could not read the app's request.
problem-malformed-safe = Nothing has changed. What you have entered is kept.
problem-malformed-now = Update the app, then try again.

problem-bug-happened = There is an error inside the system. Error code: { $code }.
problem-bug-safe = What you have entered is kept. Sending again does not make a second dossier.
problem-bug-now = Try again in a few minutes. If it stays so, note the error code and ask somebody who helps.

# Who helps. A place is only named when it is known.
problem-help = People help at { $office }, address { $address }, phone { $phone }.
problem-help-address = People help at { $office }, address { $address }.
problem-help-phone = People help by phone { $phone }, { $office }.
problem-help-line = People help by phone { $phone }, { $name }.
problem-help-none = The app does not know a place where people help in person. You can show this screen to somebody you trust.
