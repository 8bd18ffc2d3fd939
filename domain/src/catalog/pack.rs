//! Reading and writing the content pack file.
//!
//! ```text
//! <compact JWS over PackManifest>\n<JSON of ContentPack>
//! ```
//!
//! The manifest carries the hash of every byte after the first line, so the signature covers the
//! content without the content being encoded in it: the payload is hashed as it lies in the file
//! and never copied. What was rejected: one JWS over everything (a third larger, and base64 has
//! to be undone before the hash is known); a detached signature in a second file (two files can
//! be swapped apart).

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::{
    Catalogue, ContentPack, Index, LifeEvent, LifeEventError, Listing, PACK_FORMAT, PACK_TYP,
    PackManifest, Procedure, search::Entry,
};
use crate::{
    Problem,
    dossier::{KeySet, keyset::KeyUse},
    form::{FieldKind, FormError, Places},
    jws::{self, Header, JwsError, PublicKey},
    payment::FeeError,
    place::PlaceKey,
};

/// What packs demand of the code that reads them; compared with [`PackManifest::min_core`].
pub const CORE_LEVEL: u32 = 2;

/// The first line is short: a longer one is not a manifest.
const MAX_MANIFEST: usize = 4096;

/// Why a pack is not used. Nothing of a refused pack is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    #[error("read the content pack: its first line is not a signed manifest")]
    Manifest,
    #[error("accept the content pack: {0}")]
    Signature(#[from] JwsError),
    #[error("accept the content pack: it is signed by a key that is not in the key set")]
    UnknownKey,
    #[error("read the content pack: it is of format {found}, this version reads {PACK_FORMAT}")]
    Format { found: u32 },
    #[error("read the content pack: it needs a newer version ({min_core}) of this app")]
    TooNew { min_core: u32 },
    #[error("accept the content pack: its content is not what was signed")]
    Hash,
    #[error("read the content pack: its content is malformed at line {line}, column {column}")]
    Malformed { line: usize, column: usize },
    #[error(transparent)]
    Content(#[from] ContentError),
}

/// A mistake in the content itself. `gandan-packs` reports the same ones with file and line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    #[error("accept the content: procedure {procedure}: {error}")]
    Form { procedure: String, error: FormError },
    #[error("accept the content: procedure {procedure}: {error}")]
    Fee { procedure: String, error: FeeError },
    #[error("accept the content: life event {event}: {error}")]
    LifeEvent {
        event: String,
        error: LifeEventError,
    },
    #[error("accept the content: life event {id} is there twice")]
    DuplicateLifeEvent { id: String },
    #[error("accept the content: procedure {code} is there twice")]
    DuplicateProcedure { code: String },
    #[error("accept the content: version {version} of the form of {code} is there twice")]
    DuplicateVersion { code: String, version: u32 },
    #[error("accept the content: there is another version of {code}, and no first one")]
    VersionOfNothing { code: String },
    #[error("accept the content: commune {code} is there twice for the same day")]
    DuplicateCommune { code: String },
    #[error(
        "accept the content: component {component} of {procedure} names `{field}`, which is not a file field"
    )]
    Component {
        procedure: String,
        component: String,
        field: String,
    },
}

impl From<PackError> for Problem {
    fn from(_: PackError) -> Self {
        Self::PackRefused
    }
}

/// What people say, as names of what they may mean; the first meant is the likeliest.
pub fn said(sayings: &BTreeMap<String, Vec<String>>) -> impl Iterator<Item = Entry> {
    sayings.iter().flat_map(|(saying, codes)| {
        let weights = SAID..=SAID;
        let weights = weights.chain(std::iter::repeat(SAID_OF_OTHERS));
        codes.iter().zip(weights).map(|(code, weight)| Entry {
            code: code.clone(),
            names: vec![(saying.clone(), weight)],
        })
    })
}

/// Per cent that the title of a procedure counts that is only listed: what has a form is what most
/// people come for, so "con mới đẻ" is a birth before it is a birth with a foreign parent.
const LISTED: u8 = 97;

/// Per cent that what people say counts as a name, of what they most likely mean and of the others.
const SAID: u8 = 97;
const SAID_OF_OTHERS: u8 = 93;

