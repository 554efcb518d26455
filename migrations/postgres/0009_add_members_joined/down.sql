ALTER TABLE members DROP COLUMN joined_seq;
