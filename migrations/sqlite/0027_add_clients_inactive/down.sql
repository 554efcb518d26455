ALTER TABLE participants DROP COLUMN suspended_by;
ALTER TABLE clients DROP COLUMN inactive_at;
