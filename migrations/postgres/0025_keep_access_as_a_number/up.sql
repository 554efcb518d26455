-- What a participant may use, and what an invitation offers, as one number: documents 1, messaging 2, tasks 4, calendar 8, properties
-- 16. The code reads and writes this column alone. A program of the version before reads and writes the five columns alone, and the
-- triggers let both say the same.
ALTER TABLE participants
    ADD COLUMN access INTEGER NOT NULL DEFAULT 31,
    ALTER COLUMN documents SET DEFAULT TRUE,
    ALTER COLUMN messaging SET DEFAULT TRUE,
    ALTER COLUMN tasks SET DEFAULT TRUE,
    ALTER COLUMN calendar SET DEFAULT TRUE,
    ALTER COLUMN properties SET DEFAULT TRUE;
ALTER TABLE invitations
    ADD COLUMN access INTEGER NOT NULL DEFAULT 31,
    ALTER COLUMN documents SET DEFAULT TRUE,
    ALTER COLUMN messaging SET DEFAULT TRUE,
    ALTER COLUMN tasks SET DEFAULT TRUE,
    ALTER COLUMN calendar SET DEFAULT TRUE,
    ALTER COLUMN properties SET DEFAULT TRUE;

CREATE FUNCTION keep_access() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    flags INTEGER := NEW.documents::integer + 2 * NEW.messaging::integer + 4 * NEW.tasks::integer + 8 * NEW.calendar::integer
        + 16 * NEW.properties::integer;
BEGIN
    IF TG_OP = 'INSERT' THEN
        -- What a program did not name has its default, which is everything: the other says what it means.
        NEW.access := NEW.access & (flags | ~31);
    ELSIF NEW.access = OLD.access THEN
        NEW.access := (NEW.access & ~31) | flags;
    END IF;
    NEW.documents := (NEW.access & 1) <> 0;
    NEW.messaging := (NEW.access & 2) <> 0;
    NEW.tasks := (NEW.access & 4) <> 0;
    NEW.calendar := (NEW.access & 8) <> 0;
    NEW.properties := (NEW.access & 16) <> 0;
    RETURN NEW;
END $$;
CREATE TRIGGER participants_keep_access BEFORE INSERT OR UPDATE ON participants FOR EACH ROW EXECUTE FUNCTION keep_access();
CREATE TRIGGER invitations_keep_access BEFORE INSERT OR UPDATE ON invitations FOR EACH ROW EXECUTE FUNCTION keep_access();

-- Those that differ from the default, which are few.
UPDATE participants SET access = access WHERE NOT (documents AND messaging AND tasks AND calendar AND properties);
UPDATE invitations SET access = access WHERE NOT (documents AND messaging AND tasks AND calendar AND properties);
