//! Turns `content/` into a checked, compiled, signed content pack.
//!
//! ```text
//! content/*.toml → Sources → compile() → ContentPack → payload() → sign() → pack file
//!                            └ every mistake, with file, line and why
//! ```
//!
//! `docs/procedures.md` says how to write the files. All mistakes are reported at once, because
//! whoever writes a procedure should not have to run this ten times; and a pack is built only
//! when there is none, because the phone has nobody to report one to.
//!
//! The output is a function of the input bytes and the key: no clock, no randomness (Ed25519
//! signatures are deterministic), nothing from a map without an order. Two people who build the
//! same content get the same file.

pub mod ask;
pub mod condition;
mod fee;
mod holidays;
mod life_event;
#[cfg(test)]
mod mistakes;
pub mod offices;
#[cfg(test)]
mod oracle;
mod places;
pub mod portal;
mod procedure;
#[cfg(test)]
mod s27;
pub mod schema;
#[cfg(test)]
mod search_quality;
mod source;
mod tables;
mod terms;
pub mod units;

use std::{collections::BTreeMap, fmt, fs, io, path::Path};

use gandan_domain::{
    catalog::{ContentPack, LifeEventError, PACK_TYP, listing::ListingError, pack},
    dossier::deadline::Calendar,
    form::FormError,
    jws::{self, PublicKey},
    payment::FeeError,
    place::{
        HelpLine,
        table::{PLACES_TYP, PlaceTable},
    },
};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde::Deserialize;

pub use condition::ConditionError;

/// The files of a content directory, by path relative to it, `/` between parts.
/// And what is wrong with files that can't be read at all.
#[derive(Clone, Debug, Default)]
pub struct Sources(pub BTreeMap<String, String>, Vec<Mistake>);

/// One mistake of whoever wrote the content: where, and why it can't stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    pub file: String,
    /// From 1.
    pub line: usize,
    pub what: What,
}

/// What is wrong. Reads after "failed to".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum What {
    #[error("read the file: {0}")]
    Toml(String),
    #[error("find this file, without which there is no pack")]
    MissingFile,
    #[error("read the file: it is not text in UTF-8")]
    NotText,
    #[error("accept the file: nobody reads one of such a name here")]
    Stray,
    #[error("accept the text: it has no Vietnamese")]
    NoVietnamese,
    #[error(
        "accept the id `{0}`: it is lower-case letters, digits and `_`, in parts joined by dots"
    )]
    BadId(String),
    #[error("accept `{id}`: it is already there, at line {first}")]
    Duplicate { id: String, first: usize },
    #[error("accept the field: {0}")]
    FieldKind(&'static str),
    #[error(transparent)]
    Condition(#[from] ConditionError),
    #[error(transparent)]
    Form(FormError),
    #[error("accept the rule: it is about the field `{0}`, which does not exist")]
    RuleField(String),
    #[error("accept the rule: there is no Fluent message `{0}` in Vietnamese")]
    UnknownMessage(String),
    #[error("accept the component: it names `{0}`, which is not a file field of the form")]
    ComponentField(String),
    #[error("accept the prefill key `{0}`: no register answers to it")]
    UnknownPrefill(String),
    #[error("accept the text: it says \"{word}\" where the term is \"{term}\"")]
    Term { word: String, term: String },
    #[error("accept the term: the app says \"{0}\" aloud in other words")]
    Abbreviation(String),
    #[error("accept the life event: its id is `{0}`, which is not the name of the file")]
    IdIsNotFileName(String),
    #[error(transparent)]
    LifeEvent(LifeEventError),
    #[error("accept the procedure: its code is `{0}`, which is not the name of the file")]
    CodeIsNotFileName(String),
    #[error(
        "accept the version: its file is called `<code>.<version of the form>.toml`, there is no other with both, and a procedure of this code stands in `procedures/`"
    )]
    Version,
    #[error("accept the fee: {0}")]
    FeeShape(&'static str),
    #[error(transparent)]
    Fee(FeeError),
    #[error("read the row: CSV: {0}")]
    Csv(String),
    #[error("accept the office: {0}")]
    Office(&'static str),
    #[error("accept the unit: {0}")]
    Unit(&'static str),
    #[error("accept the day: {0}")]
    Holiday(&'static str),
    #[error(
        "accept the time limit: exactly one of `same_day`, `working_hours`, `working_days`, `days`, `months` and `unknown` must be there"
    )]
    TimeLimit,
    #[error(
        "accept the channels: `in_person` is without `online`, every other service level with it"
    )]
    Channels,
    #[error(
        "accept the computed value: it is not what the kind holds (number and money: a number, yes_no: a yes or no, text and date: a text)"
    )]
    ComputedKind,
    #[error("accept the computed value: what is computed is neither required nor prefilled")]
    ComputedAsked,
    #[error("accept the approval: `approved = true` needs `approval`, and only then may it stand")]
    Approval,
    #[error("accept the procedure: it ends before it begins")]
    EndsBeforeItBegins,
    #[error(transparent)]
    Listing(ListingError),
    #[error(
        "accept the phrase: it is a phrase, a tab and what it means, parts of that between bars"
    )]
    Phrase,
    #[error("accept the saying: it is a phrase, a tab and codes, commas between them")]
    Saying,
    #[error("accept the saying: there is no procedure `{0}`")]
    UnknownProcedure(String),
    #[error("accept the bank: a line is its number, which is six digits, a tab and its name")]
    Bank,
    #[error("accept the commune code `{0}`: it is five digits")]
    CommuneCode(String),
    #[error("accept the commune `{0}`: no commune has this code from this day on")]
    UnknownCommune(String),
    #[error("accept the office code `{0}`: dossier codes can't begin with it")]
    OfficeCode(String),
}

