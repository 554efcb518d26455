//! Migrations go up, down and up again, and make the same schema on both databases: the one that the code was
//! written for.

use entremise::domain::DatabaseUrl;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Nullable};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use entremise::store::{Store, StoreOptions};

use crate::shape::{SchemaShape, TableShape};
use crate::support::databases::on_both_databases;
use crate::support::{TestDatabase, postgres_database, sqlite_database};

fn unmigrated(database: &TestDatabase) -> Store {
    let options = StoreOptions { pool_size: 1, queue: 8, deadline: Duration::from_secs(5) };
    Store::open_unmigrated(database.url(), &options).unwrap()
}

fn migrated(database: &TestDatabase) -> SchemaShape {
    unmigrated(database).migrate().unwrap();
    SchemaShape::of(database.url())
}

on_both_databases! {
    fn go_up_down_and_up_again(database) {
        let store = unmigrated(database);
        let ran = store.migrate().unwrap();
        assert!(!ran.is_empty());
        let first = SchemaShape::of(database.url());
        assert_eq!(store.migrate().unwrap(), [""; 0], "nothing is pending after a migration");

        store.revert_migrations().unwrap();
        assert_eq!(SchemaShape::of(database.url()), SchemaShape::default(), "a down.sql leaves something behind");

        assert_eq!(store.migrate().unwrap(), ran);
        assert_eq!(SchemaShape::of(database.url()), first);
    }
}

on_both_databases! {
    fn each_goes_back_to_what_stood_before_it(database) {
        let kind = if database.folder().is_some() { "sqlite" } else { "postgres" };
        let mut names: Vec<_> =
            std::fs::read_dir(format!("migrations/{kind}")).unwrap().map(|entry| entry.unwrap().path()).collect();
        names.sort();
        for migration in names {
            let run = |direction: &str| {
                database.execute(&std::fs::read_to_string(migration.join(direction)).unwrap());
                (SchemaShape::of(database.url()), triggers(database))
            };
            let before = (SchemaShape::of(database.url()), triggers(database));
            let after = run("up.sql");
            assert_eq!(run("down.sql"), before, "down of {}", migration.display());
            assert_eq!(run("up.sql"), after, "up of {} again", migration.display());
        }
    }
}

/// Triggers and functions of ours, by name.
fn triggers(database: &TestDatabase) -> Vec<String> {
    let names: Vec<TextRow> = match database.url() {
        DatabaseUrl::Postgres(url) => sql_query(
            "SELECT tgname::text AS line FROM pg_trigger WHERE NOT tgisinternal \
             UNION ALL SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1",
        )
        .load(&mut PgConnection::establish(url).unwrap()),
        DatabaseUrl::Sqlite(path) => {
            sql_query("SELECT name AS line FROM sqlite_master WHERE type = 'trigger' ORDER BY 1")
                .load(&mut SqliteConnection::establish(path.to_str().unwrap()).unwrap())
        }
    }
    .unwrap();
    names.into_iter().map(|row| row.line).collect()
}

#[test]
fn of_nodes_that_start_together_one_migrates_and_the_others_wait() {
    let database = postgres_database();
    let stores: Vec<Store> = (0..4).map(|_| unmigrated(&database)).collect();
    let ran: Vec<usize> = std::thread::scope(|scope| {
        let nodes: Vec<_> = stores.iter().map(|store| scope.spawn(|| store.migrate().unwrap().len())).collect();
        nodes.into_iter().map(|node| node.join().unwrap()).collect()
    });
    assert_eq!(ran.iter().filter(|count| **count > 0).count(), 1, "{ran:?}");
}

#[test]
fn both_databases_have_the_same_schema() {
    let sqlite = migrated(&sqlite_database());
    let postgres = migrated(&postgres_database());
    for (name, table) in &sqlite.tables {
        assert_eq!(Some(table), postgres.tables.get(name), "SQLite and PostgreSQL differ in {name}");
    }
    assert_eq!(sqlite, postgres);
}

#[test]
fn the_code_was_written_for_this_schema() {
    let code = SchemaShape::of_code(include_str!("../../src/store/schema.rs"));
    let database = migrated(&sqlite_database());
    assert!(!code.tables.is_empty());
    for (name, table) in &code.tables {
        let without_indexes = database.tables.get(name).map(|t| TableShape { indexes: vec![], ..t.clone() });
        assert_eq!(Some(table), without_indexes.as_ref(), "schema.rs and the database differ in {name}");
    }
    let names = |shape: &SchemaShape| shape.tables.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&code), names(&database));
}

