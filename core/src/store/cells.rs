//! Sealed rows: the one shape every table has, and the one place where values meet SQLite.
//!
//! A row is `(id, parent, revision, body)`. The body is sealed under the data key with table,
//! parent ‖ id and revision as associated data, so a body that is copied to another row, to another
//! parent or back from an earlier revision does not open, and the caller gets
//! [`StoreError::Changed`]. The row is left as it is: what can't be read may still be evidence.

use gandan_domain::time::Instant;
use gandan_foundation::{
    ports::Random,
    sealing::{Cell, LookupKey, SealingKey},
};
use rusqlite::{Connection, OptionalExtension};
use serde::{Serialize, de::DeserializeOwned};

use super::StoreError;

/// Bytes per chunk of a file: a chunk is what is held in memory when a piece is uploaded.
pub(super) const CHUNK: usize = 64 * 1024;

/// The keys of the data, as long as the store is open.
pub(super) struct Vault {
    pub data: SealingKey,
    pub lookup: LookupKey,
}

/// The tables, so that no name of a table comes from anywhere else.
#[derive(Clone, Copy)]
pub(super) enum Table {
    Setting,
    Draft,
    DraftPlace,
    Answer,
    File,
    FileChunk,
    Prefill,
    Lane,
    LaneState,
    Receipt,
    Dossier,
    Result,
    ResultChunk,
    Content,
    ContentChunk,
}

impl Table {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Setting => "setting",
            Self::Draft => "draft",
            Self::DraftPlace => "draft_place",
            Self::Answer => "answer",
            Self::File => "file",
            Self::FileChunk => "file_chunk",
            Self::Prefill => "prefill",
            Self::Lane => "lane",
            Self::LaneState => "lane_state",
            Self::Receipt => "receipt",
            Self::Dossier => "dossier",
            Self::Result => "result",
            Self::ResultChunk => "result_chunk",
            Self::Content => "content",
            Self::ContentChunk => "content_chunk",
        }
    }
}

/// The rows of one transaction.
pub(super) struct Cells<'a> {
    pub db: &'a Connection,
    pub vault: &'a Vault,
    pub random: &'a dyn Random,
    /// When the transaction began.
    pub now: Instant,
}

type Result<T> = std::result::Result<T, StoreError>;

