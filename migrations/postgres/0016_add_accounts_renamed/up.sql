-- When the person last changed their name, later with each change: of two names that a node hears of, the later one counts. NULL:
-- never, or by a node of the version before.
ALTER TABLE accounts ADD COLUMN renamed_at BIGINT;

-- Every node looks for new names every few seconds.
CREATE INDEX accounts_renamed ON accounts (renamed_at) WHERE renamed_at IS NOT NULL;
