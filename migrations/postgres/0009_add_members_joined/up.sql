-- The head of the room when the person came. `read_seq` begins there too, because what was said before is not unread: only when
-- it is larger has the person read anything. NULL: written by a node of the version before, and not known.
ALTER TABLE members ADD COLUMN joined_seq BIGINT;
