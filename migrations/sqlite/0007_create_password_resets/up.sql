-- Keys that this installation made for itself, by what they are for. The same for all nodes.
CREATE TABLE secrets (
    name TEXT PRIMARY KEY NOT NULL,
    value BLOB NOT NULL,
    created_at BIGINT NOT NULL
);

-- Codes that were asked for. Addresses, networks and codes stand here as keyed hashes only. Pruned after a day.
CREATE TABLE password_resets (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    email_hash BLOB NOT NULL,
    -- Null when no account has the address: asking leaves the same trace, and takes as long, for everybody.
    account_id BIGINT REFERENCES accounts (id) ON DELETE CASCADE,
    -- From where it was asked for, and by which browser: there the code is the asker's own.
    network_hash BLOB NOT NULL,
    asker_hash BLOB NOT NULL,
    code_hash BLOB NOT NULL,
    -- Wrong codes from there, and from everywhere else.
    tries INTEGER NOT NULL,
    foreign_tries INTEGER NOT NULL,
    mail_id BIGINT REFERENCES mails (id) ON DELETE SET NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- Used, replaced by a newer one, or tried too often.
    ended_at BIGINT
);
CREATE INDEX password_resets_email ON password_resets (email_hash, expires_at);
CREATE INDEX password_resets_account ON password_resets (account_id);
CREATE INDEX password_resets_created ON password_resets (created_at);

-- Links with which a person sets a new password, sent by an admin or their broker.
CREATE TABLE access_links (
    token_hash BLOB PRIMARY KEY NOT NULL,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    sent_by BIGINT NOT NULL REFERENCES accounts (id),
    mail_id BIGINT REFERENCES mails (id) ON DELETE SET NULL,
    created_at BIGINT NOT NULL,
    -- A link that a newer one replaced expires at that moment.
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX access_links_account ON access_links (account_id);
