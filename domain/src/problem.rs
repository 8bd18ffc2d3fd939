//! Everything that can go wrong, once.
//!
//! One enum yields the RFC 9457 `type` on the wire, the few things a caller can *do*
//! ([`Remedy`]), and the four sentences a citizen hears (I7): what happened, what is safe, what
//! to do now, where a person helps. The sentences are Fluent messages named
//! `problem-<slug>-happened`, `-safe`, `-now`, and the shared `problem-help`; a test finds each.

use serde::{Deserialize, Serialize};

use crate::{
    place::{HelpLine, Office},
    text::{
        Text,
        messages::{Arg, Messages},
        spoken,
    },
};

/// A failure somebody outside the crate has to act on. Carries no personal data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "problem", rename_all = "kebab-case")]
pub enum Problem {
    /// No network, or none that reaches the backend.
    #[error("reach the network")]
    Offline,
    /// Something answered, but not the backend: a captive portal's HTML, for example.
    #[error("reach the service: something else answered")]
    NotTheService,
    #[error("go on: the session has ended")]
    SignInAgain,
    /// VNeID is down, slow, or answers nonsense.
    #[error("reach the identity service")]
    IdentityUnavailable,
    #[error("sign in: it was cancelled or refused")]
    SignInRefused,
    #[error("accept the form: {} fields need attention", .fields.len())]
    Invalid { fields: Vec<FieldProblem> },
    #[error("accept the operation: its key was used for something else")]
    Conflict,
    #[error("find it")]
    NotFound,
    #[error("accept the file: larger than {max_bytes} bytes")]
    FileTooBig { max_bytes: u64 },
    #[error("accept the file: its content is not {expected}")]
    FileNotWhatItSays { expected: String },
    #[error("take the file: it is not here whole yet")]
    FileIncomplete,
    #[error("accept the signature")]
    SignatureRefused,
    #[error("accept the proof of possession")]
    ProofRefused,
    #[error("accept the procedure pack: its signature is wrong")]
    PackRefused,
    #[error("accept the form: it is of version {had}, the office now uses {now}")]
    FormChanged { had: u32, now: u32 },
    #[error("accept the request: {reason}")]
    Refused { reason: RefusalReason },
    #[error("reach the service; retry after {retry_after_s} s")]
    Unavailable { retry_after_s: u32 },
    #[error("trust the receipt")]
    ReceiptRefused,
    #[error("write: the storage is full")]
    StorageFull,
    /// Stored bytes are not the ones that were written: changed, moved or worn out.
    #[error("trust what is stored: it was changed")]
    StorageDamaged,
    #[error("read the request: it is malformed")]
    Malformed,
    /// A mistake of ours. `id` finds it in the logs.
    #[error("go on: internal error {id}")]
    Bug { id: String },
}

/// Why the backend will not do it, ever, as asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalReason {
    UnknownProcedure,
    UnknownCommune,
    /// It has no online channel: it is filed at the counter.
    NotOnline,
    NotAllowed,
    /// No supplement is asked for (any more): it was sent from another phone, or the dossier went on.
    NotAwaited,
    /// The dossier is where this can no longer be done: it is finished, or was given back.
    TooLate,
    #[serde(other)]
    Other,
}

impl RefusalReason {
    /// The name on the wire, which also chooses the variant of the message.
    pub const fn key(self) -> &'static str {
        match self {
            Self::UnknownProcedure => "unknown-procedure",
            Self::UnknownCommune => "unknown-commune",
            Self::NotOnline => "not-online",
            Self::NotAllowed => "not-allowed",
            Self::NotAwaited => "not-awaited",
            Self::TooLate => "too-late",
            Self::Other => "other",
        }
    }
}

impl std::fmt::Display for RefusalReason {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::UnknownProcedure => "no such procedure",
            Self::UnknownCommune => "no such commune",
            Self::NotOnline => "not filed online",
            Self::NotAllowed => "not allowed",
            Self::NotAwaited => "nothing is asked for",
            Self::TooLate => "too late",
            Self::Other => "refused",
        })
    }
}

/// One field's failure: a field id and a Fluent message id, never prose and never the value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FieldProblem {
    pub field: String,
    pub message: String,
}

/// What the person holding the phone, or the app team, can do about it: the public variants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    Offline,
    SignInAgain,
    Invalid { fields: Vec<FieldProblem> },
    Conflict,
    Refused,
    Unavailable { retry_after_s: u32 },
    StorageFull,
    Bug { id: String },
}

