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
    place::{Atlas, Commune, PlaceKey, PlaceTable, table::PLACES_FILE},
};

pub struct Content {
    pub pack: ContentPack,
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
    /// Opens the pack at `path`, and the place table beside it. Whoever opens the same pack again
    /// gets what was parsed the first time.
    pub fn open(path: &Path, keys: &Arc<KeySet>) -> Result<Arc<Self>, Problem> {
        let file = std::fs::read(path).map_err(|_| Problem::NotFound)?;
        let signed = SignedPack::verify(&file, keys)?;
        let opened = (path.to_owned(), signed.manifest.sha256.clone());
        // A panic while parsing leaves the list as it was.
        let lock = || OPENED.lock().unwrap_or_else(PoisonError::into_inner);
        let found = |kept: &VecDeque<(Opened, Arc<Self>)>| {
            let same = kept.iter().find(|(key, _)| *key == opened);
            same.map(|(_, content)| Arc::clone(content))
        };
        if let Some(content) = found(&lock()) {
            return Ok(content);
        }
        let content = Arc::new(Self {
            pack: signed.parse()?,
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
