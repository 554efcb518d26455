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
CREATE FUNCTION forget_account_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.name_key := NULL;
    NEW.email_key := NULL;
    RETURN NEW;
END $$;
CREATE FUNCTION forget_search_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search_key := NULL;
    RETURN NEW;
END $$;

CREATE TRIGGER accounts_forget_keys BEFORE UPDATE OF first_name, last_name, email ON accounts FOR EACH ROW
    WHEN ((OLD.first_name, OLD.last_name, OLD.email) IS DISTINCT FROM (NEW.first_name, NEW.last_name, NEW.email))
    EXECUTE FUNCTION forget_account_keys();
CREATE TRIGGER transactions_forget_key BEFORE UPDATE OF title, city, address ON transactions FOR EACH ROW
    WHEN ((OLD.title, OLD.city, OLD.address) IS DISTINCT FROM (NEW.title, NEW.city, NEW.address))
    EXECUTE FUNCTION forget_search_key();
CREATE TRIGGER invitations_forget_key BEFORE UPDATE OF first_name, last_name, email ON invitations FOR EACH ROW
    WHEN ((OLD.first_name, OLD.last_name, OLD.email) IS DISTINCT FROM (NEW.first_name, NEW.last_name, NEW.email))
    EXECUTE FUNCTION forget_search_key();