impl ContentPack {
    /// Reads a pack file and believes it only if a pack key of `keys` signed it, it is whole, it
    /// is of this format, and every procedure in it is sound.
    pub fn read(bytes: &[u8], keys: &KeySet) -> Result<(PackManifest, Self), PackError> {
        let signed = SignedPack::verify(bytes, keys)?;
        let pack = signed.parse()?;
        Ok((signed.manifest, pack))
    }

    /// What a reader relies on; see [`crate::form::Form::check`] for the forms.
    pub fn check(&self) -> Result<(), ContentError> {
        let mut codes = BTreeSet::new();
        for procedure in &self.procedures {
            if !codes.insert(&procedure.code) {
                return Err(ContentError::DuplicateProcedure {
                    code: procedure.code.clone(),
                });
            }
            procedure.check()?;
        }
        let mut versions = BTreeSet::new();
        for procedure in self.procedures.iter().chain(&self.versions) {
            let version = procedure.form.version;
            if !versions.insert((&procedure.code, version)) {
                return Err(ContentError::DuplicateVersion {
                    code: procedure.code.clone(),
                    version,
                });
            }
            if !codes.contains(&procedure.code) {
                return Err(ContentError::VersionOfNothing {
                    code: procedure.code.clone(),
                });
            }
        }
        for procedure in &self.versions {
            procedure.check()?;
        }
        let mut events = BTreeSet::new();
        for event in &self.life_events {
            if !events.insert(&event.id) {
                return Err(ContentError::DuplicateLifeEvent {
                    id: event.id.clone(),
                });
            }
            event
                .check(&self.procedures)
                .map_err(|error| ContentError::LifeEvent {
                    event: event.id.clone(),
                    error,
                })?;
        }
        let mut communes = BTreeSet::new();
        for commune in &self.communes {
            if !communes.insert(&commune.key) {
                return Err(ContentError::DuplicateCommune {
                    code: commune.key.code.clone(),
                });
            }
        }
        Ok(())
    }

    pub fn life_event(&self, id: &str) -> Option<&LifeEvent> {
        self.life_events.iter().find(|event| event.id == id)
    }

    /// The listings, read anew on every call.
    pub fn read_catalogue(&self) -> Catalogue {
        Catalogue::read(&self.catalogue)
    }

    /// One of them.
    pub fn listing(&self, code: &str) -> Option<Listing> {
        let of = |line: &str| line.split('\t').next() == Some(code);
        let line = self.catalogue.lines().find(|line| of(line))?;
        Listing::read(line).ok()
    }

    /// Everything that can be found: the procedures with a form and the life events, by all their
    /// names, and the rest of `catalogue`, by its titles; all of them by what people say.
    pub fn index(&self, catalogue: &Catalogue) -> Index {
        let listed = catalogue.all().iter();
        let listed = listed.map(|listing| Entry {
            code: listing.code.clone(),
            names: vec![(listing.title.clone(), LISTED)],
        });
        let entries = self.procedures.iter().map(Entry::from);
        let entries = entries.chain(self.life_events.iter().map(LifeEvent::entry));
        let entries = entries.chain(listed).chain(said(&self.sayings));
        Index::build(entries, self.thesaurus.clone())
    }

    pub fn procedure(&self, code: &str) -> Option<&Procedure> {
        self.procedures
            .iter()
            .find(|procedure| procedure.code == code)
    }

