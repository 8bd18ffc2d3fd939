//! Reading what the National Portal answers about procedures.
//!
//! The portal's records are typed in by hundreds of people: a fee of 0 may mean "the province
//! decides", "20" may mean twenty thousand, a time has the unit "other", a field holds HTML.
//! Nothing of it may be believed silently, and nothing may be dropped silently. So the reader
//! walks the JSON itself instead of deserializing into types (one wrong type would cost the whole
//! record), takes what it can, and writes a [`Doubt`] for everything else: which procedure, where
//! in the record, what stood there, why that is doubtful, what was done.
//!
//! Two shapes are read: the portal's own (`{code, detail: {executionMethods, …}}`) and the
//! flattened one of public collections (`{code, methods, component_groups, …}`); the first is
//! turned into the second by [`shape`]. Doubts name the second one's paths.

mod fee;
mod read;
mod shape;
#[cfg(test)]
mod tests;
mod time;

use std::{collections::BTreeMap, io::Read as _};

use gandan_domain::catalog::{
    Listing, ServiceLevel,
    listing::{Channel, ListedFee, Offer, Subject},
};
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;

/// Everything that one file held.
#[derive(Clone, Debug, Default)]
pub struct Import {
    /// In order of their codes.
    pub procedures: Vec<Portal>,
    pub doubts: Vec<Doubt>,
    /// Records in the file, read or not.
    pub records: usize,
}

/// Something in a record that was rejected, changed, or kept although it is doubtful.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Doubt {
    /// The procedure's code; `#<number>` for a record without one.
    pub code: String,
    pub kind: Kind,
    /// e.g. `methods[2].fees[0].vnd`.
    pub path: String,
    /// What stood there, shortened.
    pub said: String,
    pub done: &'static str,
}

macro_rules! kinds {
    ($($name:ident = $slug:literal, $why:literal;)*) => {
        /// Why something is doubtful.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Kind { $(#[doc = $why] $name,)* }

        impl Kind {
            /// Its name in reports.
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug,)* }
            }

            /// For whoever reads the report.
            pub const fn why(self) -> &'static str {
                match self { $(Self::$name => $why,)* }
            }
        }
    };
}

kinds! {
    NotARecord = "not-a-record", "it is no procedure: not an object, or without code or title";
    BadCode = "bad-code", "national codes are digits, a dot and digits";
    Twice = "twice", "the same code came before";
    WrongType = "wrong-type", "another type of value belongs there";
    UnknownKey = "unknown-key", "nobody told us what this means";
    TextCleaned = "text-cleaned", "the text has HTML, odd spaces or invisible characters";
    ShoutedTitle = "shouted-title", "the title is all in capitals";
    RunTogether = "run-together", "words run together or misread: no Vietnamese syllable is so long";
    FeeProvinceDecides = "fee-province-decides", "the amount is 0 or missing, and a text says that the province decides";
    FeeElsewhere = "fee-elsewhere", "the amount is 0 or missing, and a text refers to another document";
    FeeInText = "fee-in-text", "the amount is 0, and amounts stand in the text";
    FeeMissing = "fee-missing", "there is no amount and no text";
    FeeThousands = "fee-thousands", "the text says a thousand times the amount";
    FeeContradicts = "fee-contradicts", "the amount is not in the text, which has others";
    FeeTooSmall = "fee-too-small", "no fee in đồng is so small";
    FeeForeign = "fee-foreign", "the amount is not in đồng";
    FeeNotListed = "fee-not-listed", "a way to file without any line about fees";
    TimeUnit = "time-unit", "the unit of the time is \"other\"";
    TimeInText = "time-in-text", "the time is a text";
    TimeZero = "time-zero", "the time is 0";
    TimeOdd = "time-odd", "no procedure takes so long, or a negative time";
    TimeDiffers = "time-differs", "the cases have another time than the way to file";
    NoChannel = "no-channel", "no way to file is listed";
    UnknownChannel = "unknown-channel", "there is no such way to file";
    LevelWithoutChannel = "level-without-channel", "it is all online, and online is not among the ways to file";
    OfflineWithChannel = "offline-with-channel", "it is offline only, and online is among the ways to file";
    NoSubject = "no-subject", "nobody may file it";
    UnknownSubject = "unknown-subject", "there is no such kind of applicant";
    ComponentNameless = "component-nameless", "a paper without a name";
    ComponentNoCopies = "component-no-copies", "a paper of which neither original nor copy is wanted: a note, or a mistake";
    ComponentManyCopies = "component-many-copies", "more copies than anybody asks for";
    NothingRequired = "nothing-required", "no paper is marked as required: the mark says nothing here";
    EmptyGroup = "empty-group", "a group of papers without papers";
    AgencyMissing = "agency-missing", "who carries it out is not said";
    NoLegalBasis = "no-legal-basis", "no law is named";
    NoSteps = "no-steps", "no steps are listed";
    BadDate = "bad-date", "a date that can't be read, or before the portal existed";
    DecidedLater = "decided-later", "the record is older than the decision that it cites";
}