/// Who was a member before `joined_seq` was kept: the log tells when each came first. Who has read since keeps the position, and of
/// others nobody says any longer that they had read.
#[test]
fn old_members_are_given_the_head_at_which_they_came() {
    let rows = "
        INSERT INTO accounts (id, email, role, first_name, last_name, language, password_hash, state, created_at)
            VALUES (1, 'a', 'broker', 'A', 'A', 'fr', '', 'active', 0), (2, 'b', 'broker', 'B', 'B', 'fr', '', 'active', 0);
        INSERT INTO transactions (id, title, kind, status, progress, created_by, created_at, updated_at)
            VALUES (1, 't', 'sale', 'new', 0, 1, 0, 0), (2, 'u', 'sale', 'new', 0, 1, 0, 0);
        INSERT INTO rooms (id, transaction_id, last_seq, acl_version, created_at) VALUES (1, 1, 9, 4, 0), (2, 2, 4, 2, 0);
        INSERT INTO members (room_id, account_id, role, active, read_seq) VALUES
            (1, 1, 'broker', TRUE, 7), (1, 2, 'broker', TRUE, 4), (2, 1, 'broker', TRUE, 4), (2, 2, 'broker', TRUE, 4);
        INSERT INTO entries (room_id, seq, kind, author_id, data, acl_version, created_at) VALUES
            (1, 1, 'transaction_created', 1, '{\"title\":\"t\"}', 0, 0),
            (1, 2, 'member_added', 1, '{\"account\":1,\"name\":\"A\",\"role\":\"broker\"}', 1, 0),
            (1, 5, 'member_added', 1, '{\"account\":2,\"name\":\"B\",\"role\":\"broker\"}', 2, 0),
            (1, 6, 'member_removed', 1, '{\"account\":2,\"name\":\"B\",\"role\":\"broker\"}', 3, 0),
            (1, 8, 'member_added', 1, '{\"account\":2,\"name\":\"B\",\"role\":\"broker\"}', 4, 0),
            (2, 3, 'member_added', 1, '{\"account\":1,\"name\":\"A\",\"role\":\"broker\"}', 1, 0),
            (2, 4, 'member_added', 1, '{\"account\":2,\"name\":\"B\",\"role\":\"broker\"}', 2, 0);";
    let joined = "SELECT joined_seq FROM members ORDER BY room_id, account_id";
    let filled = vec![Some(1), Some(4), Some(2), Some(3)];

    let database = sqlite_database();
    migrated(&database);
    let DatabaseUrl::Sqlite(path) = database.url() else { panic!("another database") };
    let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    conn.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
    conn.batch_execute(rows).unwrap();
    conn.batch_execute(include_str!("../../migrations/sqlite/0010_fill_members_joined/up.sql")).unwrap();
    let found = sql_query(joined).load::<JoinedRow>(&mut conn).unwrap();
    assert_eq!(found.iter().map(|row| row.joined_seq).collect::<Vec<_>>(), filled);

    let database = postgres_database();
    migrated(&database);
    let DatabaseUrl::Postgres(url) = database.url() else { panic!("another database") };
    let mut conn = PgConnection::establish(url).unwrap();
    conn.batch_execute(rows).unwrap();
    conn.batch_execute(include_str!("../../migrations/postgres/0010_fill_members_joined/up.sql")).unwrap();
    let found = sql_query(joined).load::<JoinedRow>(&mut conn).unwrap();
    assert_eq!(found.iter().map(|row| row.joined_seq).collect::<Vec<_>>(), filled);
}

