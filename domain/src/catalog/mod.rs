//! The catalogue: procedures as data, delivered in one signed content pack.
//!
//! A content pack is a file: its first line is a compact JWS over a [`PackManifest`], the rest is
//! the JSON of [`ContentPack`]. The path is given to `open()`; nothing is compiled in.

pub mod delta;
pub mod life_event;
pub mod listing;
pub mod pack;
pub mod search;

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    dossier::deadline::{Calendar, Limit},
    form::{Answers, Form, Program},
    payment::FeeRules,
    place::{Commune, HelpLine},
    text::{Lang, Text},
};
pub use life_event::{Ending, LifeEvent, LifeEventError};
pub use listing::{Catalogue, Listing};
pub use pack::{ContentError, PackError, SignedPack};
pub use search::{Hit, Index};

/// `typ` of a pack manifest's JWS header.
pub const PACK_TYP: &str = "gandan-pack+jwt";

/// The pack format this code reads. Readers accept packs of this major format only.
pub const PACK_FORMAT: u32 = 1;

/// What the pack key signs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PackManifest {
    pub format: u32,
    /// Lowest version of core that understands it.
    pub min_core: u32,
    /// Grows with every release of the content.
    pub serial: u64,
    /// SHA-256 (hex) of every byte after the first line.
    pub sha256: String,
}

/// Everything the phone needs to search, explain and fill, offline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ContentPack {
    pub procedures: Vec<Procedure>,
    /// Other versions of them: what is still accepted for a time beside a newer one, and what comes
    /// into force on a later day. Which counts when: [`ContentPack::in_force`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<Procedure>,
    pub communes: Vec<Commune>,
    /// Who helps by telephone where no office is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help_line: Option<HelpLine>,
    /// Which days offices work.
    #[serde(default)]
    pub calendar: Calendar,
    #[serde(default)]
    pub life_events: Vec<LifeEvent>,
    /// The facts of every procedure, also of those without a form: the text that
    /// [`Catalogue::read`] reads when it is first needed.
    #[serde(default)]
    pub catalogue: String,
    /// What people say, and what the state calls it.
    #[serde(default)]
    pub thesaurus: search::Thesaurus,
    /// What people say where they need one of these procedures, by its words: codes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sayings: BTreeMap<String, Vec<String>>,
    /// The banks of the national transfer network: their numbers (BIN, six digits), and what their
    /// customers call them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub banks: BTreeMap<String, String>,
}

/// Text in several languages. `vi` is always there; another language carries whether a competent
/// speaker has reviewed it.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct LocalText(pub BTreeMap<Lang, String>);

impl LocalText {
    /// The text in `lang`, else in Vietnamese, tagged with the language it really is.
    pub fn text(&self, lang: &Lang) -> Text {
        [lang, &Lang::vi()]
            .into_iter()
            .find_map(|lang| {
                self.0
                    .get(lang)
                    .map(|text| Text::new(text.clone(), lang.clone()))
            })
            .unwrap_or_default()
    }
}

/// A procedure (thủ tục hành chính).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Procedure {
    /// National code, e.g. `1.001193`.
    pub code: String,
    /// The official title, in Vietnamese.
    pub title: LocalText,
    /// What people call it.
    #[serde(default)]
    pub also_called: Vec<String>,
    pub summary: LocalText,
    /// The ministry that publishes it.
    pub publisher: String,
    pub service_level: ServiceLevel,
    #[serde(default)]
    pub picture: Picture,
    /// Who may file.
    #[serde(default = "Applicant::citizens")]
    pub who: Vec<Applicant>,
    /// The ways in. Without [`Channel::Online`] nothing is ever submitted: the app prepares a
    /// file and gives a code for the counter.
    #[serde(default = "Channel::online_and_counter")]
    pub channels: Vec<Channel>,
    /// Every visit that remains, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub visits: Vec<Visit>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<Case>,
    pub fee: FeeRules,
    /// Where no other is named for the case.
    pub time_limit: TimeLimit,
    /// Other limits, by case: see [`Self::time_limit`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub time_limits: Vec<CaseTimeLimit>,
    pub components: Vec<Component>,
    pub legal_basis: Vec<LegalBasis>,
    pub form: Form,
    /// First day on which this version applies.
    pub valid_from: Date,
    /// Last day, where it is known to end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Date>,
    /// Which competent authority approved this text of ours; mostly none has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved: Option<Approval>,
    /// Where the facts come from and when they were read.
    pub source: Source,
}

/// What a procedure is about, for people who would rather look than read. Every shell has a drawing
/// for each; it decorates, and never replaces the words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Picture {
    Birth,
    Death,
    Marriage,
    /// A copy of what stands in a register.
    Extract,
    /// A stamp: what an office confirms.
    Certify,
    Residence,
    Land,
    Business,
    Health,
    Allowance,
    School,
    /// Who one is.
    Identity,
    /// Anything else, and what this version does not know yet.
    #[default]
    #[serde(other)]
    Document,
}

