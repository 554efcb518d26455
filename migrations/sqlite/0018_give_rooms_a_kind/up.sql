-- A room is about one thing: the conversation of a transaction, its internal notes, or a channel. The previous version writes
-- conversations, without a kind, and reads no other room.
PRAGMA foreign_keys = OFF;
BEGIN IMMEDIATE;
CREATE TABLE rooms_new (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    transaction_id BIGINT REFERENCES transactions (id),
    last_seq BIGINT NOT NULL,
    acl_version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    kind TEXT NOT NULL DEFAULT 'conversation',
    channel_id BIGINT
);
INSERT INTO rooms_new (id, transaction_id, last_seq, acl_version, created_at)
SELECT id, transaction_id, last_seq, acl_version, created_at FROM rooms;
DROP TABLE rooms;
ALTER TABLE rooms_new RENAME TO rooms;
CREATE UNIQUE INDEX rooms_transaction ON rooms (transaction_id, kind);
CREATE UNIQUE INDEX rooms_channel ON rooms (channel_id);
COMMIT;
PRAGMA foreign_keys = ON;
