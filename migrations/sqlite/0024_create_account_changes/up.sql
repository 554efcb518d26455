-- What changed for a person, for the pages that show it: no content, only which thing. `seq` counts the changes of the account, 1, 2,
-- 3 … without a hole; `last_change` is the newest. The rows are kept for some days, the numbers for ever.
CREATE TABLE account_heads (
    account_id BIGINT NOT NULL PRIMARY KEY REFERENCES accounts (id),
    last_change BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE account_changes (
    account_id BIGINT NOT NULL REFERENCES accounts (id),
    seq BIGINT NOT NULL,
    topic TEXT NOT NULL,
    -- The id of the thing; the topic says of which table.
    subject_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, seq)
) WITHOUT ROWID;
CREATE INDEX account_changes_created ON account_changes (created_at);

-- The broker of a mail's invitation is told what became of the mail.
CREATE INDEX invitations_mail ON invitations (mail_id) WHERE mail_id IS NOT NULL;
