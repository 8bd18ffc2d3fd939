-- What happens to a dossier after it was filed: supplements, withdrawals, what its citizen has
-- seen, and deliveries that an office refuses.

CREATE TABLE supplement (
    dossier     TEXT NOT NULL,    -- dossier.id
    number      BIGINT NOT NULL, -- which return of this dossier, from 1
    citizen     TEXT NOT NULL,    -- citizen.id
    asked_at    BIGINT NOT NULL, -- when the office says it asked, instant
    request     BYTEA NOT NULL,    -- sealed JSON: flagged fields and reasons
    intent      TEXT,             -- idempotency key of the answer, once there is one
    answer      BYTEA,             -- sealed: the answer's JWS verbatim
    answered_at BIGINT,          -- instant
    PRIMARY KEY (dossier, number),
    UNIQUE (citizen, intent)
);

-- How many entries of its history the citizen has seen.
ALTER TABLE dossier ADD COLUMN read BIGINT NOT NULL DEFAULT 0;

-- Deliveries of one dossier leave in this order.
ALTER TABLE outbox ADD COLUMN number BIGINT NOT NULL DEFAULT 0;

-- How often the other side answered, and the answer was no.
ALTER TABLE outbox ADD COLUMN refused BIGINT NOT NULL DEFAULT 0;

-- Since when it waits for an operator, instant; NULL while it is tried.
ALTER TABLE outbox ADD COLUMN parked_at BIGINT;