    /// Every version of a procedure that this pack carries.
    pub fn all_versions<'a, 'c>(
        &'a self,
        code: &'c str,
    ) -> impl Iterator<Item = &'a Procedure> + use<'a, 'c> {
        let all = self.procedures.iter().chain(&self.versions);
        all.filter(move |procedure| procedure.code == code)
    }

    /// The version by which to file on a day: the newest that applies then. Where none does, the one
    /// that the pack puts first: a gap in the dates keeps nobody from their right.
    pub fn in_force(&self, code: &str, day: Date) -> Option<&Procedure> {
        self.all_versions(code)
            .filter(|procedure| procedure.applies_on(day))
            .max_by_key(|procedure| procedure.form.version)
            .or_else(|| self.procedure(code))
    }

    /// Puts the versions of this day first, where [`Self::procedure`] finds them. Gives the next day
    /// on which that has to be done again.
    pub fn turn_to(&mut self, day: Date) -> Option<Date> {
        let mut versions = std::mem::take(&mut self.versions);
        for first in &mut self.procedures {
            let best = versions
                .iter_mut()
                .filter(|other| other.code == first.code && other.applies_on(day))
                .max_by_key(|other| other.form.version);
            if let Some(best) = best
                && (!first.applies_on(day) || best.form.version > first.form.version)
            {
                std::mem::swap(first, best);
            }
        }
        self.versions = versions;
        let codes: BTreeSet<&str> = self.versions.iter().map(|one| one.code.as_str()).collect();
        self.procedures
            .iter()
            .chain(&self.versions)
            .filter(|one| codes.contains(one.code.as_str()))
            .flat_map(|one| {
                [
                    Some(one.valid_from),
                    one.valid_until.and_then(|last| last.tomorrow().ok()),
                ]
            })
            .flatten()
            .filter(|turn| *turn > day)
            .min()
    }
}

impl Places for ContentPack {
    fn has_commune(&self, key: &PlaceKey) -> bool {
        self.communes.has_commune(key)
    }
}

/// The bytes of a content pack whose signature and hash hold. Cannot be made otherwise.
///
/// Verifying costs one hash of the file, parsing many times that: who has parsed the same bytes
/// before need not again.
pub struct SignedPack<'a> {
    pub manifest: PackManifest,
    payload: &'a [u8],
}

impl<'a> SignedPack<'a> {
    pub fn verify(bytes: &'a [u8], keys: &KeySet) -> Result<Self, PackError> {
        let (manifest, start) = verify(bytes, keys, PACK_TYP)?;
        let payload = bytes.get(start..).unwrap_or_default();
        Ok(Self { manifest, payload })
    }

    pub fn parse(&self) -> Result<ContentPack, PackError> {
        let pack: ContentPack =
            serde_json::from_slice(self.payload).map_err(|error| PackError::Malformed {
                line: error.line(),
                column: error.column(),
            })?;
        pack.check()?;
        Ok(pack)
    }
}

impl Procedure {
    fn check(&self) -> Result<(), ContentError> {
        self.form.check().map_err(|error| ContentError::Form {
            procedure: self.code.clone(),
            error,
        })?;
        self.fee
            .check(&self.form)
            .map_err(|error| ContentError::Fee {
                procedure: self.code.clone(),
                error,
            })?;
        for component in &self.components {
            let Some(field) = &component.field else {
                continue;
            };
            let takes_files = self
                .form
                .field(field)
                .is_some_and(|field| matches!(field.kind, FieldKind::File { .. }));
            if !takes_files {
                return Err(ContentError::Component {
                    procedure: self.code.clone(),
                    component: component.code.clone(),
                    field: field.clone(),
                });
            }
        }
        Ok(())
    }
}

/// Checks who signed a pack file, what for, and that it is whole. Gives the manifest and where the
/// payload begins.
pub fn verify(bytes: &[u8], keys: &KeySet, typ: &str) -> Result<(PackManifest, usize), PackError> {
    let (line, payload) = split(bytes)?;
    let unverified = jws::Unverified::parse(line)?;
    let kid = unverified.header.kid.clone().ok_or(PackError::UnknownKey)?;
    let key = keys.find(&kid, KeyUse::Pack).ok_or(PackError::UnknownKey)?;
    let manifest = unverified.verify(key, typ)?;
    let manifest: PackManifest =
        serde_json::from_slice(&manifest).map_err(|_| PackError::Manifest)?;
    if manifest.format != PACK_FORMAT {
        return Err(PackError::Format {
            found: manifest.format,
        });
    }
    if manifest.min_core > CORE_LEVEL {
        return Err(PackError::TooNew {
            min_core: manifest.min_core,
        });
    }
    if manifest.sha256 != jws::sha256_hex(payload) {
        return Err(PackError::Hash);
    }
    Ok((manifest, bytes.len() - payload.len()))
}

