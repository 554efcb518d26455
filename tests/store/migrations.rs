//! Migrations go up, down and up again, and make the same schema on both databases: the one that the code was
//! written for.

use std::time::Duration;

use entremise::store::{Store, StoreOptions};

use crate::shape::{Shape, Table};
use crate::support::databases::on_both_databases;
use crate::support::{TestDatabase, postgres_database, sqlite_database};

fn unmigrated(database: &TestDatabase) -> Store {
    let options = StoreOptions { pool_size: 1, queue: 8, deadline: Duration::from_secs(5) };
    Store::open_unmigrated(database.url(), &options).unwrap()
}

fn migrated(database: &TestDatabase) -> Shape {
    unmigrated(database).migrate().unwrap();
    Shape::of(database.url())
}

on_both_databases! {
    fn go_up_down_and_up_again(database) {
        let store = unmigrated(database);
        let ran = store.migrate().unwrap();
        assert!(!ran.is_empty());
        let first = Shape::of(database.url());
        assert_eq!(store.migrate().unwrap(), [""; 0], "nothing is pending after a migration");

        store.revert_migrations().unwrap();
        assert_eq!(Shape::of(database.url()), Shape::default(), "a down.sql leaves something behind");

        assert_eq!(store.migrate().unwrap(), ran);
        assert_eq!(Shape::of(database.url()), first);
    }
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
    let code = Shape::of_code(include_str!("../../src/store/schema.rs"));
    let database = migrated(&sqlite_database());
    assert!(!code.tables.is_empty());
    for (name, table) in &code.tables {
        let without_indexes = database.tables.get(name).map(|t| Table { indexes: vec![], ..t.clone() });
        assert_eq!(Some(table), without_indexes.as_ref(), "schema.rs and the database differ in {name}");
    }
    let names = |shape: &Shape| shape.tables.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&code), names(&database));
}
