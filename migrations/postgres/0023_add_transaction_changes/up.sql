-- What the fields of a transaction were and became, where an access flag hides them: JSON, null for nothing. `seq` is the entry of
-- the conversation that names the field. Until now the values stood in those entries, for everybody who reads them.
CREATE TABLE transaction_changes (
    transaction_id BIGINT NOT NULL REFERENCES transactions (id),
    seq BIGINT NOT NULL,
    field TEXT NOT NULL,
    old_value TEXT,
    new_value TEXT,
    changed_by BIGINT REFERENCES accounts (id),
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (transaction_id, seq, field)
);

INSERT INTO transaction_changes (transaction_id, seq, field, old_value, new_value, changed_by, changed_at)
SELECT rooms.transaction_id, entries.seq, change.key,
    NULLIF((change.value -> 'from')::text, 'null'), NULLIF((change.value -> 'to')::text, 'null'),
    entries.author_id, entries.created_at
FROM entries
JOIN rooms ON rooms.id = entries.room_id AND rooms.kind = 'conversation'
CROSS JOIN LATERAL jsonb_each(entries.data::jsonb -> 'changes') AS change
WHERE entries.kind = 'transaction_updated' AND change.key IN ('start_date', 'end_date', 'address', 'city', 'offered_price', 'accepted_price') AND change.value ? 'to';

UPDATE entries SET data = jsonb_set(data::jsonb, '{changes}', (
    SELECT jsonb_object_agg(key, CASE WHEN key IN ('start_date', 'end_date', 'address', 'city', 'offered_price', 'accepted_price') THEN '{}'::jsonb ELSE value END)
    FROM jsonb_each(data::jsonb -> 'changes')
))::text
WHERE kind = 'transaction_updated' AND data::jsonb -> 'changes' ?| ARRAY['start_date', 'end_date', 'address', 'city', 'offered_price', 'accepted_price'];