/// The body of an error answer (RFC 9457, `application/problem+json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WireProblem {
    /// `tag:gandan,2026:problem/<slug>`; never dereferenced.
    #[serde(rename = "type", default)]
    pub type_uri: String,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub status: u16,
    /// The typed problem, for our own clients. `None` when another system answers, and when a
    /// newer server names a problem that this version does not know: the status still tells.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "known_or_none"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub gandan: Option<Problem>,
}

impl WireProblem {
    /// What stands for an answer that this version cannot read; becomes
    /// [`Problem::Unavailable`].
    pub(crate) fn unknown() -> Self {
        Self {
            type_uri: "about:blank".into(),
            title: "unknown".into(),
            status: 0,
            gandan: None,
        }
    }
}

fn known_or_none<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Problem>, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    Ok(Problem::deserialize(value).ok())
}

impl Problem {
    /// The last part of the `type` URI and the middle of the message ids.
    pub const fn slug(&self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::NotTheService => "not-the-service",
            Self::SignInAgain => "sign-in-again",
            Self::IdentityUnavailable => "identity-unavailable",
            Self::SignInRefused => "sign-in-refused",
            Self::Invalid { .. } => "invalid",
            Self::Conflict => "conflict",
            Self::NotFound => "not-found",
            Self::FileTooBig { .. } => "file-too-big",
            Self::FileNotWhatItSays { .. } => "file-not-what-it-says",
            Self::FileIncomplete => "file-incomplete",
            Self::SignatureRefused => "signature-refused",
            Self::ProofRefused => "proof-refused",
            Self::PackRefused => "pack-refused",
            Self::FormChanged { .. } => "form-changed",
            Self::Refused { .. } => "refused",
            Self::Unavailable { .. } => "unavailable",
            Self::ReceiptRefused => "receipt-refused",
            Self::StorageFull => "storage-full",
            Self::StorageDamaged => "storage-damaged",
            Self::Malformed => "malformed",
            Self::Bug { .. } => "bug",
        }
    }

    /// HTTP status (RFC 9110 §15).
    pub const fn http_status(&self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::SignInAgain
            | Self::ProofRefused
            | Self::SignInRefused
            | Self::SignatureRefused => 401,
            Self::Refused { .. } => 403,
            Self::NotFound => 404,
            Self::Conflict | Self::FileIncomplete | Self::FormChanged { .. } => 409,
            Self::FileTooBig { .. } => 413,
            Self::FileNotWhatItSays { .. } => 415,
            Self::Invalid { .. } | Self::PackRefused | Self::ReceiptRefused => 422,
            Self::Offline | Self::NotTheService | Self::IdentityUnavailable => 502,
            Self::Unavailable { .. } => 503,
            Self::StorageFull => 507,
            Self::StorageDamaged | Self::Bug { .. } => 500,
        }
    }

    /// May the same request succeed later without anyone changing it? Lanes wait on these and
    /// wedge on the others.
    pub const fn is_recoverable(&self) -> bool {
        matches!(
            self,
            Self::Offline
                | Self::NotTheService
                | Self::IdentityUnavailable
                | Self::Unavailable { .. }
                | Self::FileIncomplete
                | Self::SignInAgain
                | Self::ProofRefused
                | Self::Bug { .. }
        )
    }

    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Offline | Self::NotTheService => Remedy::Offline,
            Self::SignInAgain | Self::ProofRefused | Self::SignInRefused => Remedy::SignInAgain,
            Self::Invalid { fields } => Remedy::Invalid {
                fields: fields.clone(),
            },
            Self::Conflict | Self::FormChanged { .. } | Self::FileIncomplete => Remedy::Conflict,
            Self::IdentityUnavailable => Remedy::Unavailable { retry_after_s: 60 },
            Self::Unavailable { retry_after_s } => Remedy::Unavailable {
                retry_after_s: *retry_after_s,
            },
            Self::StorageFull => Remedy::StorageFull,
            Self::StorageDamaged => Remedy::Bug {
                id: "storage-damaged".into(),
            },
            Self::Bug { id } => Remedy::Bug { id: id.clone() },
            Self::NotFound
            | Self::FileTooBig { .. }
            | Self::FileNotWhatItSays { .. }
            | Self::SignatureRefused
            | Self::PackRefused
            | Self::Refused { .. }
            | Self::ReceiptRefused
            | Self::Malformed => Remedy::Refused,
        }
    }
}

impl Problem {
    /// The four sentences. `office` is where a person helps, if that is known; nobody is sent to
    /// a counter that may not exist.
    pub fn sentences(&self, messages: &Messages, office: Option<&Office>) -> [Text; 4] {
        self.sentences_or_line(messages, office, None)
    }

