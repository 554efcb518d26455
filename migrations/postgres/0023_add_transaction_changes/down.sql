UPDATE entries SET data = jsonb_set(data::jsonb, '{changes}', (data::jsonb -> 'changes') || told.changes)::text
FROM rooms JOIN (
    SELECT transaction_id, seq, jsonb_object_agg(field,
        jsonb_build_object('from', COALESCE(old_value, 'null')::jsonb, 'to', COALESCE(new_value, 'null')::jsonb)) AS changes
    FROM transaction_changes GROUP BY transaction_id, seq
) AS told ON told.transaction_id = rooms.transaction_id
WHERE rooms.id = entries.room_id AND rooms.kind = 'conversation' AND entries.seq = told.seq
    AND entries.kind = 'transaction_updated';
DROP TABLE transaction_changes;
