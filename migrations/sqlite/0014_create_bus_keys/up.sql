-- The keys that nodes sign with what they tell each other. The newest that is active signs; the others are accepted for a while.
CREATE TABLE bus_keys (
    -- Counted up by the program: of two nodes that make the first key at once, one does.
    id BIGINT NOT NULL PRIMARY KEY,
    secret BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    -- When it begins to sign. Every node has read it by then.
    active_from BIGINT NOT NULL
);
