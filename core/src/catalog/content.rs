//! What came with the app: procedures and communes, verified.
//!
//! Parsed once in a process for all who open the same bytes: the web shell has a core for each
//! visitor, and the simulation starts a phone many times. Signature and hash are checked on every
//! opening, under the opener's own key set; only the parsing is spared. Kept are the two packs
//! that were opened last: an old and a new one, while one replaces the other.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use gandan_domain::{
    Problem,
    catalog::{Catalogue, ContentPack, Index, SignedPack},
    dossier::KeySet,
    jws::sha256_hex,
    place::{Atlas, Commune, PlaceKey, PlaceTable, table::PLACES_FILE},
};
use jiff::civil::Date;

use crate::engine::InUse;

pub struct Content {
    pub pack: ContentPack,
    /// Which file it is.
    pub in_use: InUse,
    /// Where the pack carries versions for several days: the one it was opened on, and the next on
    /// which other versions count.
    turned: Option<(Date, Option<Date>)>,
    /// Read and built when somebody first searches or browses: a start of the app waits for
    /// neither.
    catalogue: OnceLock<Catalogue>,
    index: OnceLock<Index>,
    places: Places,
}

/// The place table, opened when the first place is asked for: a start of the app does not pay for
/// it. Without one, only the communes of the content pack are known.
struct Places {
    table: OnceLock<Option<PlaceTable>>,
    path: PathBuf,
    keys: Arc<KeySet>,
}

/// Which file, and the hash of what was in it.
type Opened = (PathBuf, String);

static OPENED: Mutex<VecDeque<(Opened, Arc<Content>)>> = Mutex::new(VecDeque::new());
const KEPT: usize = 2;

impl Content {
    /// Opens the newer of the pack at `path` and the one that was fetched since, and the place
    /// table beside it. One that is not sound is no reason not to use the other.
    pub fn open(
        path: &Path,
        fetched: Option<&[u8]>,
        keys: &Arc<KeySet>,
        today: Date,
    ) -> Result<Arc<Self>, Problem> {
        let delivered = std::fs::read(path);
        let verify = |file: &[u8]| {
            let signed = SignedPack::verify(file, keys)?;
            Ok::<_, Problem>(signed.manifest.serial)
        };
        let fetched = fetched.and_then(|file| Some((verify(file).ok()?, file)));
        let delivered = match &delivered {
            Ok(file) => verify(file).map(|serial| (serial, file.as_slice())),
            Err(_) => Err(Problem::NotFound),
        };
        match (fetched, delivered) {
            (Some((newer, file)), Ok((serial, other))) if newer > serial => {
                Self::parsed(path, file, keys, today)
                    .or_else(|_| Self::parsed(path, other, keys, today))
            }
            (Some((_, file)), Err(_)) => Self::parsed(path, file, keys, today),
            (fetched, Ok((_, file))) => match (Self::parsed(path, file, keys, today), fetched) {
                (Err(_), Some((_, fetched))) => Self::parsed(path, fetched, keys, today),
                (opened, _) => opened,
            },
            (None, Err(problem)) => Err(problem),
        }
    }

    /// Whether these are the versions that count on this day.
    pub fn is_of(&self, today: Date) -> bool {
        self.turned
            .is_none_or(|(since, until)| since <= today && until.is_none_or(|until| today < until))
    }

    /// Whoever opens the same pack again gets what was parsed the first time.
    fn parsed(
        path: &Path,
        file: &[u8],
        keys: &Arc<KeySet>,
        today: Date,
    ) -> Result<Arc<Self>, Problem> {
        let signed = SignedPack::verify(file, keys)?;
        // Not the hash of the content alone: the same content may be released again, with another serial.
        let opened = (path.to_owned(), sha256_hex(file));
        // A panic while parsing leaves the list as it was.
        let lock = || OPENED.lock().unwrap_or_else(PoisonError::into_inner);
        let found = |kept: &VecDeque<(Opened, Arc<Self>)>| {
            let same =
                |(key, content): &&(Opened, Arc<Self>)| *key == opened && content.is_of(today);
            let same = kept.iter().find(same);
            same.map(|(_, content)| Arc::clone(content))
        };
        if let Some(content) = found(&lock()) {
            return Ok(content);
        }
        let mut pack = signed.parse()?;
        let turns = pack.turn_to(today);
        let content = Arc::new(Self {
            turned: (!pack.versions.is_empty()).then_some((today, turns)),
            pack,
            in_use: InUse {
                serial: signed.manifest.serial,
                sha256: opened.1.clone(),
            },
            catalogue: OnceLock::new(),
            index: OnceLock::new(),
            places: Places {
                table: OnceLock::new(),
                path: path.with_file_name(PLACES_FILE),
                keys: Arc::clone(keys),
            },
        });
        let mut kept = lock();
        kept.truncate(KEPT - 1);
        kept.push_front((opened, Arc::clone(&content)));
        Ok(content)
    }

    pub fn places(&self) -> Option<&PlaceTable> {
        let Places { table, path, keys } = &self.places;
        let open = || Some(PlaceTable::read(std::fs::read(path).ok()?, keys).ok()?.1);
        table.get_or_init(open).as_ref()
    }

    pub fn atlas(&self) -> Atlas<'_> {
        Atlas {
            communes: &self.pack.communes,
            table: self.places(),
        }
    }

    /// Every procedure's facts, also of those without a form.
    pub fn catalogue(&self) -> &Catalogue {
        self.catalogue.get_or_init(|| self.pack.read_catalogue())
    }

    pub fn index(&self) -> &Index {
        self.index.get_or_init(|| self.pack.index(self.catalogue()))
    }

    pub fn commune(&self, key: &PlaceKey) -> Option<&Commune> {
        self.pack
            .communes
            .iter()
            .find(|commune| commune.key == *key)
            .or_else(|| self.atlas().commune(key))
    }
}
