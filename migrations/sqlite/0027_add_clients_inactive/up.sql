-- Since then the broker's transactions are closed for this person.
ALTER TABLE clients ADD COLUMN inactive_at BIGINT;
-- The broker who closed the transaction for this person together with others of theirs, and opens it again with them. Null in a part
-- that begins or ends by itself.
ALTER TABLE participants ADD COLUMN suspended_by BIGINT;
