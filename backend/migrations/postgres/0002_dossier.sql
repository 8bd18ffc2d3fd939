-- What citizens file, what came of it, and who saw it. `sealed` columns are sealed under the
-- citizen's key; look-up columns hold keyed hashes (HMAC-SHA256).

CREATE TABLE upload (
    id         TEXT NOT NULL PRIMARY KEY, -- UUIDv7, the last part of the tus URL
    citizen    TEXT NOT NULL,             -- citizen.id
    intent     TEXT NOT NULL,             -- the intent the file is for, minted by the phone
    field      TEXT NOT NULL,             -- the form field it answers
    sha256     TEXT NOT NULL,             -- what the phone says the whole file hashes to, hex
    length     BIGINT NOT NULL,          -- bytes, as announced
    received   BIGINT NOT NULL,          -- bytes that are durable: tus' Upload-Offset
    media_type TEXT,                      -- by content; NULL until the whole file has been checked
    created_at BIGINT NOT NULL,          -- instant, ms UTC
    UNIQUE (citizen, intent, field, sha256)
);

CREATE TABLE upload_chunk (
    upload TEXT NOT NULL,    -- upload.id
    start  BIGINT NOT NULL, -- offset of its first byte
    length BIGINT NOT NULL, -- bytes before sealing
    blob   TEXT NOT NULL,    -- name of the sealed bytes, durable before this row
    PRIMARY KEY (upload, start)
);

CREATE TABLE dossier (
    id          TEXT NOT NULL PRIMARY KEY, -- UUIDv7, ours
    citizen     TEXT NOT NULL,             -- citizen.id
    intent      TEXT NOT NULL,             -- idempotency key, belongs to the citizen
    code        BYTEA NOT NULL UNIQUE,      -- keyed hash of the dossier code
    province    TEXT NOT NULL,             -- receiving province, two digits
    status      BIGINT NOT NULL,          -- national status code, 1 to 10
    received_at BIGINT NOT NULL,          -- legal time of receipt, instant
    sealed      BYTEA NOT NULL,             -- JSON: code, procedure, commune, the intent's JWS verbatim, files
    UNIQUE (citizen, intent)
);

CREATE TABLE dossier_history (
    dossier TEXT NOT NULL,    -- dossier.id
    number  BIGINT NOT NULL, -- from 1; rows are only ever added
    sealed  BYTEA NOT NULL,    -- JSON: status, time, agency, handler, note, deadline
    PRIMARY KEY (dossier, number)
);

CREATE TABLE dossier_counter (
    office TEXT NOT NULL,    -- identifier code of the one-stop office
    day    TEXT NOT NULL,    -- legal day, yyyy-mm-dd
    number BIGINT NOT NULL, -- the last number given
    PRIMARY KEY (office, day)
);

CREATE TABLE idempotency (
    citizen TEXT NOT NULL,    -- citizen.id: another citizen's key is another key
    key     TEXT NOT NULL,    -- minted by the phone
    request TEXT NOT NULL,    -- SHA-256 of what was asked, hex
    sealed  BYTEA NOT NULL,    -- the answer that was given
    at      BIGINT NOT NULL, -- instant
    PRIMARY KEY (citizen, key)
);

CREATE TABLE dossier_change (
    citizen TEXT NOT NULL,    -- citizen.id
    seq     BIGINT NOT NULL, -- numbered per citizen, without gaps
    dossier TEXT NOT NULL,    -- dossier.id: what changed
    at      BIGINT NOT NULL, -- instant
    PRIMARY KEY (citizen, seq)
);

CREATE TABLE change_counter (
    citizen TEXT NOT NULL PRIMARY KEY, -- citizen.id
    seq     BIGINT NOT NULL           -- the last number given
);

CREATE TABLE result (
    id         TEXT NOT NULL PRIMARY KEY, -- UUIDv7, the last part of the URL
    citizen    TEXT NOT NULL,             -- citizen.id
    dossier    TEXT NOT NULL,             -- dossier.id
    source     BYTEA NOT NULL,             -- keyed hash of the agency's id of the paper
    sha256     TEXT NOT NULL,             -- of the bytes, hex
    size       BIGINT NOT NULL,          -- bytes
    media_type TEXT NOT NULL,             -- by content
    blob       TEXT NOT NULL,             -- name of the sealed bytes, durable before this row
    sealed     BYTEA NOT NULL,             -- the paper's name
    at         BIGINT NOT NULL,          -- instant
    UNIQUE (dossier, source)
);

CREATE TABLE outbox (
    id       TEXT NOT NULL PRIMARY KEY, -- UUIDv7; also the id of the result a fetch makes
    kind     TEXT NOT NULL,             -- deliver: a dossier to its office; fetch: a result paper from there
    citizen  TEXT NOT NULL,             -- citizen.id
    dossier  TEXT NOT NULL,             -- dossier.id
    source   BYTEA NOT NULL,             -- keyed hash of the agency's id of the paper; empty for deliver
    sealed   BYTEA NOT NULL,             -- JSON: what to send, or from where to fetch
    attempts BIGINT NOT NULL,          -- failed ones
    due_at   BIGINT NOT NULL,          -- not before this instant
    UNIQUE (kind, dossier, source)
);

CREATE INDEX outbox_due ON outbox (due_at);

CREATE TABLE webhook_seen (
    id TEXT NOT NULL PRIMARY KEY, -- the sender's webhook-id of a report that was applied
    at BIGINT NOT NULL           -- instant
);

CREATE INDEX webhook_seen_at ON webhook_seen (at);

CREATE TABLE access_log (
    citizen TEXT NOT NULL,    -- citizen.id
    seq     BIGINT NOT NULL, -- from 1, without gaps
    at      BIGINT NOT NULL, -- instant
    sealed  BYTEA NOT NULL,    -- JSON: actor, action, dossier code
    hash    TEXT NOT NULL,    -- over this line and the hash before it, hex
    PRIMARY KEY (citizen, seq)
);
