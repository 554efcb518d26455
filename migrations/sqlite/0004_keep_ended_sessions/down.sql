ALTER TABLE revocations DROP COLUMN cause;
DROP TABLE ended_sessions;