    /// The same; where no office is known, this telephone line helps.
    pub fn sentences_or_line(
        &self,
        messages: &Messages,
        office: Option<&Office>,
        line: Option<&HelpLine>,
    ) -> [Text; 4] {
        let args = self.args(messages);
        let part = |part: &str| messages.text(&format!("problem-{}-{part}", self.slug()), &args);
        [
            part("happened"),
            part("safe"),
            part("now"),
            help(messages, office, line),
        ]
    }

    fn args(&self, messages: &Messages) -> Vec<(&'static str, Arg)> {
        let number = |number: u64| Arg::Number(i64::try_from(number).unwrap_or(i64::MAX));
        match self {
            Self::Invalid { fields } => vec![("count", number(fields.len() as u64))],
            Self::FileTooBig { max_bytes } => {
                vec![("megabytes", number(max_bytes / (1024 * 1024)))]
            }
            Self::FormChanged { had, now } => vec![
                ("had", number((*had).into())),
                ("now", number((*now).into())),
            ],
            Self::Refused { reason } => vec![("reason", Arg::Key(reason.key()))],
            Self::Unavailable { retry_after_s } => {
                vec![("minutes", number(retry_after_s.div_ceil(60).max(1).into()))]
            }
            Self::Bug { id } => vec![("code", spoken::code(id, messages.lang()).into())],
            _ => Vec::new(),
        }
    }
}

fn help(messages: &Messages, office: Option<&Office>, line: Option<&HelpLine>) -> Text {
    let no_office = || match line {
        Some(line) => messages.text(
            "problem-help-line",
            &[
                ("name", line.name.text(messages.lang()).into()),
                ("phone", spoken::phone(&line.phone, messages.lang()).into()),
            ],
        ),
        None => messages.plain("problem-help-none"),
    };
    let Some(office) = office else {
        return no_office();
    };
    let name = ("office", spoken::abbreviations(&office.name).into());
    let address = |address: &str| ("address", spoken::abbreviations(address).into());
    let phone = |phone: &str| ("phone", spoken::phone(phone, messages.lang()).into());
    match (&office.address, &office.phone) {
        (Some(at), Some(call)) => messages.text("problem-help", &[name, address(at), phone(call)]),
        (Some(at), None) => messages.text("problem-help-address", &[name, address(at)]),
        (None, Some(call)) => messages.text("problem-help-phone", &[name, phone(call)]),
        (None, None) => no_office(),
    }
}

impl From<&Problem> for WireProblem {
    fn from(problem: &Problem) -> Self {
        Self {
            type_uri: format!("tag:gandan,2026:problem/{}", problem.slug()),
            title: format!("failed to {problem}"),
            status: problem.http_status(),
            gandan: Some(problem.clone()),
        }
    }
}

