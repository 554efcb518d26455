DROP INDEX invitations_client;
ALTER TABLE invitations DROP COLUMN client_id;
DROP TABLE clients;
