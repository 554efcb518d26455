-- What a client calls a request that makes something, so that a repetition of it makes nothing. Kept for a day.
CREATE TABLE idempotency_keys (
    account_id BIGINT NOT NULL REFERENCES accounts (id),
    key TEXT NOT NULL,
    -- A digest of what was asked for; no secret is part of it.
    request BYTEA NOT NULL,
    -- What was made: an id, or the hash of a link's token.
    result_id BIGINT,
    result_token BYTEA,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, key)
);
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);