impl Cells<'_> {
    /// The keyed hash under which a value is found again.
    pub(super) fn lookup(&self, table: Table, parts: &[&[u8]]) -> Vec<u8> {
        let mut input = Vec::new();
        for part in parts {
            input.extend_from_slice(&(part.len() as u64).to_be_bytes());
            input.extend_from_slice(part);
        }
        self.vault.lookup.hash(table.name(), "id", &input).to_vec()
    }

    pub(super) fn get<T: DeserializeOwned>(&self, table: Table, id: &[u8]) -> Result<Option<T>> {
        let row = self
            .db
            .prepare_cached(&format!(
                "SELECT parent, revision, body FROM {} WHERE id = ?1",
                table.name()
            ))?
            .query_row([id], Row::read(id))
            .optional()?;
        row.map(|row| self.parse(table, &row)).transpose()
    }

    /// The children of `parent`, by id. Rows that belong to nothing have the empty parent.
    pub(super) fn list<T: DeserializeOwned>(&self, table: Table, parent: &[u8]) -> Result<Vec<T>> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT parent, revision, body, id FROM {} WHERE parent = ?1 ORDER BY id",
            table.name()
        ))?;
        let mut rows = statement.query([parent])?;
        let mut out = Vec::new();
        while let Some(row) = rows.next()? {
            let id: Vec<u8> = row.get(3)?;
            out.push(self.parse(table, &Row::read(&id)(row)?)?);
        }
        Ok(out)
    }

    /// Every row that belongs to nothing, each read for itself: one that was damaged is no reason
    /// not to see the others.
    pub(super) fn list_each<T: DeserializeOwned>(
        &self,
        table: Table,
    ) -> Result<Vec<(Vec<u8>, Result<T>)>> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT parent, revision, body, id FROM {} WHERE parent = x'' ORDER BY id",
            table.name()
        ))?;
        let mut rows = statement.query([])?;
        let mut out = Vec::new();
        while let Some(row) = rows.next()? {
            let id: Vec<u8> = row.get(3)?;
            let parsed = self.parse(table, &Row::read(&id)(row)?);
            out.push((id, parsed));
        }
        Ok(out)
    }

    /// The rows that can be read; the others are left as they are, and the log says so.
    pub(super) fn sound<T: DeserializeOwned>(&self, table: Table) -> Result<Vec<(Vec<u8>, T)>> {
        let mut out = Vec::new();
        for (id, row) in self.list_each(table)? {
            match row {
                Ok(row) => out.push((id, row)),
                Err(StoreError::Changed { table }) => {
                    tracing::error!(table, "a damaged row is left where it is");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(out)
    }

    pub(super) fn put(
        &self,
        table: Table,
        id: &[u8],
        parent: &[u8],
        value: &impl Serialize,
    ) -> Result<()> {
        let json = serde_json::to_vec(value).map_err(|_| StoreError::Unwritable)?;
        self.put_bytes(table, id, parent, &json)
    }

    pub(super) fn put_bytes(
        &self,
        table: Table,
        id: &[u8],
        parent: &[u8],
        plain: &[u8],
    ) -> Result<()> {
        let stored: Option<i64> = self
            .db
            .prepare_cached(&format!(
                "SELECT revision FROM {} WHERE id = ?1",
                table.name()
            ))?
            .query_row([id], |row| row.get(0))
            .optional()?;
        let revision = stored.unwrap_or(0).saturating_add(1);
        let row = row_name(parent, id);
        let body = self
            .vault
            .data
            .seal(self.random, &cell(table, &row, revision), plain)
            .map_err(|_| StoreError::Unwritable)?;
        self.db
            .prepare_cached(&format!(
                "INSERT INTO {} (id, parent, revision, body) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (id) DO UPDATE SET parent = ?2, revision = ?3, body = ?4",
                table.name()
            ))?
            .execute((id, parent, revision, body))?;
        Ok(())
    }

    pub(super) fn delete(&self, table: Table, id: &[u8]) -> Result<()> {
        self.db
            .prepare_cached(&format!("DELETE FROM {} WHERE id = ?1", table.name()))?
            .execute([id])?;
        Ok(())
    }

    /// Stores bytes as chunks below `parent`, in place of those that were there. Answers the new
    /// generation, by which the parent's row knows them: chunks of an older file can't pass.
    pub(super) fn put_chunks(&self, table: Table, parent: &[u8], bytes: &[u8]) -> Result<Chunks> {
        self.db
            .prepare_cached(&format!("DELETE FROM {} WHERE parent = ?1", table.name()))?
            .execute([parent])?;
        let chunks = Chunks {
            generation: self.random.bytes(),
            size: bytes.len() as u64,
        };
        for (at, chunk) in (0u32..).zip(bytes.chunks(CHUNK)) {
            self.put_bytes(table, &chunks.id(at), parent, chunk)?;
        }
        Ok(chunks)
    }

    /// `length` bytes from `from` on, or as many as there are.
    pub(super) fn chunk_range(
        &self,
        table: Table,
        parent: &[u8],
        chunks: &Chunks,
        from: u64,
        length: usize,
    ) -> Result<Vec<u8>> {
        let changed = || StoreError::Changed {
            table: table.name(),
        };
        let to = chunks.size.min(from.saturating_add(length as u64));
        let mut out = Vec::new();
        let mut at = from;
        while at < to {
            let number = u32::try_from(at / CHUNK as u64).map_err(|_| changed())?;
            let id = chunks.id(number);
            let row = self
                .db
                .prepare_cached(&format!(
                    "SELECT parent, revision, body FROM {} WHERE id = ?1",
                    table.name()
                ))?
                .query_row([&id[..]], Row::read(&id))
                .optional()?
                .filter(|row| row.parent == parent)
                .ok_or_else(changed)?;
            let plain = self.open(table, &row)?;
            let start = usize::try_from(at % CHUNK as u64).map_err(|_| changed())?;
            let rest = plain
                .get(start..)
                .filter(|rest| !rest.is_empty())
                .ok_or_else(changed)?;
            let take = rest
                .len()
                .min(usize::try_from(to - at).unwrap_or(usize::MAX));
            out.extend_from_slice(rest.get(..take).unwrap_or_default());
            at += take as u64;
        }
        Ok(out)
    }

    fn parse<T: DeserializeOwned>(&self, table: Table, row: &Row<'_>) -> Result<T> {
        // What opened is what we wrote; if it does not parse, another version wrote it.
        serde_json::from_slice(&self.open(table, row)?).map_err(|_| StoreError::Changed {
            table: table.name(),
        })
    }

    fn open(&self, table: Table, row: &Row<'_>) -> Result<impl std::ops::Deref<Target = Vec<u8>>> {
        let name = row_name(&row.parent, row.id);
        self.vault
            .data
            .open(&cell(table, &name, row.revision), &row.body)
            .map_err(|_| StoreError::Changed {
                table: table.name(),
            })
    }
}

/// Which chunks belong to a file, and how many bytes they hold together.
#[derive(Clone, Copy, Default, Serialize, serde::Deserialize)]
pub(super) struct Chunks {
    generation: [u8; 16],
    pub size: u64,
}

impl Chunks {
    fn id(&self, at: u32) -> [u8; 20] {
        let mut id = [0; 20];
        let (generation, number) = id.split_at_mut(16);
        generation.copy_from_slice(&self.generation);
        number.copy_from_slice(&at.to_be_bytes());
        id
    }
}

struct Row<'a> {
    id: &'a [u8],
    parent: Vec<u8>,
    revision: i64,
    body: Vec<u8>,
}

impl<'a> Row<'a> {
    fn read(id: &'a [u8]) -> impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        move |row| {
            Ok(Self {
                id,
                parent: row.get(0)?,
                revision: row.get(1)?,
                body: row.get(2)?,
            })
        }
    }
}

/// Length of the parent (8 bytes, big-endian), parent, id.
fn row_name(parent: &[u8], id: &[u8]) -> Vec<u8> {
    let mut name = (parent.len() as u64).to_be_bytes().to_vec();
    name.extend_from_slice(parent);
    name.extend_from_slice(id);
    name
}

fn cell<'a>(table: Table, row: &'a [u8], revision: i64) -> Cell<'a> {
    Cell {
        table: table.name(),
        column: "body",
        row,
        revision: revision.unsigned_abs(),
    }
}
