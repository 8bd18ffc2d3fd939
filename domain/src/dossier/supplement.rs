//! A supplement (bổ sung hồ sơ): the office asks once for all that is missing, tied to fields, and
//! the citizen answers those fields and no others.
//!
//! [`Form::supplement`] is the rule, and phone and server run it alike: the phone to lock the other
//! questions, the server to refuse what a broken or forged client changed all the same. A signed
//! [`Supplement`] has its own key and its own `typ`, so that it can neither be filed as a dossier
//! nor be counted twice.
//!
//! What was rejected: filing the whole form again. The officer would have to compare every answer,
//! and a citizen could change what nobody asked about after it had been checked.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{DossierCode, FileEntry, IntentId, intent::IntentError};
use crate::{
    form::{Answers, Evaluation, Form, Places, why_key},
    jws,
    private::Private,
    problem::FieldProblem,
    time::Instant,
};

/// `typ` of a supplement's JWS header.
pub const SUPPLEMENT_TYP: &str = "gandan-supplement+jwt";

/// What an office asks for (national status 5), as the citizen's phone gets it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SupplementRequest {
    /// Which return of this dossier, from 1. An answer names it, so that an answer to the first
    /// request is never taken for one to the second.
    pub number: u32,
    #[cfg_attr(feature = "openapi", schema(value_type = i64))]
    pub asked_at: Instant,
    /// In the order in which the questions stand in the form.
    pub flagged: Vec<Flagged>,
    /// What was filed, supplements included: what the locked questions show.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub filed: Answers,
    /// When the answer to this request was received, once it was.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<i64>))]
    pub answered_at: Option<Instant>,
}

/// A field that the citizen has to see to, and why.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Flagged {
    pub field: String,
    /// The officer's words, in Vietnamese.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub reason: Private<String>,
}

impl SupplementRequest {
    pub fn reason(&self, field: &str) -> Option<&Private<String>> {
        let found = self.flagged.iter().find(|flagged| flagged.field == field);
        found.map(|flagged| &flagged.reason)
    }

    pub fn fields(&self) -> BTreeSet<String> {
        let flagged = self.flagged.iter();
        flagged.map(|flagged| flagged.field.clone()).collect()
    }

    pub const fn is_open(&self) -> bool {
        self.answered_at.is_none()
    }
}

/// The payload of a supplement's JWS.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supplement {
    /// Its own idempotency key, minted when the answering began.
    pub id: IntentId,
    /// Who signs, as in [`Intent::subject`](super::Intent::subject).
    pub subject: String,
    pub dossier: DossierCode,
    /// The intent that made the dossier.
    pub intent: IntentId,
    /// [`SupplementRequest::number`].
    pub request: u32,
    pub form_version: u32,
    /// The answers of the questions that may change, as they shall be from now on; all of them.
    pub answers: Answers,
    /// New files only: a file that stays is not sent again.
    pub files: Vec<FileEntry>,
    /// The phone's clock when the citizen signed.
    pub intent_at: Instant,
}

impl Supplement {
    /// Verifies the JWS with the device's key and reads the payload.
    pub fn verify(token: &str, key: &jws::PublicKey) -> Result<Self, IntentError> {
        let payload = jws::Unverified::parse(token)?.verify(key, SUPPLEMENT_TYP)?;
        serde_json::from_slice(&payload).map_err(|_| IntentError::Payload)
    }
}

/// A form in which only some questions may change.
pub struct Supplemented<'f> {
    /// What is asked, with the changes in it.
    pub evaluation: Evaluation<'f>,
    /// The questions that may change: the flagged ones, and those that a change brought up.
    pub open: BTreeSet<String>,
    /// What was filed with the changes over it; of hidden questions too, see [`Form::clean`].
    pub answers: Answers,
    /// What stands in the way. A mistake that was filed already, in a question that is not open,
    /// does not: the citizen could not mend it.
    pub problems: Vec<FieldProblem>,
}

