DROP TRIGGER participants_keep_access ON participants;
DROP TRIGGER invitations_keep_access ON invitations;
DROP FUNCTION keep_access();
ALTER TABLE participants
    DROP COLUMN access,
    ALTER COLUMN documents DROP DEFAULT,
    ALTER COLUMN messaging DROP DEFAULT,
    ALTER COLUMN tasks DROP DEFAULT,
    ALTER COLUMN calendar DROP DEFAULT,
    ALTER COLUMN properties DROP DEFAULT;
ALTER TABLE invitations
    DROP COLUMN access,
    ALTER COLUMN documents DROP DEFAULT,
    ALTER COLUMN messaging DROP DEFAULT,
    ALTER COLUMN tasks DROP DEFAULT,
    ALTER COLUMN calendar DROP DEFAULT,
    ALTER COLUMN properties DROP DEFAULT;
