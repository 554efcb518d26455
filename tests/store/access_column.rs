//! Two versions run on the column `access` and on the five that it replaces: what one writes the other reads.

use std::time::Duration;

use entremise::store::{Store, StoreOptions};

use crate::support::TestDatabase;
use crate::support::databases::on_both_databases;

const ROWS: &str = "
    INSERT INTO accounts (id, email, role, first_name, last_name, language, password_hash, state, created_at) VALUES
        (1, 'a', 'broker', 'A', 'A', 'fr', '', 'active', 0), (2, 'b', 'broker', 'B', 'B', 'fr', '', 'active', 0),
        (3, 'c', 'broker', 'C', 'C', 'fr', '', 'active', 0), (4, 'd', 'broker', 'D', 'D', 'fr', '', 'active', 0);
    INSERT INTO transactions (id, title, kind, status, progress, created_by, created_at, updated_at)
        VALUES (1, 't', 'sale', 'new', 0, 1, 0, 0);";

/// The statement that makes a row, with these columns of these values.
type Made = fn(i64, &str, &str) -> String;

fn participant(account: i64, columns: &str, values: &str) -> String {
    format!(
        "INSERT INTO participants (transaction_id, account_id, role, {columns}, active, added_at)
         VALUES (1, {account}, 'broker', {values}, TRUE, 0)"
    )
}

fn invitation(id: i64, columns: &str, values: &str) -> String {
    format!(
        "INSERT INTO invitations (id, broker_id, first_name, last_name, email, project_type, language, {columns}, state, sent_by,
            created_at, sent_at, expires_at) VALUES ({id}, 1, 'A', 'A', 'e{id}', 'sale', 'fr', {values}, 'pending', 1, 0, 0, 0)"
    )
}

const FLAGS: [&str; 5] = ["documents", "messaging", "tasks", "calendar", "properties"];

fn as_flags(access: i32, between: &str) -> String {
    let flags = FLAGS.iter().enumerate().map(|(place, flag)| {
        let value = if access & (1 << place) == 0 { "FALSE" } else { "TRUE" };
        if between == "," { value.to_owned() } else { format!("{flag} = {value}") }
    });
    flags.collect::<Vec<_>>().join(between)
}

fn expect(database: &TestDatabase, which: &str, access: i32) {
    let (table, row) = which.split_once(' ').unwrap();
    let both = format!("SELECT 1 FROM {table} WHERE {row} AND access = {access} AND {}", as_flags(access, " AND "));
    assert_eq!(database.count(&both), 1, "{both}");
}

on_both_databases! {
    fn what_one_version_writes_the_other_reads(database) {
        let options = StoreOptions { pool_size: 1, queue: 8, deadline: Duration::from_secs(5) };
        Store::open_unmigrated(database.url(), &options).unwrap().migrate().unwrap();
        let (five, run) = (FLAGS.join(", "), |command: &str| database.execute(command));
        run(ROWS);
        let tables: [(Made, &str); 2] = [(participant, "participants account_id"), (invitation, "invitations id")];
        for (made, key) in tables {
            let (table, column) = key.split_once(' ').unwrap();
            let row = |id: i64| format!("{key} = {id}");
            // The version before makes a row, this one does, and one says nothing that differs from all.
            for (id, access) in [(1, 22), (2, 31)] {
                run(&made(id, &five, &as_flags(access, ",")));
                expect(database, &row(id), access);
            }
            for (id, access) in [(3, 9), (4, 31)] {
                run(&made(id, "access", &access.to_string()));
                expect(database, &row(id), access);
            }
            // Either changes any row, to any value, also back.
            for id in 1..=4 {
                for (access, is_before) in [(0, true), (13, false), (31, true), (2, false), (2, true), (31, false)] {
                    let set = if is_before { as_flags(access, ", ") } else { format!("access = {access}") };
                    run(&format!("UPDATE {table} SET {set} WHERE {column} = {id}"));
                    expect(database, &row(id), access);
                }
                run(&format!("UPDATE {table} SET messaging = FALSE WHERE {column} = {id}"));
                expect(database, &row(id), 29);
            }
        }
    }

    fn rows_of_before_keep_their_access(database) {
        let options = StoreOptions { pool_size: 1, queue: 8, deadline: Duration::from_secs(5) };
        Store::open_unmigrated(database.url(), &options).unwrap().migrate().unwrap();
        let kind = if database.folder().is_some() { "sqlite" } else { "postgres" };
        let migration = |direction: &str| {
            let path = format!("migrations/{kind}/0025_keep_access_as_a_number/{direction}.sql");
            database.execute(&std::fs::read_to_string(path).unwrap());
        };
        migration("down");
        database.execute(ROWS);
        let five = FLAGS.join(", ");
        for (id, access) in [(1, 31), (2, 0), (3, 20)] {
            database.execute(&participant(id, &five, &as_flags(access, ",")));
            database.execute(&invitation(id, &five, &as_flags(access, ",")));
        }
        migration("up");
        for (id, access) in [(1, 31), (2, 0), (3, 20)] {
            expect(database, &format!("participants account_id = {id}"), access);
            expect(database, &format!("invitations id = {id}"), access);
        }
    }
}
