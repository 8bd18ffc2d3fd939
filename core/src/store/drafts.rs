//! Forms being filled: answers with their edit numbers, files in chunks, the place of the person.

use std::collections::BTreeMap;

use gandan_domain::{
    Private,
    dossier::{FileEntry, IntentId},
    form::{Answers, FileAnswer, Value},
    jws::sha256_hex,
    time::Instant,
};
use serde::{Deserialize, Serialize};

use super::{
    BIN_MS, Draft, DraftPlace, Edited, Moved, Result, SeenForm, Store, StoreError, StoredAnswer,
    SupplementOf,
    cells::{Cells, Chunks, Table},
};

#[derive(Serialize, Deserialize)]
pub(super) struct DraftRow {
    intent: IntentId,
    pub procedure: String,
    form_version: u32,
    created_at: Instant,
    pub frozen: bool,
    #[serde(default)]
    pub supplement: Option<SupplementOf>,
    #[serde(default)]
    pub discarded_at: Option<Instant>,
    #[serde(default)]
    seen: Option<SeenForm>,
    #[serde(default)]
    moved: Option<Moved>,
}

#[derive(Serialize, Deserialize)]
struct AnswerRow {
    field: String,
    #[serde(flatten)]
    answer: StoredAnswer,
}

#[derive(Serialize, Deserialize)]
pub(super) struct FileRow {
    pub entry: FileEntry,
    pub chunks: Chunks,
    /// Taken away by the person, who may want it back.
    #[serde(default)]
    pub removed: bool,
}

/// Newest first: ids are ordered by time.
pub(super) fn rows(cells: &Cells<'_>) -> Result<Vec<DraftRow>> {
    let mut rows: Vec<DraftRow> = cells.list(Table::Draft, &[])?;
    rows.reverse();
    Ok(rows)
}

impl Cells<'_> {
    pub(super) fn draft_row(&self, draft: IntentId) -> Result<DraftRow> {
        self.get(Table::Draft, draft.0.as_bytes())?
            .ok_or(StoreError::NotFound)
    }

    /// The draft, if it may still be changed.
    pub(super) fn open_draft(&self, draft: IntentId) -> Result<DraftRow> {
        let row = self.draft_row(draft)?;
        if row.frozen {
            return Err(StoreError::Frozen);
        }
        Ok(row)
    }

    pub(super) fn set_discarded(&self, draft: IntentId, at: Option<Instant>) -> Result<()> {
        let mut row = self.draft_row(draft)?;
        row.discarded_at = at;
        self.put(Table::Draft, draft.0.as_bytes(), &[], &row)
    }

    pub(super) fn set_frozen(&self, draft: IntentId, frozen: bool) -> Result<()> {
        let mut row = self.draft_row(draft)?;
        row.frozen = frozen;
        self.put(Table::Draft, draft.0.as_bytes(), &[], &row)
    }

    fn of_field(&self, table: Table, draft: IntentId, field: &str) -> Vec<u8> {
        self.lookup(table, &[draft.0.as_bytes(), field.as_bytes()])
    }

    fn answer_row(&self, draft: IntentId, field: &str) -> Result<Option<AnswerRow>> {
        self.get(Table::Answer, &self.of_field(Table::Answer, draft, field))
    }

    /// Stores an answer. What stood there before the person came to this question is kept beside
    /// it: not the value before this keystroke, but the one before this visit.
    fn put_answer(&self, draft: IntentId, field: &str, value: Value, edit: u64) -> Result<()> {
        let stored = self.answer_row(draft, field)?.map(|row| row.answer);
        let place: Option<DraftPlace> = self.get(Table::DraftPlace, draft.0.as_bytes())?;
        let same_visit =
            place.is_some_and(|place| place.answered && place.field.as_deref() == Some(field));
        let before = match stored {
            None => None,
            Some(stored) if same_visit => stored.before,
            Some(stored) => Some(stored.value),
        };
        self.put_stored(
            draft,
            field,
            StoredAnswer {
                value: Private::new(value),
                edit,
                before,
            },
        )
    }

    fn put_stored(&self, draft: IntentId, field: &str, answer: StoredAnswer) -> Result<()> {
        let row = AnswerRow {
            field: field.into(),
            answer,
        };
        let id = self.of_field(Table::Answer, draft, field);
        self.put(Table::Answer, &id, draft.0.as_bytes(), &row)
    }

    pub(super) fn file_row(&self, draft: IntentId, field: &str) -> Result<Option<FileRow>> {
        self.get(Table::File, &self.of_field(Table::File, draft, field))
    }

    /// `length` bytes of an attached file from `from` on.
    pub(super) fn file_range(
        &self,
        draft: IntentId,
        field: &str,
        from: u64,
        length: usize,
    ) -> Result<Vec<u8>> {
        let row = self.file_row(draft, field)?.ok_or(StoreError::NotFound)?;
        let id = self.of_field(Table::File, draft, field);
        self.chunk_range(Table::FileChunk, &id, &row.chunks, from, length)
    }

    fn view(&self, row: DraftRow) -> Result<Draft> {
        Ok(Draft {
            place: self.get(Table::DraftPlace, row.intent.0.as_bytes())?,
            intent: row.intent,
            procedure: row.procedure,
            form_version: row.form_version,
            created_at: row.created_at,
            frozen: row.frozen,
            supplement: row.supplement,
            discarded_at: row.discarded_at,
            seen: row.seen,
            moved: row.moved,
        })
    }
}

