ALTER TABLE accounts DROP COLUMN password_changed_at;
DROP INDEX throttles_ends;
ALTER TABLE throttles DROP COLUMN ends_at;