/// Entries of the version before hold the values of fields that a flag hides. They are kept beside the room, and taken out of it.
#[test]
fn old_entries_lose_the_values_that_a_flag_hides() {
    let rows = "
        INSERT INTO accounts (id, email, role, first_name, last_name, language, password_hash, state, created_at)
            VALUES (1, 'a', 'broker', 'A', 'A', 'fr', '', 'active', 0);
        INSERT INTO transactions (id, title, kind, status, progress, created_by, created_at, updated_at)
            VALUES (3, 't', 'sale', 'new', 0, 1, 0, 0);
        INSERT INTO rooms (id, transaction_id, last_seq, acl_version, created_at) VALUES (5, 3, 9, 4, 0);
        INSERT INTO entries (room_id, seq, kind, author_id, body, data, acl_version, created_at) VALUES
            (5, 1, 'transaction_created', 1, NULL, '{\"title\":\"t\"}', 0, 0),
            (5, 2, 'message', 1, 'no', NULL, 1, 0),
            (5, 3, 'transaction_updated', 1, NULL, '{\"changes\":{\"progress\":{\"from\":0,\"to\":5}}}', 1, 0),
            (5, 4, 'transaction_updated', 1, NULL, '{\"changes\":{\"title\":{\"from\":\"t\",\"to\":\"u\"},\"city\":{\"from\":null,\"to\":\"N \\\"x\\\"\"},\"offered_price\":{\"from\":{\"amount_minor\":1},\"to\":null}}}', 1, 7);";
    let kept = "SELECT COALESCE(CAST(seq AS TEXT), '') || ' ' || field || ' ' || COALESCE(old_value, '-') || ' ' || COALESCE(new_value, '-')
        || ' ' || CAST(changed_by AS TEXT) || ' ' || CAST(changed_at AS TEXT) AS line FROM transaction_changes ORDER BY field";
    let told = "SELECT data AS line FROM entries WHERE data IS NOT NULL ORDER BY seq";
    let check = |load: &mut dyn FnMut(&str) -> Vec<String>, run: &mut dyn FnMut(&str), down: &str, up: &str| {
        run(down);
        run(rows);
        let before: Vec<serde_json::Value> =
            load(told).iter().map(|text| serde_json::from_str(text).unwrap()).collect();
        run(up);
        let lines: Vec<String> = load(kept).iter().map(|line| line.replace(": ", ":").replace(", ", ",")).collect();
        assert_eq!(lines, [r#"4 city - "N \"x\"" 1 7"#, r#"4 offered_price {"amount_minor":1} - 1 7"#,]);
        let after: Vec<serde_json::Value> = load(told).iter().map(|text| serde_json::from_str(text).unwrap()).collect();
        assert_eq!(after[..2], before[..2]);
        let title = serde_json::json!({ "from": "t", "to": "u" });
        assert_eq!(after[2], serde_json::json!({ "changes": { "title": title, "city": {}, "offered_price": {} } }));
        run(down);
        let back: Vec<serde_json::Value> = load(told).iter().map(|text| serde_json::from_str(text).unwrap()).collect();
        // SQLite merges JSON and so forgets what is null.
        assert_eq!(back[2]["changes"]["city"]["to"], before[2]["changes"]["city"]["to"]);
        run(up);
    };

    let database = sqlite_database();
    migrated(&database);
    let DatabaseUrl::Sqlite(path) = database.url() else { panic!("another database") };
    let conn = std::cell::RefCell::new(SqliteConnection::establish(path.to_str().unwrap()).unwrap());
    conn.borrow_mut().batch_execute("PRAGMA busy_timeout = 10000").unwrap();
    check(
        &mut |query| {
            sql_query(query).load::<TextRow>(&mut *conn.borrow_mut()).unwrap().into_iter().map(|row| row.line).collect()
        },
        &mut |commands| conn.borrow_mut().batch_execute(commands).unwrap(),
        include_str!("../../migrations/sqlite/0023_add_transaction_changes/down.sql"),
        include_str!("../../migrations/sqlite/0023_add_transaction_changes/up.sql"),
    );

    let database = postgres_database();
    migrated(&database);
    let DatabaseUrl::Postgres(url) = database.url() else { panic!("another database") };
    let conn = std::cell::RefCell::new(PgConnection::establish(url).unwrap());
    check(
        &mut |query| {
            sql_query(query).load::<TextRow>(&mut *conn.borrow_mut()).unwrap().into_iter().map(|row| row.line).collect()
        },
        &mut |commands| conn.borrow_mut().batch_execute(commands).unwrap(),
        include_str!("../../migrations/postgres/0023_add_transaction_changes/down.sql"),
        include_str!("../../migrations/postgres/0023_add_transaction_changes/up.sql"),
    );
}

#[derive(QueryableByName)]
struct TextRow {
    #[diesel(sql_type = diesel::sql_types::Text)]
    line: String,
}

#[derive(QueryableByName)]
struct JoinedRow {
    #[diesel(sql_type = Nullable<BigInt>)]
    joined_seq: Option<i64>,
}
