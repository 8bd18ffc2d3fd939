### review: unreviewed by a professional translator
## Places: old names, new names, and the one question when it is needed.

place-formerly = { $place } (formerly { $formerly })
place-ask-split = { $place } was divided. Where does your hamlet or street belong now?
place-ask-same-name = Several places are called so. Which one do you mean?
place-unknown = I don't know
place-unknown-forwards = I don't know: { $place } takes the dossier and passes it on to the right place.
place-not-found = This place was not found. Add the name of the district or province, old or new.
place-near = You may mean:
place-paper-valid = Papers issued by the old place stay valid. You need not renew them.
place-found-one = Found: { $place }.
place-found-many = { $count ->
    [one] One place to choose from.
   *[other] { $count } places to choose from.
}
place-receiving = Receiving place
place-officer-unsure = { $place }. The citizen does not know where their hamlet belongs now: pass the dossier on if needed.
