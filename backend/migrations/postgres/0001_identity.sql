-- Who is who, and which devices speak for them. A row's name in a comment says what is sealed.
-- Look-up columns hold keyed hashes (HMAC-SHA256), tokens are kept as SHA-256 only.

CREATE TABLE citizen (
    id         TEXT   NOT NULL PRIMARY KEY, -- UUIDv7, ours; the only name of a citizen outside this table
    subject    BYTEA  NOT NULL UNIQUE,      -- keyed hash of issuer ‖ sub
    id_number  BYTEA  NOT NULL UNIQUE,      -- keyed hash of the citizen id number (số định danh cá nhân)
    profile    BYTEA  NOT NULL,             -- sealed JSON under the citizen key: id number, name, date of birth
    revision   BIGINT NOT NULL,             -- grows with every write of profile
    created_at BIGINT NOT NULL,             -- instant, ms UTC
    seen_at    BIGINT NOT NULL              -- last sign-in, instant
);

CREATE TABLE citizen_key (
    citizen TEXT NOT NULL PRIMARY KEY, -- citizen.id; the row outlives nothing: deleting it deletes the data
    wrapped BYTEA  NOT NULL              -- the citizen's 256-bit key, sealed under the KEK
);

CREATE TABLE authorization_request (
    state       BYTEA  NOT NULL PRIMARY KEY, -- SHA-256 of the state that we gave the OpenID provider
    sealed      BYTEA  NOT NULL,             -- sealed under the system key: client's request, our nonce and PKCE verifier
    expires_at  BIGINT NOT NULL,             -- instant
    answer      BYTEA                        -- sealed: where the browser was sent, for a callback that is repeated
);

CREATE INDEX authorization_request_expires ON authorization_request (expires_at);

CREATE TABLE authorization_code (
    code        BYTEA  NOT NULL PRIMARY KEY, -- SHA-256 of the code
    citizen     TEXT   NOT NULL,             -- citizen.id
    sealed      BYTEA  NOT NULL,             -- sealed under the system key: redirect URI, PKCE challenge, dpop_jkt
    expires_at  BIGINT NOT NULL,             -- instant; a code lives a minute
    session     TEXT,                        -- session.id, once redeemed
    redeemed_at BIGINT,                      -- instant of the first redemption
    answer      BYTEA                        -- sealed: the token response, given again for a lost answer
);

CREATE INDEX authorization_code_expires ON authorization_code (expires_at);

CREATE TABLE device (
    id         TEXT   NOT NULL PRIMARY KEY, -- UUIDv7
    citizen    TEXT   NOT NULL,             -- citizen.id
    thumbprint TEXT   NOT NULL,             -- RFC 7638 of the keystore key that signs intents
    jwk        TEXT   NOT NULL,             -- that public key
    created_at BIGINT NOT NULL,             -- instant
    revoked_at BIGINT,                      -- instant; a revoked device signs nothing any more
    UNIQUE (citizen, thumbprint)
);

CREATE TABLE session (
    id           TEXT   NOT NULL PRIMARY KEY, -- UUIDv7
    citizen      TEXT   NOT NULL,             -- citizen.id
    device       TEXT   NOT NULL,             -- device.id that certified the session key
    jkt          TEXT   NOT NULL,             -- RFC 7638 of the session key: every token is bound to it
    access       BYTEA  NOT NULL UNIQUE,      -- SHA-256 of the access token in force
    access_until BIGINT NOT NULL,             -- instant
    previous     BYTEA  UNIQUE,               -- SHA-256 of the access token before it, good until its own end
    previous_until BIGINT,                    -- instant
    created_at   BIGINT NOT NULL,             -- instant
    used_at      BIGINT NOT NULL,             -- last refresh, instant
    revoked_at   BIGINT                       -- instant; nothing of a revoked session works
);

CREATE INDEX session_citizen ON session (citizen);

CREATE TABLE refresh_token (
    token      BYTEA  NOT NULL PRIMARY KEY, -- SHA-256 of the token
    session    TEXT   NOT NULL,             -- session.id
    expires_at BIGINT NOT NULL,             -- instant
    used_at    BIGINT,                      -- instant of its one use; a later use is theft, save the replay grace
    answer     BYTEA                        -- sealed: the token response it was changed for, for the replay grace
);

CREATE INDEX refresh_token_session ON refresh_token (session);
