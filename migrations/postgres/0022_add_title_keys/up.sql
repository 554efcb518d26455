-- What a transaction is found by for those who do not see its place: its title, folded by the code (domain/text). Null: not folded
-- yet, or changed by a program that knows nothing of this column; the code fills it soon (app/housekeeping.rs).
ALTER TABLE transactions ADD COLUMN title_key TEXT;
CREATE INDEX transactions_without_title_key ON transactions (id) WHERE title_key IS NULL;
CREATE FUNCTION forget_title_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.title_key := NULL;
    RETURN NEW;
END $$;
CREATE TRIGGER transactions_forget_title BEFORE UPDATE OF title ON transactions FOR EACH ROW
    WHEN (OLD.title IS DISTINCT FROM NEW.title)
    EXECUTE FUNCTION forget_title_key();
