-- The log says when each member came first.
UPDATE members SET joined_seq = first.seq - 1
FROM (
    SELECT room_id, json_extract(data, '$.account') AS account_id, min(seq) AS seq
    FROM entries WHERE kind = 'member_added' GROUP BY 1, 2
) AS first
WHERE first.room_id = members.room_id AND first.account_id = members.account_id AND members.joined_seq IS NULL;
