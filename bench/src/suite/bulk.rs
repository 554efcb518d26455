//! Large databases in seconds: the rows that `entremise bench-fixture` writes one by one, written by a few statements. Only on
//! PostgreSQL, which computes the hashes of the tokens itself.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::stage::Shape;
use crate::pg::PgConnection;

/// Entries of one statement of history: small enough for the write-ahead log to be carried away in between.
const PART: usize = 200_000;

/// Messages that nobody has read yet.
const UNREAD: usize = 50;

/// Fills a migrated, empty database, and writes what the load program must know of it.
pub fn fill(url: &str, shape: Shape, fixture: &Path) -> Result<()> {
    let mut connection = PgConnection::open(url)?;
    // Foreign keys hold by construction; looking up a million of them would take longer than all the rest.
    connection.execute("SET session_replication_role = replica")?;
    for statement in statements(shape) {
        connection.execute(&statement).with_context(|| statement.clone())?;
    }
    std::fs::write(fixture, fixture_of(shape).to_string())
        .with_context(|| format!("cannot write {}", fixture.display()))
}

/// 64 hexadecimal characters, as every token is.
fn token(account: usize) -> String {
    format!("{account:064x}")
}

fn statements(shape: Shape) -> Vec<String> {
    let Shape { rooms, members, alike, history } = shape;
    let groups = rooms.div_ceil(alike);
    let accounts = groups * members;
    // Room r belongs to the group (r - 1) / alike, whose people are the next `members` after those of the groups before.
    let people = format!("generate_series(1, {rooms}) r, generate_series(1, {members}) m");
    let account = format!("(r - 1) / {alike} * {members} + m");
    let role = "CASE WHEN m = 1 THEN 'broker' ELSE 'client' END";
    let now = "(extract(epoch FROM now()) * 1000)::bigint";
    // Everybody has read all but the last of it: what a join counts as unread is the same, however long the room is.
    let read = members + history.saturating_sub(UNREAD);
    let year = 365_i64 * 24 * 3600 * 1000;
    let mut all = vec![
        format!(
            "INSERT INTO accounts (id, email, role, first_name, last_name, language, password_hash, state, created_at) \
             SELECT i, 'load' || i || '@load.example', CASE WHEN i % {members} = 1 % {members} THEN 'broker' ELSE 'client' END, \
             'Load', i::text, 'fr', '!', 'active', {now} FROM generate_series(1, {accounts}) i"
        ),
        format!(
            "INSERT INTO sessions (id, account_id, token_hash, created_at, last_seen_at, expires_at) \
             SELECT i, i, sha256(lpad(to_hex(i), 64, '0')::bytea), {now}, {now}, {now} + {year} \
             FROM generate_series(1, {accounts}) i"
        ),
        format!(
            "INSERT INTO transactions (id, title, kind, status, progress, created_by, created_at, updated_at) \
             SELECT r, 'Load', 'project', 'new', 0, (r - 1) / {alike} * {members} + 1, {now}, {now} \
             FROM generate_series(1, {rooms}) r"
        ),
        format!(
            "INSERT INTO rooms (id, transaction_id, last_seq, acl_version, created_at) \
             SELECT r, r, {members}, {members}, {now} FROM generate_series(1, {rooms}) r"
        ),
        format!(
            "INSERT INTO participants (transaction_id, account_id, role, documents, messaging, tasks, calendar, properties, \
             active, added_at) SELECT r, {account}, {role}, true, true, true, true, true, true, {now} FROM {people}"
        ),
        format!(
            "INSERT INTO members (room_id, account_id, role, active, read_seq) \
             SELECT r, {account}, {role}, true, {read} FROM {people}"
        ),
        format!(
            "INSERT INTO entries (room_id, seq, kind, author_id, data, acl_version, created_at) SELECT r, m, 'member_added', \
             {account}, jsonb_build_object('account', {account}, 'name', 'Load ' || ({account}), 'role', {role})::text, \
             m, {now} FROM {people}"
        ),
    ];
    for from in (0..history).step_by(PART) {
        let to = (from + PART).min(history);
        all.push(format!(
            "INSERT INTO entries (room_id, seq, kind, author_id, nonce, body, acl_version, created_at) \
             SELECT r, {members} + i, 'message', (r - 1) / {alike} * {members} + 1 + i % {members}, 'h' || i, \
             repeat('the quick brown fox signs at the notary ', 3), {members}, {now} \
             FROM generate_series(1, {rooms}) r, generate_series({from} + 1, {to}) i"
        ));
    }
    all.push(format!("UPDATE rooms SET last_seq = last_seq + {history}"));
    for table in ["accounts", "sessions", "transactions", "rooms"] {
        all.push(format!("SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"));
    }
    all
}

fn fixture_of(shape: Shape) -> Value {
    let Shape { rooms, members, alike, .. } = shape;
    let accounts =
        (1..=rooms.div_ceil(alike) * members).map(|account| json!({ "account": account, "token": token(account) }));
    let rooms = (1..=rooms).map(|room| {
        let first = (room - 1) / alike * members;
        json!({ "room": room, "members": (first + 1..=first + members).collect::<Vec<_>>() })
    });
    json!({ "accounts": accounts.collect::<Vec<_>>(), "rooms": rooms.collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn groups_share_their_rooms_and_have_people_of_their_own() {
        let shape = Shape { rooms: 4, members: 2, alike: 2, history: 0 };
        let fixture: Fixture = serde_json::from_value(fixture_of(shape)).unwrap();
        let members: Vec<_> = fixture.rooms.iter().map(|room| room.members.clone()).collect();
        assert_eq!(members, [[1, 2], [1, 2], [3, 4], [3, 4]]);
        assert_eq!((fixture.accounts.len(), fixture.accounts[0].token.len()), (4, 64));
    }

    #[test]
    fn history_comes_in_parts_and_whole() {
        let count = |history| {
            let statements = statements(Shape { rooms: 1, members: 2, alike: 1, history });
            statements.iter().filter(|statement| statement.contains("'h' || i")).count()
        };
        assert_eq!((count(0), count(100), count(PART), count(PART + 1)), (0, 1, 1, 2));
    }
}
