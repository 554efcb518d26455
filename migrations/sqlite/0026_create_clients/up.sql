-- What a broker knows of a person, before there is an account and after. A record has one account at most; an account may be in the
-- records of several brokers. Whoever takes part as a client where a broker acts as one has a record of that broker
-- (store/clients/links.rs).
CREATE TABLE clients (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    broker_id BIGINT NOT NULL REFERENCES accounts (id),
    account_id BIGINT REFERENCES accounts (id),
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    company TEXT,
    email TEXT,
    phone TEXT,
    whatsapp TEXT,
    address TEXT,
    city TEXT,
    language TEXT NOT NULL,
    -- For the broker alone.
    notes TEXT,
    activated_at BIGINT,
    archived_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- Folded by the code (store/search.rs). Null: not folded yet.
    name_key TEXT,
    search_key TEXT
);
CREATE UNIQUE INDEX clients_account ON clients (broker_id, account_id);
CREATE UNIQUE INDEX clients_email ON clients (broker_id, email);
CREATE INDEX clients_name ON clients (broker_id, name_key, id);
CREATE INDEX clients_of_account ON clients (account_id);
CREATE INDEX clients_without_key ON clients (id) WHERE name_key IS NULL OR search_key IS NULL;

-- The record of the person who is invited. Null where the previous version invites; accepting finds the record by the address.
ALTER TABLE invitations ADD COLUMN client_id BIGINT;
CREATE INDEX invitations_client ON invitations (client_id);

-- Whoever takes or took part with a broker, or accepted their invitation: only that broker was given the address.
INSERT INTO clients (broker_id, account_id, first_name, last_name, email, language, activated_at, created_at, updated_at)
SELECT known.broker_id, accounts.id, accounts.first_name, accounts.last_name,
    CASE WHEN known.accepted = 1 THEN accounts.email END, accounts.language, known.since, known.since, known.since
FROM (
    SELECT broker_id, account_id, MAX(accepted) AS accepted, MIN(since) AS since FROM (
        SELECT brokers.account_id AS broker_id, people.account_id, 0 AS accepted, people.added_at AS since
        FROM participants AS brokers JOIN participants AS people ON people.transaction_id = brokers.transaction_id
        WHERE brokers.role = 'broker' AND brokers.active AND people.role = 'client'
        UNION ALL
        SELECT broker_id, account_id, 1, COALESCE(accepted_at, created_at) FROM invitations
        WHERE state = 'accepted' AND account_id IS NOT NULL
    ) AS found GROUP BY broker_id, account_id
) AS known JOIN accounts ON accounts.id = known.account_id;
UPDATE invitations SET client_id = (
    SELECT id FROM clients WHERE clients.broker_id = invitations.broker_id AND clients.account_id = invitations.account_id
) WHERE account_id IS NOT NULL;

-- Whoever is invited and has not come.
INSERT INTO clients (broker_id, first_name, last_name, email, phone, language, created_at, updated_at)
SELECT broker_id, first_name, last_name, email, phone, language, created_at, created_at FROM invitations
WHERE state = 'pending' AND NOT EXISTS (
    SELECT 1 FROM clients WHERE clients.broker_id = invitations.broker_id AND clients.email = invitations.email
);
UPDATE invitations SET client_id = (
    SELECT id FROM clients WHERE clients.broker_id = invitations.broker_id AND clients.email = invitations.email
) WHERE state = 'pending';
