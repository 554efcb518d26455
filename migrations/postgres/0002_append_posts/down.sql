ALTER TABLE entries
    ADD CONSTRAINT entries_room_id_fkey FOREIGN KEY (room_id) REFERENCES rooms (id),
    ADD CONSTRAINT entries_author_id_fkey FOREIGN KEY (author_id) REFERENCES accounts (id);
DROP FUNCTION append_posts;
