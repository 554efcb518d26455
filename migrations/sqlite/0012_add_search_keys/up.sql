-- What a row is found by, folded by the code (domain/text). Null: not folded yet, or the row was changed by a program that knows
-- nothing of these columns; the code fills it soon (app/housekeeping.rs).
ALTER TABLE accounts ADD COLUMN name_key TEXT;
ALTER TABLE accounts ADD COLUMN email_key TEXT;
ALTER TABLE transactions ADD COLUMN search_key TEXT;
ALTER TABLE invitations ADD COLUMN search_key TEXT;

CREATE INDEX accounts_without_key ON accounts (id) WHERE name_key IS NULL;
CREATE INDEX transactions_without_key ON transactions (id) WHERE search_key IS NULL;
CREATE INDEX invitations_without_key ON invitations (id) WHERE search_key IS NULL;

-- A change of what a key is made of forgets the key.
CREATE TRIGGER accounts_forget_keys AFTER UPDATE OF first_name, last_name, email ON accounts
    WHEN OLD.first_name IS NOT NEW.first_name OR OLD.last_name IS NOT NEW.last_name OR OLD.email IS NOT NEW.email
BEGIN
    UPDATE accounts SET name_key = NULL, email_key = NULL WHERE id = NEW.id;
END;
CREATE TRIGGER transactions_forget_key AFTER UPDATE OF title, city, address ON transactions
    WHEN OLD.title IS NOT NEW.title OR OLD.city IS NOT NEW.city OR OLD.address IS NOT NEW.address
BEGIN
    UPDATE transactions SET search_key = NULL WHERE id = NEW.id;
END;
CREATE TRIGGER invitations_forget_key AFTER UPDATE OF first_name, last_name, email ON invitations
    WHEN OLD.first_name IS NOT NEW.first_name OR OLD.last_name IS NOT NEW.last_name OR OLD.email IS NOT NEW.email
BEGIN
    UPDATE invitations SET search_key = NULL WHERE id = NEW.id;
END;
