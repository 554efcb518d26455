-- A batch of one post, which most are where people talk, in one round trip and two statements (src/store/log/single.rs). `UPDATE`
-- takes the lock of the room and its next `seq` at once; behind the lock the second statement, with a snapshot of its own, looks
-- whether the author may post, and inserts. If they may not, the room is put back and no row is given. A nonce that is stored
-- already violates `entries_nonce`. `append_posts` stays for larger batches, and for the previous version.
CREATE FUNCTION append_post(
    in_room BIGINT, by_account BIGINT, by_session BIGINT, with_nonce TEXT, with_body TEXT, now_ms BIGINT
) RETURNS TABLE (new_seq BIGINT, room_acl_version BIGINT) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE rooms r SET last_seq = r.last_seq + 1 WHERE r.id = in_room
    RETURNING r.last_seq, r.acl_version INTO new_seq, room_acl_version;

    INSERT INTO entries (room_id, seq, kind, author_id, nonce, body, acl_version, created_at)
    SELECT in_room, new_seq, 'message', by_account, with_nonce, with_body, room_acl_version, now_ms
    FROM members m JOIN sessions s ON s.id = by_session AND s.account_id = m.account_id AND s.expires_at > now_ms
    WHERE m.room_id = in_room AND m.account_id = by_account AND m.active AND new_seq IS NOT NULL;

    IF FOUND THEN
        RETURN NEXT;
    ELSE
        UPDATE rooms r SET last_seq = new_seq - 1 WHERE r.id = in_room;
    END IF;
END $$;
