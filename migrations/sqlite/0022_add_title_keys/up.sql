-- What a transaction is found by for those who do not see its place: its title, folded by the code (domain/text). Null: not folded
-- yet, or changed by a program that knows nothing of this column; the code fills it soon (app/housekeeping.rs).
ALTER TABLE transactions ADD COLUMN title_key TEXT;
CREATE INDEX transactions_without_title_key ON transactions (id) WHERE title_key IS NULL;
CREATE TRIGGER transactions_forget_title AFTER UPDATE OF title ON transactions
    WHEN OLD.title IS NOT NEW.title
BEGIN
    UPDATE transactions SET title_key = NULL WHERE id = NEW.id;
END;