impl From<WireProblem> for Problem {
    /// A typed problem if it carries one that we know; else what its status tells.
    fn from(wire: WireProblem) -> Self {
        match (wire.gandan, wire.status) {
            (Some(problem), _) => problem,
            (None, 401) => Self::SignInAgain,
            (None, 404) => Self::NotFound,
            (None, 409) => Self::Conflict,
            (None, 400..=499) => Self::Refused {
                reason: RefusalReason::Other,
            },
            (None, _) => Self::Unavailable { retry_after_s: 30 },
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

    use std::collections::BTreeSet;

    use super::*;
    use crate::text::{
        Lang,
        messages::{self, ReviewStatus},
    };

    /// One of each; the match makes a new variant stop here first.
    fn all() -> Vec<Problem> {
        let all = vec![
            Problem::Offline,
            Problem::NotTheService,
            Problem::SignInAgain,
            Problem::IdentityUnavailable,
            Problem::SignInRefused,
            Problem::Invalid {
                fields: vec![FieldProblem {
                    field: "child.full_name".into(),
                    message: "form-required".into(),
                }],
            },
            Problem::Conflict,
            Problem::NotFound,
            Problem::FileTooBig {
                max_bytes: 10 * 1024 * 1024,
            },
            Problem::FileNotWhatItSays {
                expected: "JPEG".into(),
            },
            Problem::FileIncomplete,
            Problem::SignatureRefused,
            Problem::ProofRefused,
            Problem::PackRefused,
            Problem::FormChanged { had: 1, now: 2 },
            Problem::Refused {
                reason: RefusalReason::UnknownProcedure,
            },
            Problem::Refused {
                reason: RefusalReason::UnknownCommune,
            },
            Problem::Refused {
                reason: RefusalReason::NotAllowed,
            },
            Problem::Refused {
                reason: RefusalReason::Other,
            },
            Problem::Unavailable { retry_after_s: 90 },
            Problem::ReceiptRefused,
            Problem::StorageFull,
            Problem::StorageDamaged,
            Problem::Malformed,
            Problem::Bug {
                id: "7f3a09".into(),
            },
        ];
        for problem in &all {
            match problem {
                Problem::Offline
                | Problem::NotTheService
                | Problem::SignInAgain
                | Problem::IdentityUnavailable
                | Problem::SignInRefused
                | Problem::Invalid { .. }
                | Problem::Conflict
                | Problem::NotFound
                | Problem::FileTooBig { .. }
                | Problem::FileNotWhatItSays { .. }
                | Problem::FileIncomplete
                | Problem::SignatureRefused
                | Problem::ProofRefused
                | Problem::PackRefused
                | Problem::FormChanged { .. }
                | Problem::Refused { .. }
                | Problem::Unavailable { .. }
                | Problem::ReceiptRefused
                | Problem::StorageFull
                | Problem::StorageDamaged
                | Problem::Malformed
                | Problem::Bug { .. } => {}
            }
        }
        all
    }

    fn office(address: Option<&str>, phone: Option<&str>) -> Office {
        Office {
            code: "H99.08.01".into(),
            name: "UBND Xã Thử".into(),
            address: address.map(Into::into),
            phone: phone.map(Into::into),
            ..Office::default()
        }
    }

    /// I7: four sentences for every problem, in both languages, with nothing left unfilled.
    #[test]
    fn every_problem_says_its_four_sentences() {
        for lang in [Lang::vi(), Lang::en()] {
            let messages = Messages::new(&lang);
            for problem in all() {
                let sentences = problem.sentences(&messages, None);
                for (part, text) in ["happened", "safe", "now"].into_iter().zip(&sentences) {
                    let id = format!("problem-{}-{part}", problem.slug());
                    assert!(messages::exists(&id), "no message {id}");
                    assert_ne!(messages.review(&id), ReviewStatus::Untranslated, "{id}");
                    assert!(text.shown().len() > 10, "{id}");
                    assert!(!text.shown().contains(['{', '$', '}']), "{}", text.shown());
                    assert!(text.runs.iter().all(|run| run.lang == lang), "{id}");
                }
            }
        }
    }

    /// The files hold no sentence for a problem that does not exist any more.
    #[test]
    fn every_problem_message_belongs_to_a_problem() {
        let said: BTreeSet<String> = all()
            .iter()
            .flat_map(|problem| {
                ["happened", "safe", "now"].map(|part| format!("problem-{}-{part}", problem.slug()))
            })
            .collect();
        let written: BTreeSet<String> = messages::ids()
            .filter(|id| id.starts_with("problem-") && !id.starts_with("problem-help"))
            // The screen's heading, whatever the problem.
            .filter(|id| *id != "problem-title")
            .map(str::to_owned)
            .collect();
        assert_eq!(said, written);
    }

    #[test]
    fn a_person_helps_only_where_one_is_known_to() {
        let help = |lang: Lang, office: Option<Office>| {
            let [_, _, _, help] =
                Problem::Offline.sentences(&Messages::new(&lang), office.as_ref());
            help
        };
        let whole = help(
            Lang::en(),
            Some(office(Some("Thôn Thử"), Some("0912 345 678"))),
        );
        assert_eq!(
            whole.shown(),
            "People help at UBND Xã Thử, address Thôn Thử, phone 0912 345 678."
        );
        assert_eq!(
            whole.heard(),
            "People help at Ủy ban nhân dân Xã Thử, address Thôn Thử, phone 0 9 1 2, 3 4 5, 6 7 8."
        );
        assert_eq!(whole.runs[1].lang, Lang::vi());
        for (known, word) in [
            (office(Some("Thôn Thử"), None), "Thôn Thử"),
            (office(None, Some("0912 345 678")), "0912 345 678"),
        ] {
            assert!(help(Lang::vi(), Some(known)).shown().contains(word));
        }
        for unknown in [None, Some(office(None, None))] {
            let said = help(Lang::vi(), unknown).shown();
            assert!(!said.contains("UBND") && !said.contains("tại"), "{said}");
        }
    }

    #[test]
    fn a_code_that_must_be_read_out_is_heard_in_groups() {
        let bug = Problem::Bug {
            id: "7f3a09".into(),
        };
        let [happened, ..] = bug.sentences(&Messages::new(&Lang::vi()), None);
        assert!(happened.shown().contains("7f3a09"));
        assert!(happened.heard().contains("7 f 3, a 0 9"));
    }

    #[test]
    fn problems_travel_and_come_back_as_they_were() {
        for problem in all() {
            let wire = serde_json::to_string(&WireProblem::from(&problem)).unwrap();
            let read: WireProblem = serde_json::from_str(&wire).unwrap();
            assert_eq!(Problem::from(read), problem, "{wire}");
        }
    }

    #[test]
    fn the_status_tells_the_same_as_the_remedy() {
        for problem in all() {
            let status = problem.http_status();
            match problem.remedy() {
                Remedy::SignInAgain => assert_eq!(status, 401, "{problem}"),
                Remedy::Conflict => assert_eq!(status, 409, "{problem}"),
                Remedy::Invalid { fields } => {
                    assert_eq!((status, fields.len()), (422, 1));
                }
                Remedy::Refused => assert!((400..500).contains(&status), "{problem}"),
                Remedy::Offline
                | Remedy::Unavailable { .. }
                | Remedy::StorageFull
                | Remedy::Bug { .. } => assert!(status >= 500, "{problem}"),
            }
        }
    }

    #[test]
    fn what_waits_is_what_can_pass_by_itself() {
        let waits: Vec<&str> = all()
            .iter()
            .filter(|problem| problem.is_recoverable())
            .map(Problem::slug)
            .collect();
        assert_eq!(
            waits,
            [
                "offline",
                "not-the-service",
                "sign-in-again",
                "identity-unavailable",
                "file-incomplete",
                "proof-refused",
                "unavailable",
                "bug"
            ]
        );
    }

    #[test]
    fn a_problem_of_a_newer_server_is_read_by_its_status() {
        let read = |status: u16, gandan: &str| {
            let body = format!(
                r#"{{"type":"tag:gandan,2026:problem/new","title":"t","status":{status},"gandan":{gandan}}}"#
            );
            Problem::from(serde_json::from_str::<WireProblem>(&body).unwrap())
        };
        let newer = r#"{"problem":"from-the-future","why":[1,2]}"#;
        assert_eq!(read(401, newer), Problem::SignInAgain);
        assert_eq!(read(404, newer), Problem::NotFound);
        assert_eq!(read(409, newer), Problem::Conflict);
        assert_eq!(
            read(422, newer),
            Problem::Refused {
                reason: RefusalReason::Other
            }
        );
        assert_eq!(read(503, newer), Problem::Unavailable { retry_after_s: 30 });
        // A known problem whose fields changed shape, and things that are no problem at all.
        for odd in [
            r#"{"problem":"file-too-big","max_bytes":"ten"}"#,
            "7",
            "[]",
            "null",
            "\"x\"",
        ] {
            assert_eq!(read(404, odd), Problem::NotFound, "{odd}");
        }
        assert_eq!(
            read(
                403,
                r#"{"problem":"refused","reason":"a-new-reason","more":1}"#
            ),
            Problem::Refused {
                reason: RefusalReason::Other
            }
        );
    }

    #[test]
    fn another_systems_problem_needs_only_what_the_rfc_has() {
        for (body, expected) in [
            ("{}", Problem::Unavailable { retry_after_s: 30 }),
            (r#"{"status":404}"#, Problem::NotFound),
            (
                r#"{"type":"about:blank","title":"Nope","status":409,"detail":"x"}"#,
                Problem::Conflict,
            ),
        ] {
            let wire: WireProblem = serde_json::from_str(body).unwrap();
            assert_eq!(Problem::from(wire), expected, "{body}");
        }
    }

    #[test]
    fn any_value_in_the_place_of_the_typed_problem_is_read() {
        bolero::check!()
            .with_type::<(u16, String, String)>()
            .for_each(|(status, slug, text)| {
                for gandan in [
                    serde_json::json!({ "problem": slug, "id": text }),
                    serde_json::json!({ "problem": "bug", slug: text }),
                    serde_json::json!(text),
                ] {
                    let body = serde_json::json!({
                        "type": text, "title": slug, "status": status, "gandan": gandan
                    });
                    let wire: WireProblem = serde_json::from_value(body).unwrap();
                    assert_eq!(wire.status, *status);
                    let _ = Problem::from(wire).remedy();
                }
            });
    }

    #[test]
    fn bytes_that_are_no_problem_are_refused_and_nothing_worse() {
        bolero::check!().for_each(|bytes| {
            let _ = serde_json::from_slice::<WireProblem>(bytes);
        });
    }
}
