DROP FUNCTION append_entry;
DROP FUNCTION append_entries;
