DROP INDEX accounts_renamed;
ALTER TABLE accounts DROP COLUMN renamed_at;
