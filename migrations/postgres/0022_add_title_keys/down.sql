DROP TRIGGER transactions_forget_title ON transactions;
DROP FUNCTION forget_title_key();
DROP INDEX transactions_without_title_key;
ALTER TABLE transactions DROP COLUMN title_key;