/// A procedure as the portal tells it, cleaned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Portal {
    pub code: String,
    pub title: String,
    pub field: String,
    pub field_code: String,
    pub agency: String,
    pub level: &'static str,
    pub subjects: Vec<PortalSubject>,
    pub methods: Vec<Method>,
    pub cases: Vec<Case>,
    pub component_groups: Vec<Group>,
    pub legal_basis: Vec<Law>,
    pub steps: Vec<Step>,
    pub results: Vec<Coded>,
    pub executing: Vec<String>,
    pub coordinating: Vec<String>,
    pub conditions: String,
    pub decision: Decision,
    pub updated: Option<Date>,
    #[serde(skip)]
    listing: Option<Listing>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PortalSubject {
    pub code: String,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Coded {
    pub code: String,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Method {
    /// `online`, `post` or `counter`.
    pub channel: &'static str,
    pub time: Option<Time>,
    pub note: String,
    pub fees: Vec<PortalFee>,
}

/// e.g. 17.5 `working_day`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Time {
    pub amount: f64,
    pub unit: &'static str,
}

impl Eq for Time {}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PortalFee {
    /// As the portal has it: `FEE` (lệ phí), `SERVICE_FEE` (phí), `PRICE_LEVEL`.
    pub kind: String,
    /// `None` is unknown, not nothing.
    pub vnd: Option<u64>,
    /// e.g. `10 USD`, where it is not in đồng.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub foreign: Option<String>,
    pub note: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Case {
    pub code: String,
    pub name: String,
    pub time: Option<Time>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    pub name: String,
    pub components: Vec<Paper>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Paper {
    pub code: String,
    pub name: String,
    pub originals: u32,
    pub copies: u32,
    pub required: bool,
    pub electronic_form: bool,
    pub forms: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Law {
    pub number: String,
    pub title: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    pub name: String,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decision {
    pub number: String,
    pub date: Option<Date>,
    pub agency: String,
}

/// Why nothing was imported. Reads after "failed to".
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("unpack the file: {0}")]
    Gzip(std::io::Error),
    #[error("unpack the file: it is larger than {LARGEST} bytes")]
    TooLarge,
    #[error("read the file as JSON: {0}")]
    Json(serde_json::Error),
    #[error("find procedures: the file is neither a list nor a procedure")]
    Shape,
    #[error("find procedures: none of the {0} records is one")]
    Nothing(usize),
}

/// No file of the portal comes near; a gzip bomb would.
const LARGEST: u64 = 1 << 30;

impl Import {
    /// Reads JSON, or gzipped JSON: a list of procedures, `{"data": [...]}`, or one procedure.
    pub fn read(bytes: &[u8]) -> Result<Self, ImportError> {
        let mut unpacked = Vec::new();
        let bytes = if bytes.starts_with(&[0x1f, 0x8b]) {
            let packed = flate2::read::MultiGzDecoder::new(bytes);
            let read = packed
                .take(LARGEST + 1)
                .read_to_end(&mut unpacked)
                .map_err(ImportError::Gzip)?;
            if read as u64 > LARGEST {
                return Err(ImportError::TooLarge);
            }
            &unpacked
        } else {
            bytes
        };
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        let value: Value = serde_json::from_slice(bytes).map_err(ImportError::Json)?;
        let records = match value {
            Value::Array(records) => records,
            Value::Object(mut object) => match object.remove("data") {
                Some(Value::Array(records)) => records,
                Some(other) => {
                    object.insert("data".into(), other);
                    vec![Value::Object(object)]
                }
                None => vec![Value::Object(object)],
            },
            _ => return Err(ImportError::Shape),
        };
        let mut import = Self {
            records: records.len(),
            ..Self::default()
        };
        let mut known = std::collections::BTreeSet::new();
        for (number, record) in (1..).zip(records) {
            let record = shape::flat(record);
            if let Some(procedure) = read::procedure(number, &record, &mut import.doubts) {
                if known.insert(procedure.code.clone()) {
                    import.procedures.push(procedure);
                } else {
                    import.doubts.push(Doubt {
                        code: procedure.code,
                        kind: Kind::Twice,
                        path: format!("#{number}"),
                        said: procedure.title,
                        done: "left out; the first one counts",
                    });
                }
            }
        }
        import
            .procedures
            .sort_by(|one, other| one.code.cmp(&other.code));
        import.doubts.sort();
        Ok(import)
    }

    /// How often each kind of doubt came, in order of [`Kind`].
    pub fn counts(&self) -> BTreeMap<Kind, usize> {
        let mut counts = BTreeMap::new();
        for doubt in &self.doubts {
            *counts.entry(doubt.kind).or_default() += 1;
        }
        counts
    }

    /// The facts, a line each: see [`gandan_domain::catalog::listing`].
    pub fn catalogue(&self) -> String {
        let listings = self.procedures.iter().filter_map(Portal::listing);
        listings.map(|listing| listing.write() + "\n").collect()
    }

    /// Code, kind, path, what it said, why, what was done: a line each.
    pub fn report(&self) -> String {
        let mut report = String::from("code\tkind\tpath\tsaid\twhy\tdone\n");
        for doubt in &self.doubts {
            let columns = [
                &doubt.code,
                doubt.kind.slug(),
                &doubt.path,
                &doubt.said,
                doubt.kind.why(),
                doubt.done,
            ];
            report += &columns.join("\t");
            report.push('\n');
        }
        report
    }
}

impl Portal {
    /// What the catalogue says of it; `None` without a day of update, which dates every fact.
    pub fn listing(&self) -> Option<&Listing> {
        self.listing.as_ref()
    }
}
