DROP INDEX invitations_mail;
DROP TABLE account_changes;
DROP TABLE account_heads;