fn split(bytes: &[u8]) -> Result<(&str, &[u8]), PackError> {
    let end = bytes
        .iter()
        .take(MAX_MANIFEST)
        .position(|byte| *byte == b'\n')
        .ok_or(PackError::Manifest)?;
    let (line, rest) = bytes.split_at(end);
    let line = std::str::from_utf8(line).map_err(|_| PackError::Manifest)?;
    Ok((line, rest.get(1..).unwrap_or_default()))
}

/// The bytes that the pack key must sign for this payload: sign them, then [`assemble`].
pub fn manifest_to_sign(payload: &[u8], serial: u64, key: &PublicKey) -> String {
    manifest_to_sign_as(PACK_TYP, payload, serial, key)
}

/// The same for a pack of another kind.
pub fn manifest_to_sign_as(typ: &str, payload: &[u8], serial: u64, key: &PublicKey) -> String {
    let manifest = PackManifest {
        format: PACK_FORMAT,
        min_core: CORE_LEVEL,
        serial,
        sha256: jws::sha256_hex(payload),
    };
    let header = Header {
        alg: key.algorithm().into(),
        typ: typ.into(),
        kid: Some(key.thumbprint()),
        jwk: None,
    };
    jws::signing_input(&header, &serde_json::to_vec(&manifest).unwrap_or_default())
}

