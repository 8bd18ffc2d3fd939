-- What citizens file, what came of it, and who saw it. `sealed` columns are sealed under the
-- citizen's key; look-up columns hold keyed hashes (HMAC-SHA256).

CREATE TABLE upload (
    id         TEXT NOT NULL PRIMARY KEY, -- UUIDv7, the last part of the tus URL
    citizen    TEXT NOT NULL,             -- citizen.id
    intent     TEXT NOT NULL,             -- the intent the file is for, minted by the phone
    field      TEXT NOT NULL,             -- the form field it answers
    sha256     TEXT NOT NULL,             -- what the phone says the whole file hashes to, hex
    length     INTEGER NOT NULL,          -- bytes, as announced
    received   INTEGER NOT NULL,          -- bytes that are durable: tus' Upload-Offset
    media_type TEXT,                      -- by content; NULL until the whole file has been checked
    created_at INTEGER NOT NULL,          -- instant, ms UTC
    UNIQUE (citizen, intent, field, sha256)
) STRICT;

CREATE TABLE upload_chunk (
    upload TEXT NOT NULL,    -- upload.id
    start  INTEGER NOT NULL, -- offset of its first byte
    length INTEGER NOT NULL, -- bytes before sealing
    blob   TEXT NOT NULL,    -- name of the sealed bytes, durable before this row
    PRIMARY KEY (upload, start)
) STRICT;

CREATE TABLE dossier (
    id          TEXT NOT NULL PRIMARY KEY, -- UUIDv7, ours
    citizen     TEXT NOT NULL,             -- citizen.id
    intent      TEXT NOT NULL,             -- idempotency key, belongs to the citizen
    code        BLOB NOT NULL UNIQUE,      -- keyed hash of the dossier code
    province    TEXT NOT NULL,             -- receiving province, two digits
    status      INTEGER NOT NULL,          -- national status code, 1 to 10
    received_at INTEGER NOT NULL,          -- legal time of receipt, instant
    sealed      BLOB NOT NULL,             -- JSON: code, procedure, commune, the intent's JWS verbatim, files
    UNIQUE (citizen, intent)
) STRICT;

CREATE TABLE dossier_history (
    dossier TEXT NOT NULL,    -- dossier.id
    number  INTEGER NOT NULL, -- from 1; rows are only ever added
    sealed  BLOB NOT NULL,    -- JSON: status, time, agency, handler, note, deadline
    PRIMARY KEY (dossier, number)
) STRICT;

CREATE TABLE dossier_counter (
    office TEXT NOT NULL,    -- identifier code of the one-stop office
    day    TEXT NOT NULL,    -- legal day, yyyy-mm-dd
    number INTEGER NOT NULL, -- the last number given
    PRIMARY KEY (office, day)
) STRICT;

CREATE TABLE idempotency (
    citizen TEXT NOT NULL,    -- citizen.id: another citizen's key is another key
    key     TEXT NOT NULL,    -- minted by the phone
    request TEXT NOT NULL,    -- SHA-256 of what was asked, hex
    sealed  BLOB NOT NULL,    -- the answer that was given
    at      INTEGER NOT NULL, -- instant
    PRIMARY KEY (citizen, key)
) STRICT;

CREATE TABLE dossier_change (
    citizen TEXT NOT NULL,    -- citizen.id
    seq     INTEGER NOT NULL, -- numbered per citizen, without gaps
    dossier TEXT NOT NULL,    -- dossier.id: what changed
    at      INTEGER NOT NULL, -- instant
    PRIMARY KEY (citizen, seq)
) STRICT;

CREATE TABLE change_counter (
    citizen TEXT NOT NULL PRIMARY KEY, -- citizen.id
    seq     INTEGER NOT NULL           -- the last number given
) STRICT;

CREATE TABLE result (
    id         TEXT NOT NULL PRIMARY KEY, -- UUIDv7, the last part of the URL
    citizen    TEXT NOT NULL,             -- citizen.id
    dossier    TEXT NOT NULL,             -- dossier.id
    source     BLOB NOT NULL,             -- keyed hash of the agency's id of the paper
    sha256     TEXT NOT NULL,             -- of the bytes, hex
    size       INTEGER NOT NULL,          -- bytes
    media_type TEXT NOT NULL,             -- by content
    blob       TEXT NOT NULL,             -- name of the sealed bytes, durable before this row
    sealed     BLOB NOT NULL,             -- the paper's name
    at         INTEGER NOT NULL,          -- instant
    UNIQUE (dossier, source)
) STRICT;

CREATE TABLE outbox (
    id       TEXT NOT NULL PRIMARY KEY, -- UUIDv7; also the id of the result a fetch makes
    kind     TEXT NOT NULL,             -- deliver: a dossier to its office; fetch: a result paper from there
    citizen  TEXT NOT NULL,             -- citizen.id
    dossier  TEXT NOT NULL,             -- dossier.id
    source   BLOB NOT NULL,             -- keyed hash of the agency's id of the paper; empty for deliver
    sealed   BLOB NOT NULL,             -- JSON: what to send, or from where to fetch
    attempts INTEGER NOT NULL,          -- failed ones
    due_at   INTEGER NOT NULL,          -- not before this instant
    UNIQUE (kind, dossier, source)
) STRICT;

CREATE INDEX outbox_due ON outbox (due_at);

CREATE TABLE webhook_seen (
    id TEXT NOT NULL PRIMARY KEY, -- the sender's webhook-id of a report that was applied
    at INTEGER NOT NULL           -- instant
) STRICT;

CREATE INDEX webhook_seen_at ON webhook_seen (at);

CREATE TABLE access_log (
    citizen TEXT NOT NULL,    -- citizen.id
    seq     INTEGER NOT NULL, -- from 1, without gaps
    at      INTEGER NOT NULL, -- instant
    sealed  BLOB NOT NULL,    -- JSON: actor, action, dossier code
    hash    TEXT NOT NULL,    -- over this line and the hash before it, hex
    PRIMARY KEY (citizen, seq)
) STRICT;
