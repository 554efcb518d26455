-- Counters live as long as their window, whatever its length. Null in what an older version writes.
ALTER TABLE throttles ADD COLUMN ends_at BIGINT;
CREATE INDEX throttles_ends ON throttles (ends_at);

-- Devices that signed in before count as known only since then.
ALTER TABLE accounts ADD COLUMN password_changed_at BIGINT;