impl Procedure {
    /// Whether it may be submitted through the app at all.
    pub fn is_online(&self) -> bool {
        self.channels.contains(&Channel::Online)
    }

    /// Whether this version applies on a day.
    pub fn applies_on(&self, day: Date) -> bool {
        self.valid_from <= day && self.valid_until.is_none_or(|last| day <= last)
    }

    /// The time limit of the case that these answers describe.
    pub fn time_limit(&self, answers: &Answers) -> &TimeLimit {
        self.time_limits
            .iter()
            .find(|limit| self.form.holds(&limit.when, answers))
            .map_or(&self.time_limit, |limit| &limit.limit)
    }

    /// The papers that these answers call for, beside those the state sees itself.
    pub fn components_for(&self, answers: &Answers) -> impl Iterator<Item = &Component> {
        let clean = self.form.clean(answers);
        self.components.iter().filter(move |component| {
            component
                .when
                .as_ref()
                .is_none_or(|when| self.form.holds(when, &clean))
        })
    }
}

/// Who may file (đối tượng thực hiện).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Applicant {
    Citizen,
    /// Hộ kinh doanh.
    HouseholdBusiness,
    Organisation,
}

impl Applicant {
    fn citizens() -> Vec<Self> {
        vec![Self::Citizen]
    }
}

/// A way to file (cách thức thực hiện).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Online,
    Post,
    Counter,
}

impl Channel {
    fn online_and_counter() -> Vec<Self> {
        vec![Self::Online, Self::Counter]
    }
}

/// A visit that filing online does not spare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Visit {
    /// What for, e.g. to sign in the register.
    pub why: LocalText,
    /// Always, if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Program>,
}

/// One of the situations that the law tells apart (trường hợp thực hiện).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Case {
    pub id: String,
    pub name: LocalText,
    /// The answers that describe it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Program>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CaseTimeLimit {
    pub when: Program,
    /// The case in words, for whoever has not answered anything yet.
    pub case: LocalText,
    #[serde(flatten)]
    pub limit: TimeLimit,
}

/// Who approved, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Approval {
    pub by: String,
    pub date: Date,
}

/// Mức độ cung cấp dịch vụ công trực tuyến.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ServiceLevel {
    /// Toàn trình: no visit at all.
    Full,
    /// Một phần: filed online, a visit remains.
    Partial,
    /// Trực tiếp: at the counter only.
    InPerson,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TimeLimit {
    /// `None` where the law names none that we know: no date is promised then.
    #[serde(default)]
    pub limit: Option<Limit>,
    /// How the law qualifies it, e.g. same day, next working day after 15:00.
    #[serde(default)]
    pub note: Option<LocalText>,
}

/// A paper of the dossier (thành phần hồ sơ).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Component {
    /// The national component code.
    pub code: String,
    pub name: LocalText,
    /// The file field of the form that takes it; `None` where nothing is uploaded.
    #[serde(default)]
    pub field: Option<String>,
    /// The state can see it itself: it is never asked for.
    #[serde(default)]
    pub known_to_state: bool,
    /// Originals and copies to hand in, where it is on paper.
    #[serde(default)]
    pub originals: u8,
    #[serde(default)]
    pub copies: u8,
    /// The dossier is incomplete without it, in the cases of `when`.
    #[serde(default = "yes")]
    pub required: bool,
    /// The answers that call for it; always, if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Program>,
}

const fn yes() -> bool {
    true
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LegalBasis {
    /// e.g. "Luật Hộ tịch 60/2014/QH13".
    pub document: String,
    #[serde(default)]
    pub article: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Source {
    pub name: String,
    pub date: Date,
}

/// Names a value that the state may know: `requester.full_name`, `spouse.id_number`, …
/// The person part is relative to whoever signs in.
pub type PrefillKey = String;

/// Every key that can be answered: the fields of the population answer (see `docs/api.md`), for
/// the person who signed in, their spouse, and the newest certificate of a birth that has not
/// been registered. `residence` is one line: detail, commune and province.
pub const PREFILL_KEYS: [&str; 20] = [
    "requester.full_name",
    "requester.id_number",
    "requester.birth_date",
    "requester.sex",
    "requester.ethnicity",
    "requester.nationality",
    "requester.residence",
    "requester.residence_commune",
    "spouse.full_name",
    "spouse.id_number",
    "spouse.birth_date",
    "spouse.sex",
    "spouse.ethnicity",
    "spouse.nationality",
    "spouse.residence",
    "spouse.residence_commune",
    "birth_certificate.number",
    "birth_certificate.birth_date",
    "birth_certificate.sex",
    "birth_certificate.facility",
];
