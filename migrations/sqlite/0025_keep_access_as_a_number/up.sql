-- What a participant may use, and what an invitation offers, as one number: documents 1, messaging 2, tasks 4, calendar 8, properties
-- 16. The code reads and writes this column alone. A program of the version before reads and writes the five columns alone, and the
-- triggers let both say the same. SQLite gives a column a default only when it is made, so the five are made anew.
ALTER TABLE participants ADD COLUMN access INTEGER NOT NULL DEFAULT 31;
UPDATE participants SET access = documents + 2 * messaging + 4 * tasks + 8 * calendar + 16 * properties;
ALTER TABLE participants DROP COLUMN documents;
ALTER TABLE participants DROP COLUMN messaging;
ALTER TABLE participants DROP COLUMN tasks;
ALTER TABLE participants DROP COLUMN calendar;
ALTER TABLE participants DROP COLUMN properties;
ALTER TABLE participants ADD COLUMN documents BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE participants ADD COLUMN messaging BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE participants ADD COLUMN tasks BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE participants ADD COLUMN calendar BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE participants ADD COLUMN properties BOOLEAN NOT NULL DEFAULT TRUE;
UPDATE participants SET documents = (access & 1) <> 0, messaging = (access & 2) <> 0, tasks = (access & 4) <> 0, calendar = (access & 8) <> 0, properties = (access & 16) <> 0 WHERE access <> 31;
-- What a program did not name has its default, which is everything: the other says what it means.
CREATE TRIGGER participants_keep_access_of_new AFTER INSERT ON participants
    WHEN NEW.access <> NEW.documents + 2 * NEW.messaging + 4 * NEW.tasks + 8 * NEW.calendar + 16 * NEW.properties
BEGIN
    UPDATE participants SET access = NEW.access & ((NEW.documents + 2 * NEW.messaging + 4 * NEW.tasks + 8 * NEW.calendar + 16 * NEW.properties) | ~31) WHERE transaction_id = NEW.transaction_id AND account_id = NEW.account_id;
    UPDATE participants SET documents = (access & 1) <> 0, messaging = (access & 2) <> 0, tasks = (access & 4) <> 0, calendar = (access & 8) <> 0, properties = (access & 16) <> 0 WHERE transaction_id = NEW.transaction_id AND account_id = NEW.account_id;
END;
CREATE TRIGGER participants_keep_access_as_flags AFTER UPDATE OF access ON participants
    WHEN NEW.access <> OLD.access
BEGIN
    UPDATE participants SET documents = (NEW.access & 1) <> 0, messaging = (NEW.access & 2) <> 0, tasks = (NEW.access & 4) <> 0, calendar = (NEW.access & 8) <> 0, properties = (NEW.access & 16) <> 0 WHERE transaction_id = NEW.transaction_id AND account_id = NEW.account_id;
END;
CREATE TRIGGER participants_keep_flags_as_access AFTER UPDATE OF documents, messaging, tasks, calendar, properties ON participants
    WHEN NEW.access = OLD.access AND (NEW.access & 31) <> NEW.documents + 2 * NEW.messaging + 4 * NEW.tasks + 8 * NEW.calendar + 16 * NEW.properties
BEGIN
    UPDATE participants SET access = (NEW.access & ~31) | (NEW.documents + 2 * NEW.messaging + 4 * NEW.tasks + 8 * NEW.calendar + 16 * NEW.properties) WHERE transaction_id = NEW.transaction_id AND account_id = NEW.account_id;
END;

ALTER TABLE invitations ADD COLUMN access INTEGER NOT NULL DEFAULT 31;
UPDATE invitations SET access = documents + 2 * messaging + 4 * tasks + 8 * calendar + 16 * properties;
ALTER TABLE invitations DROP COLUMN documents;
ALTER TABLE invitations DROP COLUMN messaging;
ALTER TABLE invitations DROP COLUMN tasks;
ALTER TABLE invitations DROP COLUMN calendar;
ALTER TABLE invitations DROP COLUMN properties;
ALTER TABLE invitations ADD COLUMN documents BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE invitations ADD COLUMN messaging BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE invitations ADD COLUMN tasks BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE invitations ADD COLUMN calendar BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE invitations ADD COLUMN properties BOOLEAN NOT NULL DEFAULT TRUE;
UPDATE invitations SET documents = (access & 1) <> 0, messaging = (access & 2) <> 0, tasks = (access & 4) <> 0, calendar = (access & 8) <> 0, properties = (access & 16) <> 0 WHERE access <> 31;
-- What a program did not name has its default, which is everything: the other says what it means.
CREATE TRIGGER invitations_keep_access_of_new AFTER INSERT ON invitations
    WHEN NEW.access <> NEW.documents + 2 * NEW.messaging + 4 * NEW.tasks + 8 * NEW.calendar + 16 * NEW.properties
BEGIN
    UPDATE invitations SET access = NEW.access & ((NEW.documents + 2 * NEW.messaging + 4 * NEW.tasks + 8 * NEW.calendar + 16 * NEW.properties) | ~31) WHERE id = NEW.id;
    UPDATE invitations SET documents = (access & 1) <> 0, messaging = (access & 2) <> 0, tasks = (access & 4) <> 0, calendar = (access & 8) <> 0, properties = (access & 16) <> 0 WHERE id = NEW.id;
END;
CREATE TRIGGER invitations_keep_access_as_flags AFTER UPDATE OF access ON invitations
    WHEN NEW.access <> OLD.access
BEGIN
    UPDATE invitations SET documents = (NEW.access & 1) <> 0, messaging = (NEW.access & 2) <> 0, tasks = (NEW.access & 4) <> 0, calendar = (NEW.access & 8) <> 0, properties = (NEW.access & 16) <> 0 WHERE id = NEW.id;
END;
CREATE TRIGGER invitations_keep_flags_as_access AFTER UPDATE OF documents, messaging, tasks, calendar, properties ON invitations
    WHEN NEW.access = OLD.access AND (NEW.access & 31) <> NEW.documents + 2 * NEW.messaging + 4 * NEW.tasks + 8 * NEW.calendar + 16 * NEW.properties
BEGIN
    UPDATE invitations SET access = (NEW.access & ~31) | (NEW.documents + 2 * NEW.messaging + 4 * NEW.tasks + 8 * NEW.calendar + 16 * NEW.properties) WHERE id = NEW.id;
END;
