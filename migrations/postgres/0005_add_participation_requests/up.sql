-- A broker who was added and has not answered yet: not active, with who asked and when.
ALTER TABLE participants ADD COLUMN asked_at BIGINT;
ALTER TABLE participants ADD COLUMN asked_by BIGINT;
-- Who ended the part: the person themself if they left. NULL: written by a version before, and not known.
ALTER TABLE participants ADD COLUMN removed_by BIGINT;