impl Store {
    /// Mints the id under which this will be filed, and stores an empty draft.
    pub fn create_draft(&self, procedure: &str, form_version: u32) -> Result<IntentId> {
        self.new_draft(procedure, form_version, None, None)
    }

    /// The same, noting what is going to be shown.
    pub fn create_draft_of(&self, procedure: &str, seen: SeenForm) -> Result<IntentId> {
        self.new_draft(procedure, seen.form.version, None, Some(seen))
    }

    /// The form has another text now: what is shown from now on, and what to tell of it, in place
    /// of what was. Answers stay as they are.
    pub fn move_draft(&self, draft: IntentId, seen: SeenForm, moved: Option<Moved>) -> Result<()> {
        self.write(|cells| {
            let mut row = cells.open_draft(draft)?;
            row.form_version = seen.form.version;
            row.seen = Some(seen);
            row.moved = moved;
            cells.put(Table::Draft, draft.0.as_bytes(), &[], &row)
        })
    }

    /// The person has been told that the form has changed, and has gone past these questions.
    pub fn told_of_move(&self, draft: IntentId, past: &[String]) -> Result<()> {
        self.write(|cells| {
            let mut row = cells.open_draft(draft)?;
            let Some(mut moved) = row.moved.take() else {
                return Ok(());
            };
            moved.told |= past.is_empty();
            moved.ask.retain(|field| !past.contains(field));
            row.moved = (!moved.told || !moved.ask.is_empty()).then_some(moved);
            cells.put(Table::Draft, draft.0.as_bytes(), &[], &row)
        })
    }

    fn new_draft(
        &self,
        procedure: &str,
        form_version: u32,
        supplement: Option<SupplementOf>,
        seen: Option<SeenForm>,
    ) -> Result<IntentId> {
        let created_at = self.world.clock.now();
        let intent = IntentId(self.world.random.uuid(created_at));
        let row = DraftRow {
            intent,
            procedure: procedure.into(),
            form_version,
            created_at,
            frozen: false,
            supplement,
            discarded_at: None,
            seen,
            moved: None,
        };
        self.write(|cells| cells.put(Table::Draft, intent.0.as_bytes(), &[], &row))?;
        Ok(intent)
    }

    /// The draft that answers this request: the one that was begun, on this phone, or a new one.
    pub fn supplement_draft(
        &self,
        procedure: &str,
        form_version: u32,
        of: SupplementOf,
    ) -> Result<IntentId> {
        let begun = self.drafts()?.into_iter().find(|draft| {
            draft.supplement.as_ref().is_some_and(|known| {
                known.intent == of.intent && known.request.number == of.request.number
            })
        });
        match begun {
            Some(draft) => {
                self.write(|cells| cells.set_discarded(draft.intent, None))?;
                Ok(draft.intent)
            }
            None => self.new_draft(procedure, form_version, Some(of), None),
        }
    }

    /// Newest first, the frozen ones too.
    pub fn drafts(&self) -> Result<Vec<Draft>> {
        self.read(|cells| {
            rows(cells)?
                .into_iter()
                .map(|row| cells.view(row))
                .collect()
        })
    }

    pub fn draft(&self, draft: IntentId) -> Result<Draft> {
        self.read(|cells| cells.view(cells.draft_row(draft)?))
    }

