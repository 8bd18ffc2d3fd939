-- The content pack that was fetched since the app was installed: at most one row.
CREATE TABLE content (
    -- Always `content`.
    id BLOB PRIMARY KEY,
    -- Empty.
    parent BLOB NOT NULL,
    revision INTEGER NOT NULL,
    -- Serial and hash of the pack, and which chunks are its; sealed.
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE content_chunk (
    -- Generation and number.
    id BLOB PRIMARY KEY,
    -- The pack.
    parent BLOB NOT NULL REFERENCES content (id) ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    -- 64 KB of the pack file, sealed.
    body BLOB NOT NULL
) STRICT;
CREATE INDEX content_chunk_by_content ON content_chunk (parent);
