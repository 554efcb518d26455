-- Times are Unix milliseconds in UTC; ids are 64-bit; state columns hold the snake_case names of the domain's enums.
CREATE TABLE accounts (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    email TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    phone TEXT,
    language TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    state TEXT NOT NULL,
    email_verified_at BIGINT,
    created_at BIGINT NOT NULL,
    last_login_at BIGINT
);

CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    token_hash BLOB NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ip TEXT,
    user_agent TEXT
);
CREATE INDEX sessions_account ON sessions (account_id);

-- What every node must hear although the bus may be down: sessions that ended. Pruned after an hour.
CREATE TABLE revocations (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    account_id BIGINT NOT NULL,
    session_id BIGINT,
    kept_session_id BIGINT,
    reason TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX revocations_created ON revocations (created_at);

CREATE TABLE throttles (
    key TEXT PRIMARY KEY NOT NULL,
    window_started_at BIGINT NOT NULL,
    count BIGINT NOT NULL
);

CREATE TABLE setup_links (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    token_hash BLOB NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE transactions (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    progress INTEGER NOT NULL,
    address TEXT,
    city TEXT,
    start_date TEXT,
    end_date TEXT,
    offered_amount BIGINT,
    offered_currency TEXT,
    accepted_amount BIGINT,
    accepted_currency TEXT,
    created_by BIGINT NOT NULL REFERENCES accounts (id),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX transactions_updated ON transactions (updated_at);

CREATE TABLE participants (
    transaction_id BIGINT NOT NULL REFERENCES transactions (id),
    account_id BIGINT NOT NULL REFERENCES accounts (id),
    role TEXT NOT NULL,
    documents BOOLEAN NOT NULL,
    messaging BOOLEAN NOT NULL,
    tasks BOOLEAN NOT NULL,
    calendar BOOLEAN NOT NULL,
    properties BOOLEAN NOT NULL,
    active BOOLEAN NOT NULL,
    added_at BIGINT NOT NULL,
    removed_at BIGINT,
    PRIMARY KEY (transaction_id, account_id)
);
CREATE INDEX participants_account ON participants (account_id, active);

CREATE TABLE rooms (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    transaction_id BIGINT NOT NULL UNIQUE REFERENCES transactions (id),
    last_seq BIGINT NOT NULL,
    acl_version BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE members (
    room_id BIGINT NOT NULL REFERENCES rooms (id),
    account_id BIGINT NOT NULL REFERENCES accounts (id),
    role TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    read_seq BIGINT NOT NULL,
    PRIMARY KEY (room_id, account_id)
) WITHOUT ROWID;
CREATE INDEX members_account ON members (account_id, active);

-- The log of each room. `seq` has no hole; `nonce` makes a repeated post harmless for ever.
CREATE TABLE entries (
    room_id BIGINT NOT NULL REFERENCES rooms (id),
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL,
    author_id BIGINT REFERENCES accounts (id),
    nonce TEXT,
    body TEXT,
    data TEXT,
    acl_version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (room_id, seq)
) WITHOUT ROWID;
CREATE UNIQUE INDEX entries_nonce ON entries (room_id, author_id, nonce) WHERE nonce IS NOT NULL;

CREATE TABLE mails (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    kind TEXT NOT NULL,
    message_id TEXT NOT NULL UNIQUE,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    -- Empty once the mail has left: it may hold a link that opens a door.
    body_text TEXT,
    body_html TEXT,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_at BIGINT NOT NULL,
    lease_until BIGINT,
    error_code TEXT,
    created_at BIGINT NOT NULL,
    sent_at BIGINT
);
CREATE INDEX mails_due ON mails (state, due_at);

-- What would have left in demo mode.
CREATE TABLE demo_mails (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    message_id TEXT NOT NULL UNIQUE,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body_text TEXT NOT NULL,
    body_html TEXT NOT NULL,
    sent_at BIGINT NOT NULL
);

CREATE TABLE invitations (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    broker_id BIGINT NOT NULL REFERENCES accounts (id),
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    email TEXT NOT NULL,
    phone TEXT,
    project_type TEXT NOT NULL,
    message TEXT,
    language TEXT NOT NULL,
    transaction_id BIGINT REFERENCES transactions (id),
    documents BOOLEAN NOT NULL,
    messaging BOOLEAN NOT NULL,
    tasks BOOLEAN NOT NULL,
    calendar BOOLEAN NOT NULL,
    properties BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    mail_id BIGINT REFERENCES mails (id) ON DELETE SET NULL,
    sent_by BIGINT NOT NULL REFERENCES accounts (id),
    created_at BIGINT NOT NULL,
    sent_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    accepted_at BIGINT,
    cancelled_at BIGINT,
    account_id BIGINT REFERENCES accounts (id),
    accepted_ip TEXT,
    accepted_user_agent TEXT
);
-- An expired invitation is still `pending` here; making a new one for the same address cancels it first.
CREATE UNIQUE INDEX invitations_live ON invitations (broker_id, email) WHERE state = 'pending';
CREATE INDEX invitations_broker ON invitations (broker_id, id);

-- Several links may open one invitation (the mailed one, and one that the broker copied); using any of them uses up all.
CREATE TABLE invitation_links (
    token_hash BLOB PRIMARY KEY NOT NULL,
    invitation_id BIGINT NOT NULL REFERENCES invitations (id),
    by_mail BOOLEAN NOT NULL,
    active BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX invitation_links_invitation ON invitation_links (invitation_id);
