DELETE FROM entries WHERE room_id IN (SELECT id FROM rooms WHERE kind <> 'conversation');
DELETE FROM members WHERE room_id IN (SELECT id FROM rooms WHERE kind <> 'conversation');
DELETE FROM rooms WHERE kind <> 'conversation';
DROP INDEX rooms_channel;
DROP INDEX rooms_transaction;
ALTER TABLE rooms
    DROP COLUMN kind,
    DROP COLUMN channel_id,
    ALTER COLUMN transaction_id SET NOT NULL,
    ADD CONSTRAINT rooms_transaction_id_key UNIQUE (transaction_id);
