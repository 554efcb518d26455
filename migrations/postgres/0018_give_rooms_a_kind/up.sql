-- A room is about one thing: the conversation of a transaction, its internal notes, or a channel. The previous version writes
-- conversations, without a kind, and reads no other room.
ALTER TABLE rooms
    ADD COLUMN kind TEXT NOT NULL DEFAULT 'conversation',
    ADD COLUMN channel_id BIGINT,
    ALTER COLUMN transaction_id DROP NOT NULL,
    DROP CONSTRAINT rooms_transaction_id_key;
CREATE UNIQUE INDEX rooms_transaction ON rooms (transaction_id, kind);
CREATE UNIQUE INDEX rooms_channel ON rooms (channel_id);
