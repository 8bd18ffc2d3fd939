-- Every `body` is an envelope of `gandan-foundation::sealing` over JSON or bytes, bound to its
-- table, the column `body`, parent ‖ id, and revision. Ids are random, time-ordered, or keyed
-- hashes; nothing in this file says who, what for, or what was answered.

CREATE TABLE vault (
    -- One row.
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- The data key and the look-up key (64 bytes), wrapped by the platform's keystore.
    wrapped BLOB NOT NULL
) STRICT;

-- Language, place in the app, session, sync cursor, key set: one value each.
CREATE TABLE setting (
    -- Its name, in ASCII.
    id BLOB PRIMARY KEY,
    -- Empty: settings belong to nothing.
    parent BLOB NOT NULL,
    -- Counts the writes of this row.
    revision INTEGER NOT NULL,
    -- The value, sealed.
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE draft (
    -- The intent's id (UUIDv7), which is the idempotency key.
    id BLOB PRIMARY KEY,
    -- Empty.
    parent BLOB NOT NULL,
    revision INTEGER NOT NULL,
    -- Procedure, form version, time of birth, whether it is frozen; sealed.
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE draft_place (
    -- The intent's id.
    id BLOB PRIMARY KEY,
    -- The draft.
    parent BLOB NOT NULL REFERENCES draft (id) ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    -- Page and field the person is on; sealed.
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE answer (
    -- Keyed hash of draft and field: which fields are answered tells too much in clear.
    id BLOB PRIMARY KEY,
    -- The draft.
    parent BLOB NOT NULL REFERENCES draft (id) ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    -- Field, value, edit number; sealed.
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX answer_by_draft ON answer (parent);

CREATE TABLE file (
    -- Keyed hash of draft and field.
    id BLOB PRIMARY KEY,
    -- The draft.
    parent BLOB NOT NULL REFERENCES draft (id) ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    -- Field, SHA-256, size, media type, number of chunks and their generation; sealed.
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX file_by_draft ON file (parent);

CREATE TABLE file_chunk (
    -- The file's generation (16 random bytes), then the chunk's number (4 bytes, big-endian).
    id BLOB PRIMARY KEY,
    -- The file.
    parent BLOB NOT NULL REFERENCES file (id) ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    -- At most 64 KiB of the file, sealed.
    body BLOB NOT NULL
) STRICT;
CREATE INDEX file_chunk_by_file ON file_chunk (parent);

CREATE TABLE prefill (
    -- Keyed hash of the procedure's code.
    id BLOB PRIMARY KEY,
    -- Empty.
    parent BLOB NOT NULL,
    revision INTEGER NOT NULL,
    -- What the state knows, with source and date, and whether it is to be asked; sealed.
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- The outbox: one lane per dossier.
CREATE TABLE lane (
    -- The intent's id.
    id BLOB PRIMARY KEY,
    -- Empty.
    parent BLOB NOT NULL,
    revision INTEGER NOT NULL,
    -- The signed intent, verbatim, and its files; never changed. Sealed.
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE lane_state (
    -- The intent's id.
    id BLOB PRIMARY KEY,
    -- The lane.
    parent BLOB NOT NULL REFERENCES lane (id) ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    -- Where the lane stands, its tries, its uploads; sealed.
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE receipt (
    -- The intent's id.
    id BLOB PRIMARY KEY,
    -- The lane.
    parent BLOB NOT NULL REFERENCES lane (id),
    revision INTEGER NOT NULL,
    -- The signed receipt, verbatim, sealed. Written only after it was verified.
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE dossier (
    -- The intent's id.
    id BLOB PRIMARY KEY,
    -- Empty.
    parent BLOB NOT NULL,
    revision INTEGER NOT NULL,
    -- The dossier as the backend last told it, sealed.
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE result (
    -- The result's id.
    id BLOB PRIMARY KEY,
    -- The dossier.
    parent BLOB NOT NULL REFERENCES dossier (id) ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    -- Its hash, size, and whether the bytes are here or when to ask for them; sealed.
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE result_chunk (
    -- The generation (16 random bytes), then the chunk's number (4 bytes, big-endian).
    id BLOB PRIMARY KEY,
    -- The result.
    parent BLOB NOT NULL REFERENCES result (id) ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    -- At most 64 KiB of the result, sealed.
    body BLOB NOT NULL
) STRICT;
CREATE INDEX result_chunk_by_result ON result_chunk (parent);
