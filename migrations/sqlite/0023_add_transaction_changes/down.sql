UPDATE entries SET data = json_patch(data, (
    SELECT json_object('changes', json_group_object(told.field,
        json_object('from', json(COALESCE(told.old_value, 'null')), 'to', json(COALESCE(told.new_value, 'null')))))
    FROM transaction_changes AS told JOIN rooms ON rooms.transaction_id = told.transaction_id
    WHERE rooms.id = entries.room_id AND rooms.kind = 'conversation' AND told.seq = entries.seq
))
WHERE kind = 'transaction_updated' AND EXISTS (
    SELECT 1 FROM transaction_changes AS told JOIN rooms ON rooms.transaction_id = told.transaction_id
    WHERE rooms.id = entries.room_id AND rooms.kind = 'conversation' AND told.seq = entries.seq
);
DROP TABLE transaction_changes;