    /// Throws a draft away that was never frozen, or was taken back by [`edit`](Self::edit). It can
    /// be had back for [`BIN_MS`].
    pub fn discard_draft(&self, draft: IntentId) -> Result<()> {
        let now = self.world.clock.now();
        self.write(|cells| {
            cells.open_draft(draft)?;
            cells.set_discarded(draft, Some(now))
        })
    }

    /// The person wants it back.
    pub fn restore_draft(&self, draft: IntentId) -> Result<()> {
        self.write(|cells| cells.set_discarded(draft, None))
    }

    /// Forgets what was thrown away long ago, and drafts in which nobody has typed anything, but for
    /// the one the person is in.
    pub fn tidy_drafts(&self, here: Option<IntentId>) -> Result<()> {
        let now = self.world.clock.now();
        self.write(|cells| {
            for row in rows(cells)? {
                let id = row.intent.0.as_bytes();
                let old = row.discarded_at.is_some_and(|at| at.plus_ms(BIN_MS) <= now);
                let answers: Vec<AnswerRow> = cells.list(Table::Answer, id)?;
                let empty = answers.iter().all(|row| row.answer.edit == 0);
                if !row.frozen && Some(row.intent) != here && (old || empty) {
                    cells.delete(Table::Draft, id)?;
                }
            }
            Ok(())
        })
    }

    /// Gives a question back the answer it had before it was last changed, and keeps the present
    /// one in its place. Where something was filed already, `or`, it is that. Answers whether there
    /// was anything.
    pub fn undo_answer(&self, draft: IntentId, field: &str, or: Option<Value>) -> Result<bool> {
        self.write(|cells| {
            cells.open_draft(draft)?;
            let Some(stored) = cells.answer_row(draft, field)?.map(|row| row.answer) else {
                return Ok(false);
            };
            let Some(before) = or.map(Private::new).or(stored.before) else {
                return Ok(false);
            };
            if let Some(mut file) = cells.file_row(draft, field)? {
                file.removed = !matches!(before.expose(), Value::File(answer) if answer.sha256 == file.entry.sha256);
                let id = cells.of_field(Table::File, draft, field);
                cells.put(Table::File, &id, draft.0.as_bytes(), &file)?;
            }
            let restored = StoredAnswer {
                value: before,
                edit: stored.edit.saturating_add(1),
                before: Some(stored.value),
            };
            cells.put_stored(draft, field, restored)?;
            Ok(true)
        })
    }

    /// Stores an answer if its edit number is above the stored one, or if there is none yet.
    /// Numbers count per field; prefilled values carry 0, so they never overwrite what was typed.
    pub fn set_answer(
        &self,
        draft: IntentId,
        field: &str,
        value: Value,
        edit: u64,
    ) -> Result<Edited> {
        let done = self.set_answers(draft, vec![(field.into(), value, edit)])?;
        Ok(done.first().copied().unwrap_or(Edited::Older))
    }

    /// Several answers in one transaction, each by the rule of [`set_answer`](Self::set_answer).
    pub fn set_answers(
        &self,
        draft: IntentId,
        answers: Vec<(String, Value, u64)>,
    ) -> Result<Vec<Edited>> {
        self.write(|cells| {
            cells.open_draft(draft)?;
            answers
                .into_iter()
                .map(|(field, value, edit)| {
                    let stored = cells.answer_row(draft, &field)?;
                    if stored.is_some_and(|row| row.answer.edit >= edit) {
                        return Ok(Edited::Older);
                    }
                    cells.put_answer(draft, &field, value, edit)?;
                    Ok(Edited::Stored)
                })
                .collect()
        })
    }

    /// Everything answered so far, files included (as [`Value::File`]).
    pub fn answers(&self, draft: IntentId) -> Result<Answers> {
        self.read(|cells| {
            cells.draft_row(draft)?;
            let rows: Vec<AnswerRow> = cells.list(Table::Answer, draft.0.as_bytes())?;
            Ok(Answers(
                rows.into_iter()
                    .map(|row| (row.field, row.answer.value))
                    .collect(),
            ))
        })
    }

    /// Everything answered so far, with the edit numbers that the shell must see.
    pub fn answers_with_edits(&self, draft: IntentId) -> Result<BTreeMap<String, StoredAnswer>> {
        self.read(|cells| {
            cells.draft_row(draft)?;
            let rows: Vec<AnswerRow> = cells.list(Table::Answer, draft.0.as_bytes())?;
            Ok(rows
                .into_iter()
                .map(|row| (row.field, row.answer))
                .collect())
        })
    }