/// The pack file from its signed manifest and its payload.
pub fn assemble(manifest_jws: &str, payload: &[u8]) -> Vec<u8> {
    [manifest_jws.as_bytes(), b"\n", payload].concat()
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test stops at the first surprise"
    )]

    use super::*;
    use crate::{
        catalog::{
            Applicant, Channel, Component, Picture, Procedure, ServiceLevel, Source, TimeLimit,
        },
        dossier::{
            deadline::{Calendar, Limit},
            keyset::ListedKey,
        },
        form::sample::{self, text},
        payment::FeeRules,
    };
    use ring::signature::{Ed25519KeyPair, KeyPair};

    fn key(seed: u8) -> Ed25519KeyPair {
        Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
    }

    fn public(key: &Ed25519KeyPair) -> PublicKey {
        PublicKey::ed25519(key.public_key().as_ref())
    }

    fn keys(key_use: KeyUse) -> KeySet {
        let jwk = public(&key(1));
        KeySet {
            serial: 1,
            keys: vec![ListedKey {
                kid: jwk.thumbprint(),
                key_use,
                jwk,
                retired: false,
            }],
        }
    }

    pub fn procedure(code: &str) -> Procedure {
        Procedure {
            code: code.into(),
            title: text("Thủ tục"),
            also_called: Vec::new(),
            summary: text("Tóm tắt"),
            publisher: "Bộ".into(),
            service_level: ServiceLevel::Full,
            who: vec![Applicant::Citizen],
            channels: vec![Channel::Online],
            visits: Vec::new(),
            cases: Vec::new(),
            picture: Picture::default(),
            fee: FeeRules::free(text("Lệ phí"), "luật"),
            time_limit: TimeLimit {
                limit: Some(Limit::SameDay),
                note: None,
            },
            time_limits: Vec::new(),
            components: vec![Component {
                code: "C".into(),
                name: text("Giấy"),
                field: Some("paper".into()),
                known_to_state: false,
                originals: 0,
                copies: 0,
                required: true,
                when: None,
            }],
            legal_basis: Vec::new(),
            form: sample::form(),
            valid_from: jiff::civil::date(2026, 1, 1),
            valid_until: None,
            approved: None,
            source: Source {
                name: "x".into(),
                date: jiff::civil::date(2026, 1, 1),
            },
        }
    }

    pub fn content() -> ContentPack {
        ContentPack {
            procedures: vec![procedure("1.1"), procedure("1.2")],
            versions: Vec::new(),
            help_line: None,
            communes: Vec::new(),
            calendar: Calendar::default(),
            life_events: Vec::new(),
            catalogue: String::new(),
            thesaurus: Default::default(),
            sayings: Default::default(),
            banks: Default::default(),
        }
    }

    fn sign_manifest(manifest: &PackManifest, key: &Ed25519KeyPair) -> String {
        let public = public(key);
        let header = Header {
            alg: public.algorithm().into(),
            typ: PACK_TYP.into(),
            kid: Some(public.thumbprint()),
            jwk: None,
        };
        let input = jws::signing_input(&header, &serde_json::to_vec(manifest).unwrap());
        jws::compact(&input, key.sign(input.as_bytes()).as_ref())
    }

    fn pack_of(content: &ContentPack) -> Vec<u8> {
        let payload = serde_json::to_vec(content).unwrap();
        let input = manifest_to_sign(&payload, 7, &public(&key(1)));
        let manifest = jws::compact(&input, key(1).sign(input.as_bytes()).as_ref());
        assemble(&manifest, &payload)
    }

    fn refused(bytes: &[u8]) -> PackError {
        ContentPack::read(bytes, &keys(KeyUse::Pack)).unwrap_err()
    }

    #[test]
    fn what_was_signed_is_read() {
        let (manifest, pack) =
            ContentPack::read(&pack_of(&content()), &keys(KeyUse::Pack)).unwrap();
        assert_eq!(manifest.serial, 7);
        assert_eq!(pack, content());
        assert_eq!(pack.procedure("1.2").unwrap().code, "1.2");
        assert!(pack.procedure("1.3").is_none());
    }

    #[test]
    fn a_key_of_another_use_or_owner_signs_nothing() {
        let pack = pack_of(&content());
        let verdict = ContentPack::read(&pack, &keys(KeyUse::Receipt));
        assert_eq!(verdict.unwrap_err(), PackError::UnknownKey);
        let payload = serde_json::to_vec(&content()).unwrap();
        let input = manifest_to_sign(&payload, 7, &public(&key(2)));
        let foreign = jws::compact(&input, key(2).sign(input.as_bytes()).as_ref());
        assert_eq!(
            refused(&assemble(&foreign, &payload)),
            PackError::UnknownKey
        );
        // Says that it is signed with our key, and is not.
        let input = manifest_to_sign(&payload, 7, &public(&key(1)));
        let forged = jws::compact(&input, key(2).sign(input.as_bytes()).as_ref());
        let bad = PackError::Signature(JwsError::BadSignature);
        assert_eq!(refused(&assemble(&forged, &payload)), bad);
        assert_eq!(Problem::from(bad), Problem::PackRefused);
    }

    #[test]
    fn another_payload_is_refused() {
        let mut pack = pack_of(&content());
        *pack.last_mut().unwrap() = b' ';
        assert_eq!(refused(&pack), PackError::Hash);
        pack.pop();
        assert_eq!(refused(&pack), PackError::Hash);
    }

    #[test]
    fn packs_from_the_future_say_so() {
        let payload = b"{}";
        let manifest = |format, min_core| PackManifest {
            format,
            min_core,
            serial: 1,
            sha256: jws::sha256_hex(payload),
        };
        let pack = |manifest| assemble(&sign_manifest(&manifest, &key(1)), payload);
        let format = PACK_FORMAT + 1;
        assert_eq!(
            refused(&pack(manifest(format, 1))),
            PackError::Format { found: format }
        );
        let min_core = CORE_LEVEL + 1;
        let too_new = PackError::TooNew { min_core };
        assert_eq!(refused(&pack(manifest(PACK_FORMAT, min_core))), too_new);
        assert!(matches!(
            refused(&pack(manifest(PACK_FORMAT, CORE_LEVEL))),
            PackError::Malformed { line: 1, .. }
        ));
    }

    #[test]
    fn signed_nonsense_is_refused_too() {
        let mut twice = content();
        twice.procedures[1].code = "1.1".into();
        assert!(matches!(
            refused(&pack_of(&twice)),
            PackError::Content(ContentError::DuplicateProcedure { .. })
        ));
        let mut circle = content();
        circle.procedures[0].form.pages[0].groups[0].fields[0].visible =
            Some(sample::is("relation", "mother"));
        assert!(matches!(
            refused(&pack_of(&circle)),
            PackError::Content(ContentError::Form { .. })
        ));
        let mut component = content();
        component.procedures[0].components[0].field = Some("name".into());
        assert!(matches!(
            refused(&pack_of(&component)),
            PackError::Content(ContentError::Component { .. })
        ));
    }

    #[test]
    fn the_version_of_the_day_counts() {
        use jiff::civil::date;
        let mut pack = content();
        let version = |version: u32, from, until| {
            let mut one = procedure("1.1");
            one.form.version = version;
            one.valid_from = from;
            one.valid_until = until;
            one
        };
        let (old_end, new_day) = (date(2026, 7, 31), date(2026, 7, 15));
        pack.procedures[0] = version(1, date(2026, 1, 1), Some(old_end));
        pack.versions = vec![
            version(3, date(2027, 1, 1), None),
            version(2, new_day, Some(date(2026, 12, 31))),
        ];
        assert_eq!(pack.check(), Ok(()));
        let on = |day| pack.in_force("1.1", day).unwrap().form.version;
        assert_eq!(on(date(2026, 7, 14)), 1);
        assert_eq!(
            on(new_day),
            2,
            "the old one is still accepted, the new one counts"
        );
        assert_eq!(on(date(2026, 12, 31)), 2);
        assert_eq!(on(date(2027, 1, 1)), 3);
        assert_eq!(on(date(2025, 1, 1)), 1, "before all of them, the first");
        assert!(pack.in_force("1.3", new_day).is_none());

        let mut turned = pack.clone();
        assert_eq!(turned.turn_to(date(2026, 7, 1)), Some(new_day));
        assert_eq!(turned, pack, "nothing has come into force yet");
        assert_eq!(turned.turn_to(new_day), Some(date(2026, 8, 1)));
        assert_eq!(turned.procedure("1.1").unwrap().form.version, 2);
        assert_eq!(turned.turn_to(date(2027, 3, 3)), None);
        assert_eq!(turned.procedure("1.1").unwrap().form.version, 3);
        for day in [date(2026, 7, 14), new_day, date(2027, 1, 1)] {
            let (mut turned, mut again) = (pack.clone(), pack.clone());
            turned.turn_to(day);
            again.turn_to(date(2027, 6, 1));
            again.turn_to(day);
            let first = |pack: &ContentPack| pack.procedure("1.1").unwrap().form.version;
            assert_eq!(
                first(&turned),
                pack.in_force("1.1", day).unwrap().form.version
            );
            assert_eq!(first(&again), first(&turned), "clocks are put back, too");
        }

        pack.versions[0].form.version = 2;
        let twice = ContentError::DuplicateVersion {
            code: "1.1".into(),
            version: 2,
        };
        assert_eq!(pack.check(), Err(twice));
    }

    #[test]
    fn random_bytes_are_no_pack() {
        let keys = keys(KeyUse::Pack);
        bolero::check!().for_each(|bytes: &[u8]| {
            assert!(ContentPack::read(bytes, &keys).is_err());
        });
    }

    /// No change of a byte goes unnoticed, wherever it is.
    #[test]
    fn changed_packs_are_refused() {
        let keys = keys(KeyUse::Pack);
        let sound = pack_of(&content());
        bolero::check!()
            .with_type::<(usize, u8, bool)>()
            .for_each(|(at, flip, cut)| {
                let mut changed = sound.clone();
                let at = at % changed.len();
                if *cut {
                    changed.truncate(at);
                } else {
                    changed[at] ^= (*flip).max(1);
                }
                assert!(ContentPack::read(&changed, &keys).is_err());
            });
    }

    /// Signed by us, and still anything: the reader answers, it does not fall.
    #[test]
    fn any_signed_payload_is_read_or_refused() {
        let keys = keys(KeyUse::Pack);
        let sound = serde_json::to_vec(&content()).unwrap();
        bolero::check!()
            .with_type::<(usize, Vec<u8>)>()
            .for_each(|(at, patch)| {
                let mut payload = sound.clone();
                let at = at % payload.len();
                let end = (at + patch.len()).min(payload.len());
                payload.splice(at..end, patch.iter().copied());
                let input = manifest_to_sign(&payload, 1, &public(&key(1)));
                let manifest = jws::compact(&input, key(1).sign(input.as_bytes()).as_ref());
                let _ = ContentPack::read(&assemble(&manifest, &payload), &keys);
            });
    }
}
