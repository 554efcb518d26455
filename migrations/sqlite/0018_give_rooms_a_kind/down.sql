PRAGMA foreign_keys = OFF;
BEGIN IMMEDIATE;
DELETE FROM entries WHERE room_id IN (SELECT id FROM rooms WHERE kind <> 'conversation');
DELETE FROM members WHERE room_id IN (SELECT id FROM rooms WHERE kind <> 'conversation');
CREATE TABLE rooms_old (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    transaction_id BIGINT NOT NULL UNIQUE REFERENCES transactions (id),
    last_seq BIGINT NOT NULL,
    acl_version BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
INSERT INTO rooms_old (id, transaction_id, last_seq, acl_version, created_at)
SELECT id, transaction_id, last_seq, acl_version, created_at FROM rooms WHERE kind = 'conversation';
DROP TABLE rooms;
ALTER TABLE rooms_old RENAME TO rooms;
COMMIT;
PRAGMA foreign_keys = ON;
