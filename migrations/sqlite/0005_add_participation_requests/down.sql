-- To the version before, an unanswered request of somebody who never took part is a part that ended; it is taken back.
DELETE FROM participants WHERE asked_at IS NOT NULL AND removed_at IS NULL;
ALTER TABLE participants DROP COLUMN removed_by;
ALTER TABLE participants DROP COLUMN asked_by;
ALTER TABLE participants DROP COLUMN asked_at;
