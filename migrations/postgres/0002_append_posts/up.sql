-- A batch of posts in one round trip, its commit included (src/store/log/plain.rs). It writes all of it or nothing: nothing when
-- one of the authors may not post, and then returns no row. A nonce that is stored already violates `entries_nonce`.
--
-- Each statement of the function has a snapshot of its own, so what stands behind the lock sees all that was committed before
-- the lock was had. `places` says for each post which of `rooms` it belongs to, `offsets` which of its room's posts it is.
CREATE FUNCTION append_posts(
    room_ids BIGINT[], counts BIGINT[],
    author_rooms BIGINT[], author_accounts BIGINT[], author_sessions BIGINT[],
    places BIGINT[], offsets BIGINT[], accounts BIGINT[], nonces TEXT[], bodies TEXT[],
    now_ms BIGINT
) RETURNS TABLE (room_id BIGINT, base_seq BIGINT, room_acl_version BIGINT) LANGUAGE plpgsql AS $$
DECLARE
    bases BIGINT[];
    versions BIGINT[];
BEGIN
    -- In the order of their ids, so that two batches cannot wait for each other.
    SELECT array_agg(locked.last_seq ORDER BY locked.id), array_agg(locked.acl_version ORDER BY locked.id)
    INTO bases, versions
    FROM (SELECT r.id, r.last_seq, r.acl_version FROM rooms r WHERE r.id = ANY (room_ids) ORDER BY r.id FOR UPDATE) AS locked;
    IF coalesce(cardinality(bases), 0) <> cardinality(room_ids) THEN
        RETURN;
    END IF;

    IF (SELECT count(*)
        FROM unnest(author_rooms, author_accounts, author_sessions) AS a (room, account, session)
        JOIN members m ON m.room_id = a.room AND m.account_id = a.account AND m.active
        JOIN sessions s ON s.id = a.session AND s.account_id = a.account AND s.expires_at > now_ms
       ) <> cardinality(author_rooms) THEN
        RETURN;
    END IF;

    INSERT INTO entries (room_id, seq, kind, author_id, nonce, body, acl_version, created_at)
    SELECT room_ids[p.place], bases[p.place] + p.offset_in_room, 'message', p.account, p.nonce, p.body, versions[p.place], now_ms
    FROM unnest(places, offsets, accounts, nonces, bodies) AS p (place, offset_in_room, account, nonce, body);

    UPDATE rooms r SET last_seq = r.last_seq + c.posts
    FROM unnest(room_ids, counts) AS c (id, posts)
    WHERE r.id = c.id;

    RETURN QUERY SELECT * FROM unnest(room_ids, bases, versions);
END $$;

-- The lock of the room and the look at its members say what these would say again for each row, which is a third of an insert's work.
ALTER TABLE entries DROP CONSTRAINT entries_room_id_fkey, DROP CONSTRAINT entries_author_id_fkey;
