-- `append_posts` and `append_post` for entries of any kind, with data beside the text (src/store/log/plain.rs, single.rs). The
-- functions of messages stay for the previous version.
CREATE FUNCTION append_entries(
    room_ids BIGINT[], counts BIGINT[],
    author_rooms BIGINT[], author_accounts BIGINT[], author_sessions BIGINT[],
    places BIGINT[], offsets BIGINT[], accounts BIGINT[], nonces TEXT[], kinds TEXT[], bodies TEXT[], datas TEXT[],
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

    INSERT INTO entries (room_id, seq, kind, author_id, nonce, body, data, acl_version, created_at)
    SELECT room_ids[p.place], bases[p.place] + p.offset_in_room, p.kind, p.account, p.nonce, p.body, p.data, versions[p.place],
           now_ms
    FROM unnest(places, offsets, accounts, nonces, kinds, bodies, datas)
         AS p (place, offset_in_room, account, nonce, kind, body, data);

    UPDATE rooms r SET last_seq = r.last_seq + c.posts
    FROM unnest(room_ids, counts) AS c (id, posts)
    WHERE r.id = c.id;

    RETURN QUERY SELECT * FROM unnest(room_ids, bases, versions);
END $$;

CREATE FUNCTION append_entry(
    in_room BIGINT, by_account BIGINT, by_session BIGINT,
    with_nonce TEXT, with_kind TEXT, with_body TEXT, with_data TEXT, now_ms BIGINT
) RETURNS TABLE (new_seq BIGINT, room_acl_version BIGINT) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE rooms r SET last_seq = r.last_seq + 1 WHERE r.id = in_room
    RETURNING r.last_seq, r.acl_version INTO new_seq, room_acl_version;

    INSERT INTO entries (room_id, seq, kind, author_id, nonce, body, data, acl_version, created_at)
    SELECT in_room, new_seq, with_kind, by_account, with_nonce, with_body, with_data, room_acl_version, now_ms
    FROM members m JOIN sessions s ON s.id = by_session AND s.account_id = m.account_id AND s.expires_at > now_ms
    WHERE m.room_id = in_room AND m.account_id = by_account AND m.active AND new_seq IS NOT NULL;

    IF FOUND THEN
        RETURN NEXT;
    ELSE
        UPDATE rooms r SET last_seq = new_seq - 1 WHERE r.id = in_room;
    END IF;
END $$;
