-- What citizens owe and what came in. `sealed` columns are sealed under the citizen's key. Sums and
-- states stand open, so that an operator can balance the books without reading anybody's dossier.

CREATE TABLE fee (
    id       TEXT NOT NULL PRIMARY KEY, -- UUIDv7, ours
    citizen  TEXT NOT NULL,             -- citizen.id
    dossier  TEXT NOT NULL,             -- dossier.id
    source   BLOB NOT NULL,             -- keyed hash of the office's id of it; empty for the one of filing
    vnd      INTEGER NOT NULL,          -- đồng
    paid     INTEGER NOT NULL,          -- 1: a credit has settled it
    asked_at INTEGER NOT NULL,          -- instant
    sealed   BLOB NOT NULL,             -- JSON: lines with their basis, reason, methods
    receipt  BLOB,                      -- the signed payment receipt, sealed
    UNIQUE (dossier, source)
) STRICT;

CREATE TABLE payment_order (
    id         TEXT NOT NULL PRIMARY KEY, -- UUIDv7, ours
    citizen    TEXT NOT NULL,             -- citizen.id
    fee        TEXT NOT NULL,             -- fee.id
    key        TEXT NOT NULL,             -- idempotency key, minted by the phone
    reference  TEXT NOT NULL UNIQUE,      -- what the gateway or the transfer carries
    method     TEXT NOT NULL,             -- vnpay, vietqr, cash
    state      TEXT NOT NULL,             -- see domain::payment::State
    vnd        INTEGER NOT NULL,          -- đồng
    created_at INTEGER NOT NULL,          -- instant
    expires_at INTEGER NOT NULL,          -- instant: until when it can be paid
    ask_at     INTEGER,                   -- when to look at it again; NULL once it is decided
    asked      INTEGER NOT NULL,          -- how often it was looked at
    sealed     BLOB NOT NULL,             -- JSON: the page's address or the transfer, and where the browser goes back to
    UNIQUE (citizen, key)
) STRICT;

CREATE INDEX payment_order_fee ON payment_order (fee);
CREATE INDEX payment_order_ask ON payment_order (ask_at);

CREATE TABLE credit (
    method   TEXT NOT NULL,    -- vnpay, vietqr, cash
    number   TEXT NOT NULL,    -- under which whoever holds the money knows it: the same money twice is one row
    fee      TEXT NOT NULL,    -- fee.id; empty where nobody knows what it is for
    vnd      INTEGER NOT NULL, -- đồng that came in
    settles  INTEGER NOT NULL, -- đồng of it that paid the fee; the rest is owed back
    refunded INTEGER NOT NULL, -- 1: what is owed has been paid back
    at       INTEGER NOT NULL, -- instant
    PRIMARY KEY (method, number)
) STRICT;

CREATE INDEX credit_fee ON credit (fee);
