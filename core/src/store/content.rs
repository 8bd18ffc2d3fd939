//! The content pack that was fetched since the app was installed, and its serial.
//!
//! One row: a newer pack replaces the older one in one transaction. The serial stays for good, so
//! that a phone never goes back. The bytes are public; they are sealed like everything here, which
//! also notices when they are damaged.

use gandan_domain::jws::sha256_hex;
use serde::{Deserialize, Serialize};

use super::{
    Result, Store, StoreError,
    cells::{Chunks, Table},
};

/// The only row.
const ID: &[u8] = b"content";

#[derive(Serialize, Deserialize)]
struct ContentRow {
    serial: u64,
    sha256: String,
    chunks: Chunks,
}

impl Store {
    /// The file of the fetched pack, if there is one and it is whole. A damaged one is no error: the app still
    /// has the one it came with.
    pub(crate) fn content(&self) -> Result<Option<Vec<u8>>> {
        let found = self.read(|cells| {
            let Some(row) = cells.get::<ContentRow>(Table::Content, ID)? else {
                return Ok(None);
            };
            let file = cells.chunk_range(Table::ContentChunk, ID, &row.chunks, 0, usize::MAX)?;
            if sha256_hex(&file) != row.sha256 {
                return Err(StoreError::Changed {
                    table: Table::ContentChunk.name(),
                });
            }
            Ok(Some(file))
        });
        match found {
            Err(StoreError::Changed { table }) => {
                tracing::error!(table, "the fetched content is damaged and not used");
                Ok(None)
            }
            other => other,
        }
    }

    /// The highest serial that was ever stored here.
    pub(crate) fn content_serial(&self) -> Result<Option<u64>> {
        self.read(|cells| {
            let row: Option<ContentRow> = cells.get(Table::Content, ID)?;
            Ok(row.map(|row| row.serial))
        })
    }

    /// Keeps a pack that was verified. An older one than the stored changes nothing.
    pub(crate) fn put_content(&self, serial: u64, file: &[u8]) -> Result<()> {
        self.write(|cells| {
            // A damaged row has no serial to tell; whoever verified this one knows what is in use.
            let had = match cells.get::<ContentRow>(Table::Content, ID) {
                Ok(row) => row.map_or(0, |row| row.serial),
                Err(StoreError::Changed { .. }) => 0,
                Err(error) => return Err(error),
            };
            if serial < had {
                return Ok(());
            }
            let mut row = ContentRow {
                serial,
                sha256: sha256_hex(file),
                chunks: Chunks::default(),
            };
            // The chunks refer to the row, so it has to be there before them.
            cells.put(Table::Content, ID, &[], &row)?;
            row.chunks = cells.put_chunks(Table::ContentChunk, ID, file)?;
            cells.put(Table::Content, ID, &[], &row)
        })
    }
}