    /// One answer with its edit number.
    pub fn answer(&self, draft: IntentId, field: &str) -> Result<Option<StoredAnswer>> {
        self.read(|cells| Ok(cells.answer_row(draft, field)?.map(|row| row.answer)))
    }

    /// Where the person is in this draft (I1).
    pub fn draft_place(&self, draft: IntentId) -> Result<Option<DraftPlace>> {
        self.read(|cells| cells.get(Table::DraftPlace, draft.0.as_bytes()))
    }

    pub fn set_place(&self, draft: IntentId, place: &DraftPlace) -> Result<()> {
        self.write(|cells| {
            cells.draft_row(draft)?;
            let id = draft.0.as_bytes();
            cells.put(Table::DraftPlace, id, id, place)
        })
    }

    /// Seals the bytes, in chunks, and stores the field's answer with them, as the newest edit.
    /// Replaces a file that was there. The caller has checked kind and size.
    pub fn attach_file(
        &self,
        draft: IntentId,
        field: &str,
        bytes: &[u8],
        media_type: &str,
    ) -> Result<FileAnswer> {
        let answer = FileAnswer {
            sha256: sha256_hex(bytes),
            size: bytes.len() as u64,
            media_type: media_type.into(),
        };
        let entry = FileEntry {
            field: field.into(),
            sha256: answer.sha256.clone(),
            size: answer.size,
            media_type: answer.media_type.clone(),
        };
        self.write(|cells| {
            cells.open_draft(draft)?;
            let id = cells.of_field(Table::File, draft, field);
            // The chunks refer to the row, so it has to be there before them, and knows their
            // generation only after.
            let parent = draft.0.as_bytes();
            let empty = Chunks::default();
            cells.put(
                Table::File,
                &id,
                parent,
                &FileRow {
                    entry: entry.clone(),
                    chunks: empty,
                    removed: false,
                },
            )?;
            let chunks = cells.put_chunks(Table::FileChunk, &id, bytes)?;
            cells.put(
                Table::File,
                &id,
                parent,
                &FileRow {
                    entry,
                    chunks,
                    removed: false,
                },
            )?;
            // The bytes of the file before are gone, so there is no way back to it.
            let edit = next_edit(cells, draft, field)?;
            let value = Private::new(Value::File(answer.clone()));
            cells.put_stored(
                draft,
                field,
                StoredAnswer {
                    value,
                    edit,
                    before: None,
                },
            )
        })?;
        Ok(answer)
    }

    /// Takes the file and its answer away; [`undo_answer`](Self::undo_answer) brings both back.
    pub fn remove_file(&self, draft: IntentId, field: &str) -> Result<()> {
        self.write(|cells| {
            cells.open_draft(draft)?;
            let edit = next_edit(cells, draft, field)?;
            if let Some(mut file) = cells.file_row(draft, field)? {
                file.removed = true;
                let id = cells.of_field(Table::File, draft, field);
                cells.put(Table::File, &id, draft.0.as_bytes(), &file)?;
            }
            let before = cells.answer_row(draft, field)?.map(|row| row.answer.value);
            cells.put_stored(
                draft,
                field,
                StoredAnswer {
                    value: Private::new(Value::Text(String::new())),
                    edit,
                    before,
                },
            )
        })
    }

    /// In order of field id: what an intent lists.
    pub fn files(&self, draft: IntentId) -> Result<Vec<FileEntry>> {
        self.read(|cells| {
            let rows: Vec<FileRow> = cells.list(Table::File, draft.0.as_bytes())?;
            let mut files: Vec<_> = rows
                .into_iter()
                .filter(|row| !row.removed)
                .map(|row| row.entry)
                .collect();
            files.sort();
            Ok(files)
        })
    }

    pub fn file_bytes(&self, draft: IntentId, field: &str) -> Result<Private<Vec<u8>>> {
        self.file_range(draft, field, 0, usize::MAX)
    }

    pub(crate) fn file_range(
        &self,
        draft: IntentId,
        field: &str,
        from: u64,
        length: usize,
    ) -> Result<Private<Vec<u8>>> {
        self.read(|cells| Ok(Private::new(cells.file_range(draft, field, from, length)?)))
    }
}

fn next_edit(cells: &Cells<'_>, draft: IntentId, field: &str) -> Result<u64> {
    let stored = cells.answer_row(draft, field)?;
    Ok(stored.map_or(1, |row| row.answer.edit.saturating_add(1)))
}
