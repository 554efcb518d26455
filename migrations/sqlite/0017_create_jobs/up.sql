CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    kind TEXT NOT NULL,
    -- Of one kind, one job has this key: the id of what it is about, or the time of a scheduled slot.
    key TEXT,
    -- JSON with ids, never with an address, a text or a secret.
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    -- Rises with every run and is never set back: what a run reports is taken only under its own number.
    attempts INTEGER NOT NULL,
    -- Runs that count towards giving up. A person who asks for another run sets it back.
    tries INTEGER NOT NULL,
    due_at BIGINT NOT NULL,
    lease_until BIGINT,
    error_code TEXT,
    created_at BIGINT NOT NULL,
    finished_at BIGINT
);

CREATE UNIQUE INDEX jobs_key ON jobs (kind, key);
CREATE INDEX jobs_due ON jobs (state, due_at);
CREATE INDEX jobs_finished ON jobs (finished_at);