impl Form {
    /// The filed answers with the given ones over them, as far as they may change. Given answers
    /// to locked questions count for nothing here; see [`Supplemented::open`].
    pub fn supplement(
        &self,
        filed: &Answers,
        given: &Answers,
        flagged: &BTreeSet<String>,
        today: Date,
        places: &(impl Places + ?Sized),
    ) -> Supplemented<'_> {
        let asked_before: BTreeSet<String> = self
            .visible_pages(filed)
            .iter()
            .flat_map(|page| page.fields())
            .map(|field| field.key.clone())
            .collect();
        let mut open = flagged.clone();
        // Saying why one does not answer belongs to the question.
        open.extend(flagged.iter().map(|field| why_key(field)));
        // Each round opens at least one question more, so it ends.
        let answers = loop {
            let mut answers = filed.clone();
            for field in &open {
                if let Some(value) = given.0.get(field) {
                    answers.0.insert(field.clone(), value.clone());
                }
            }
            let before = open.len();
            for page in self.visible_pages(&answers) {
                let new = page
                    .fields()
                    .map(|field| &field.key)
                    .filter(|field| !asked_before.contains(*field));
                open.extend(new.cloned());
            }
            if open.len() == before {
                break answers;
            }
        };
        let old: BTreeMap<String, String> = self
            .evaluate(filed, today, places)
            .problems
            .into_iter()
            .map(|problem| (problem.field, problem.message))
            .collect();
        let evaluation = self.evaluate(&answers, today, places);
        let problems = evaluation
            .problems
            .iter()
            .filter(|problem| {
                open.contains(&problem.field) || old.get(&problem.field) != Some(&problem.message)
            })
            .cloned()
            .collect();
        Supplemented {
            evaluation,
            open,
            answers,
            problems,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test stops at the first surprise"
    )]

    use jiff::civil::date;
    use uuid::Uuid;

    use super::*;
    use crate::{
        dossier::{
            intent::INTENT_TYP,
            signing::{P256, every_change, near, reheaded},
        },
        form::sample,
        jws::JwsError,
        place::Commune,
    };

    const TODAY: Date = date(2026, 11, 22);
    const NOWHERE: &[Commune] = &[];

    fn filed() -> Answers {
        sample::answers(&[
            ("relation", "mother"),
            ("has_father", "no"),
            ("name", "Trần Thị Thử"),
        ])
    }

    fn flagged(fields: &[&str]) -> BTreeSet<String> {
        fields.iter().map(|field| (*field).to_owned()).collect()
    }

    fn run<'f>(form: &'f Form, given: &[(&str, &str)], fields: &[&str]) -> Supplemented<'f> {
        form.supplement(
            &filed(),
            &sample::answers(given),
            &flagged(fields),
            TODAY,
            NOWHERE,
        )
    }

    #[test]
    fn only_what_is_flagged_changes() {
        let form = sample::form();
        let done = run(
            &form,
            &[("name", "Trần Thị Mới"), ("relation", "father")],
            &["name"],
        );
        assert_eq!(done.answers.text("name"), Some("Trần Thị Mới"));
        assert_eq!(done.answers.text("relation"), Some("mother"));
        assert_eq!(done.open, flagged(&["name", "name~why"]));
    }

    #[test]
    fn a_change_opens_the_questions_that_it_brings_up_and_they_must_be_answered() {
        let form = sample::form();
        let done = run(&form, &[("has_father", "yes")], &["has_father"]);
        assert!(done.open.contains("father.id"), "{:?}", done.open);
        let wrong = |done: &Supplemented<'_>, field: &str| {
            done.problems.iter().any(|problem| problem.field == field)
        };
        assert!(wrong(&done, "father.id"));
        let given = [("has_father", "yes"), ("father.id", "099094000004")];
        let done = run(&form, &given, &["has_father"]);
        assert_eq!(done.answers.text("father.id"), Some("099094000004"));
        assert!(!wrong(&done, "father.id"));
    }

    #[test]
    fn old_mistakes_behind_a_lock_stop_nobody_and_new_ones_do() {
        let form = sample::form();
        let before = form.evaluate(&filed(), TODAY, NOWHERE).problems;
        assert!(!before.is_empty(), "the sample is filed half empty");
        let done = run(&form, &[("name", "Trần Thị Mới")], &["name"]);
        assert_eq!(done.problems, []);
        let done = run(&form, &[("name", "123")], &["name"]);
        assert_eq!(done.problems.len(), 1);
        assert_eq!(done.problems[0].field, "name");
    }

    #[test]
    fn whatever_is_given_a_locked_answer_stays() {
        let form = sample::form();
        bolero::check!()
            .with_type::<(Vec<(u8, String)>, Vec<u8>)>()
            .for_each(|(given, flags)| {
                let ids: Vec<&str> = form
                    .fields()
                    .map(|(_, _, field)| field.id.as_str())
                    .collect();
                let id = |at: &u8| ids[usize::from(*at) % ids.len()];
                let given: Vec<(&str, &str)> = given
                    .iter()
                    .map(|(at, text)| (id(at), text.as_str()))
                    .collect();
                let flags: Vec<&str> = flags.iter().map(id).collect();
                let done = run(&form, &given, &flags);
                for field in &ids {
                    if !done.open.contains(*field) {
                        assert!(done.answers.get(field) == filed().get(field), "{field}");
                    }
                }
            });
    }

    fn supplement() -> Supplement {
        Supplement {
            id: IntentId(Uuid::from_u128(8)),
            subject: "citizen-7".into(),
            dossier: "H99.08.01-261122-0001".parse().unwrap(),
            intent: IntentId(Uuid::from_u128(7)),
            request: 1,
            form_version: 3,
            answers: sample::answers(&[("name", "Trần Thị Mới")]),
            files: vec![],
            intent_at: Instant(1_795_000_000_000),
        }
    }

    #[test]
    fn a_supplement_is_no_intent_and_an_intent_no_supplement() {
        let key = P256::new(1);
        let payload = serde_json::to_vec(&supplement()).unwrap();
        let token = key.jws(SUPPLEMENT_TYP, &payload);
        assert!(Supplement::verify(&token, &key.public()).is_ok_and(|read| read == supplement()));
        let intent = key.jws(INTENT_TYP, &payload);
        for wrong in [
            intent,
            reheaded(&token, r#"{"alg":"none","typ":"gandan-supplement+jwt"}"#),
        ] {
            assert!(Supplement::verify(&wrong, &key.public()).is_err());
        }
        assert_eq!(
            Supplement::verify(&token, &P256::new(2).public()).err(),
            Some(JwsError::BadSignature.into())
        );
    }

    #[test]
    fn every_changed_character_is_seen() {
        let key = P256::new(1);
        let token = key.jws(SUPPLEMENT_TYP, &serde_json::to_vec(&supplement()).unwrap());
        for changed in every_change(&token) {
            assert!(Supplement::verify(&changed, &key.public()).is_err());
        }
    }

    #[test]
    fn no_token_makes_it_fall() {
        let signer = P256::new(1);
        let sound = serde_json::to_vec(&supplement()).unwrap();
        let key = signer.public();
        bolero::check!()
            .with_type::<(String, usize, u8, Vec<u8>)>()
            .with_iterations(400)
            .for_each(|(text, at, pick, patch)| {
                assert!(Supplement::verify(text, &key).is_err());
                for payload in [patch.clone(), near(&sound, *at, pick % 16, patch)] {
                    let read = Supplement::verify(&signer.jws(SUPPLEMENT_TYP, &payload), &key);
                    // What is read is what it says: written and read again it is the same.
                    if let Ok(read) = read {
                        let written = serde_json::to_vec(&read).unwrap();
                        let again = Supplement::verify(&signer.jws(SUPPLEMENT_TYP, &written), &key);
                        assert!(again.is_ok_and(|again| again == read));
                    }
                }
            });
    }
}
