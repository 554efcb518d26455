-- Why a session ended, for whoever still holds its token: a device that was off then is told when it comes back.
CREATE TABLE ended_sessions (
    token_hash BYTEA PRIMARY KEY NOT NULL,
    reason TEXT NOT NULL,
    ended_at BIGINT NOT NULL
);
CREATE INDEX ended_sessions_ended ON ended_sessions (ended_at);

-- More exactly than `reason`, which versions before this one read and know three values of.
ALTER TABLE revocations ADD COLUMN cause TEXT;
