DROP TRIGGER transactions_forget_title;
DROP INDEX transactions_without_title_key;
ALTER TABLE transactions DROP COLUMN title_key;