impl fmt::Display for Mistake {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: failed to {}", self.file, self.line, self.what)
    }
}

/// Why there is no pack.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("read the content directory: {0}")]
    Read(#[from] io::Error),
    #[error("build the pack: the content has {} mistakes", .0.len())]
    Content(Vec<Mistake>),
    #[error("read the place table that was just built")]
    Places,
    #[error("encode the pack: {0}")]
    Encode(#[from] serde_json::Error),
    #[error("sign the pack: the key is not an Ed25519 key in PKCS #8")]
    Key,
}

/// Content that passed every check.
#[derive(Clone, Debug)]
pub struct Content {
    /// Grows with every release of the content.
    pub serial: u64,
    pub pack: ContentPack,
    /// The payload of the places pack, see [`gandan_domain::place::table`].
    pub places: Vec<u8>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PackToml {
    /// Grows with every release.
    serial: u64,
    /// Who helps by telephone where no office is known.
    #[serde(default)]
    help_line: Option<source::HelpLineToml>,
}

impl Sources {
    /// Reads `pack.toml`, `holidays.toml`, `procedures/*.toml`, `versions/*.toml`, `life-events/*.toml`,
    /// `places/*`, `offices/*.csv`, the terms and the tables below `dir`. What is missing or is no
    /// text is a mistake of the content; only a directory that can't be read is an error.
    pub fn read(dir: &Path) -> io::Result<Self> {
        let mut sources = Self::default();
        fs::read_dir(dir)?;
        for file in [
            "pack.toml",
            holidays::FILE,
            terms::FILE,
            tables::CATALOGUE,
            tables::THESAURUS,
            tables::SAYINGS,
            tables::BANKS,
        ] {
            // Whether it has to be there is said by `compile`.
            if dir.join(file).exists() {
                sources.take(file.to_owned(), fs::read(dir.join(file))?);
            }
        }
        for (room, kinds) in [
            ("procedures", &[".toml"][..]),
            ("versions", &[".toml"]),
            ("life-events", &[".toml"]),
            ("places", &[".toml", ".tsv", ".py"]),
            ("offices", &[".csv"]),
        ] {
            if !dir.join(room).exists() {
                continue;
            }
            for entry in fs::read_dir(dir.join(room))? {
                let entry = entry?;
                let name = entry.file_name().to_string_lossy().into_owned();
                let file = format!("{room}/{name}");
                if name.starts_with('.') || name.ends_with(".py") {
                    continue;
                } else if kinds.iter().any(|end| name.ends_with(end)) {
                    sources.take(file, fs::read(entry.path())?);
                } else {
                    sources.1.push(Mistake {
                        file,
                        line: 1,
                        what: What::Stray,
                    });
                }
            }
        }
        Ok(sources)
    }

    fn take(&mut self, file: String, bytes: Vec<u8>) {
        match String::from_utf8(bytes) {
            Ok(text) => {
                self.0.insert(file, text);
            }
            Err(error) => {
                let sound = error.utf8_error().valid_up_to();
                let before = error.as_bytes().iter().take(sound);
                let line = 1 + before.filter(|byte| **byte == b'\n').count();
                self.1.push(Mistake {
                    file,
                    line,
                    what: What::NotText,
                });
            }
        }
    }

    /// A mistake, unless the file is there and was already told to be none that can be read.
    fn missing(&self, file: &str) -> Option<Mistake> {
        (!self.has(file)).then(|| Mistake {
            file: file.to_owned(),
            line: 1,
            what: What::MissingFile,
        })
    }

    /// Whether a file is there, whatever is wrong with it.
    fn has(&self, file: &str) -> bool {
        self.0.contains_key(file) || self.1.iter().any(|mistake| mistake.file == file)
    }

    /// Checks everything and compiles the conditions; or says every mistake, in file order.
    pub fn compile(&self) -> Result<Content, Vec<Mistake>> {
        let mut mistakes = self.1.clone();
        let mut serial = 0;
        let mut places = Vec::new();
        let mut versions = Vec::new();
        let mut pack = ContentPack {
            procedures: Vec::new(),
            versions: Vec::new(),
            help_line: None,
            communes: Vec::new(),
            calendar: Calendar::default(),
            life_events: Vec::new(),
            catalogue: String::new(),
            thesaurus: Default::default(),
            sayings: BTreeMap::new(),
            banks: BTreeMap::new(),
        };
        match self.0.get("pack.toml") {
            Some(text) => match source::read::<PackToml>("pack.toml", text) {
                Ok(read) => {
                    serial = read.serial;
                    let mut check = source::Checker {
                        file: "pack.toml",
                        text,
                        mistakes: &mut mistakes,
                    };
                    pack.help_line = read.help_line.map(|line| HelpLine {
                        name: check.local(&line.name),
                        phone: line.phone,
                        source: line.source.into(),
                    });
                }
                Err(mistake) => mistakes.push(mistake),
            },
            None => mistakes.extend(self.missing("pack.toml")),
        }
        match self.0.get(holidays::FILE) {
            Some(text) => pack.calendar = holidays::compile(text, &mut mistakes),
            None => mistakes.extend(self.missing(holidays::FILE)),
        }
        for (file, text) in &self.0 {
            if file.starts_with("procedures/") {
                pack.procedures
                    .extend(procedure::compile(file, text, &mut mistakes));
            } else if file.starts_with("versions/") {
                let version = procedure::compile(file, text, &mut mistakes);
                versions.extend(version.map(|version| (file.as_str(), version)));
            } else if file.starts_with("places/") && file.ends_with(".toml") {
                places::compile(file, text, &mut pack.communes, &mut mistakes);
            } else if file == tables::CATALOGUE {
                pack.catalogue = tables::catalogue(text, &mut mistakes);
            } else if file == tables::THESAURUS {
                pack.thesaurus = tables::thesaurus(text, &mut mistakes);
            } else if file == tables::SAYINGS {
                pack.sayings = tables::sayings(text, &mut mistakes);
            } else if file == tables::BANKS {
                pack.banks = tables::banks(text, &mut mistakes);
            }
        }
        for (file, version) in versions {
            let (code, number) = (&version.code, version.form.version);
            let first = pack.procedure(code).map(|first| first.form.version);
            // Of a first one with mistakes nothing is known.
            let broken = first.is_none() && self.has(&format!("procedures/{code}.toml"));
            if !broken && first.is_none_or(|first| first == number)
                || *file != format!("versions/{code}.{number}.toml")
            {
                mistakes.push(Mistake {
                    file: file.to_owned(),
                    line: 1,
                    what: What::Version,
                });
            }
            pack.versions.push(version);
        }
        terms::lint(&self.0, &mut mistakes);
        // They name procedures, which are all known by now.
        for (file, text) in &self.0 {
            if file.starts_with("life-events/") {
                let event = life_event::compile(file, text, self, &pack.procedures, &mut mistakes);
                pack.life_events.extend(event);
            }
        }
        if let Some(text) = self.0.get(tables::SAYINGS) {
            let listed = self.0.get(tables::CATALOGUE).map_or("", String::as_str);
            let listed = tables::codes(listed);
            tables::known(text, &mut mistakes, |code| {
                // Also one that has mistakes of its own.
                listed.contains(code) || self.has(&format!("procedures/{code}.toml"))
            });
        }
        match units::compile(self) {
            Ok(table) => places = table,
            Err(more) => mistakes.extend(more),
        }
        if let Some(table) = PlaceTable::of_payload(places.clone()) {
            for (file, text) in &self.0 {
                if file.starts_with("places/") && file.ends_with(".toml") {
                    places::known(file, text, &table, &mut mistakes);
                }
            }
            for (file, text) in &self.0 {
                if file.starts_with("offices/") {
                    offices::compile(file, text, &table, &mut pack.communes, &mut mistakes);
                }
            }
        }
        pack.communes.sort_by(|one, other| one.key.cmp(&other.key));
        if mistakes.is_empty() {
            Ok(Content {
                serial,
                pack,
                places,
            })
        } else {
            mistakes.sort_by(|one, other| (&one.file, one.line).cmp(&(&other.file, other.line)));
            Err(mistakes)
        }
    }
}

impl Content {
    /// The bytes that the manifest's hash covers.
    pub fn payload(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&self.pack)
    }

    /// The pack file, signed with an Ed25519 key in PKCS #8.
    pub fn sign(&self, pkcs8: &[u8]) -> Result<Vec<u8>, BuildError> {
        self.sign_as(PACK_TYP, &self.payload()?, pkcs8)
    }

    /// The file of the place table, signed with the same key.
    pub fn sign_places(&self, pkcs8: &[u8]) -> Result<Vec<u8>, BuildError> {
        self.sign_as(PLACES_TYP, &self.places, pkcs8)
    }

    fn sign_as(&self, typ: &str, payload: &[u8], pkcs8: &[u8]) -> Result<Vec<u8>, BuildError> {
        let key = Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8).map_err(|_| BuildError::Key)?;
        let public = PublicKey::ed25519(key.public_key().as_ref());
        let input = pack::manifest_to_sign_as(typ, payload, self.serial, &public);
        let manifest = jws::compact(&input, key.sign(input.as_bytes()).as_ref());
        Ok(pack::assemble(&manifest, payload))
    }
}

/// Builds a pack file from a content directory.
pub fn build(content: &Path, pkcs8: &[u8]) -> Result<Vec<u8>, BuildError> {
    Sources::read(content)?
        .compile()
        .map_err(BuildError::Content)?
        .sign(pkcs8)
}
