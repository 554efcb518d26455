-- The defaults of the five columns stay: SQLite takes none back without making the table anew, and the version before names all five.
DROP TRIGGER participants_keep_access_of_new;
DROP TRIGGER participants_keep_access_as_flags;
DROP TRIGGER participants_keep_flags_as_access;
ALTER TABLE participants DROP COLUMN access;
DROP TRIGGER invitations_keep_access_of_new;
DROP TRIGGER invitations_keep_access_as_flags;
DROP TRIGGER invitations_keep_flags_as_access;
ALTER TABLE invitations DROP COLUMN access;
