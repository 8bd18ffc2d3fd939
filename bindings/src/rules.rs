//! The rules for a team that draws screens of its own, or wants an answer without any.
//!
//! Every answer is one JSON object, the one that `gandan-packs ask` and `gandan-backend ask` print:
//! its shape stands in `docs/shells-native.md`. What can't be answered is `{"error": …}`.

use gandan_domain::{
    Problem,
    dossier::KeySet,
    jws::PublicKey,
    rules::{self, NoAnswer, read_channel, read_day},
    text::Lang,
};
use serde_json::Value;

use crate::GandanError;

/// Places, deadlines, fees, forms and search over the content that a deployment serves. Needs no
/// store, no session and no network; safe to call from any thread, and takes milliseconds, so not
/// from the UI's.
#[derive(uniffi::Object)]
pub struct Rules {
    rules: rules::Rules,
}

#[uniffi::export]
impl Rules {
    /// `content` and `places` are the signed files as the backend serves them (`/v1/content`,
    /// `/v1/places`), `keyset` what `/v1/keys` says, `root_key` the offline root's public key as a
    /// JWK, pinned in the app: nothing that the root does not vouch for is used. Without `places`
    /// no name of a place is understood. `lang` is the BCP-47 tag of what is said in words.
    #[uniffi::constructor]
    pub fn open(
        content: Vec<u8>,
        places: Option<Vec<u8>>,
        keyset: String,
        root_key: String,
        lang: String,
    ) -> Result<Self, GandanError> {
        let root: PublicKey = serde_json::from_str(&root_key).map_err(|_| Problem::PackRefused)?;
        let keys = KeySet::verify(keyset.trim(), &root).map_err(|_| Problem::PackRefused)?;
        let rules = rules::Rules::read(&content, places, &keys, &Lang(lang));
        Ok(Self {
            rules: rules.map_err(Problem::from)?,
        })
    }

    /// Which unit a text means that was written `on` this day (`yyyy-mm-dd`); without one, by the
    /// names of today.
    pub fn place(&self, text: String, on: Option<String>) -> String {
        said(
            on.as_deref()
                .map(read_day)
                .transpose()
                .and_then(|on| self.rules.place(&text, on)),
        )
    }

    /// When what was received then is due: `what` is a procedure's code or a limit (`5wd`, `8wh`,
    /// `30d`, `2m`), `received` the clock in Vietnam (`2027-02-04T16:10`) or a time with an offset.
    pub fn due(&self, what: String, received: String) -> String {
        said(self.rules.due(&what, &received))
    }

    /// Which procedures somebody means, best first.
    pub fn search(&self, query: String) -> String {
        self.rules.search(&query).to_string()
    }

    /// What the form that counts `on` this day asks, computes and finds wrong. `answers` is a JSON
    /// object of field ids and values.
    pub fn form(&self, code: String, on: String, answers: String) -> String {
        said(read_day(&on).and_then(|on| self.rules.form(&code, on, &answers)))
    }

    /// What it costs to file these answers `on` this day by a channel (`online`, `counter`, `post`).
    /// `province` is the receiving one's code; without it, that of the commune in the answers.
    pub fn fee(
        &self,
        code: String,
        channel: String,
        province: Option<String>,
        on: String,
        answers: String,
    ) -> String {
        said(read_channel(&channel).and_then(|channel| {
            let on = read_day(&on)?;
            self.rules
                .fee(&code, channel, province.as_deref(), on, &answers)
        }))
    }
}

fn said(answer: Result<Value, NoAnswer>) -> String {
    answer.unwrap_or_else(|error| error.json()).to_string()
}
