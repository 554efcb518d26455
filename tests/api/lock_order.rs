//! Locks are taken in one order (docs/ARCHITECTURE.md). Each test holds one operation in its middle, sends another one against it, and
//! lets both go on: neither may wait for the other in a circle.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, RunQueryDsl, sql_query};
use entremise::domain::DatabaseUrl;
use entremise::jobs::{KINDS, retry};
use entremise::store::search;
use serde_json::{Value, json};

use crate::locks::{copied_link, deadlocks, is_fair};
use crate::password_resets::{PROXIED, ask_from, confirm_from, mailed_code, wrong};
use crate::support::mailbox::invitation_form;
use crate::support::{Counted, HttpAnswer, PASSWORD, Person, TestApp, TestDatabase, postgres_database};

const GATE: i64 = 4_711;
const INVITATIONS: &str = "/api/v1/client-invitations";

/// Keeps whoever changes a table, with all their locks, until it is opened.
struct RowGate(PgConnection);

impl RowGate {
    /// `change`: `UPDATE OF state ON invitations`, for example.
    fn after(database: &TestDatabase, change: &str) -> Self {
        database.execute(&format!(
            "CREATE FUNCTION wait_at_the_gate() RETURNS trigger LANGUAGE plpgsql AS $$ \
             BEGIN PERFORM pg_advisory_xact_lock_shared({GATE}); RETURN NULL; END $$; \
             CREATE TRIGGER gate AFTER {change} FOR EACH ROW EXECUTE FUNCTION wait_at_the_gate();"
        ));
        let mut gate = Self(connect(database));
        gate.0.batch_execute(&format!("SELECT pg_advisory_lock({GATE})")).unwrap();
        gate
    }

    fn open(&mut self) {
        self.0.batch_execute(&format!("SELECT pg_advisory_unlock({GATE})")).unwrap();
    }

    /// Both at once: the second begins when the first stands in its middle, and both go on when the second waits too.
    async fn meet<A, B>(&mut self, first: impl Future<Output = A>, second: impl Future<Output = B>) -> (A, B) {
        let against = async {
            until_waiting(&mut self.0, 1).await;
            let open = async {
                until_waiting(&mut self.0, 2).await;
                self.open();
            };
            tokio::join!(second, open).0
        };
        tokio::join!(first, against)
    }
}

fn connect(database: &TestDatabase) -> PgConnection {
    let DatabaseUrl::Postgres(url) = database.url() else { panic!("another database") };
    PgConnection::establish(url).unwrap()
}

async fn until_waiting(conn: &mut PgConnection, count: i64) {
    let query = "SELECT count(*) AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let until = Instant::now() + Duration::from_secs(30);
    while sql_query(query).get_result::<Counted>(conn).unwrap().count < count {
        assert!(Instant::now() < until, "nobody waits");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn accept(app: &TestApp, link: &str) -> HttpAnswer {
    app.anonymous().post(link, json!({ "password": PASSWORD })).await
}

/// An invitation of the broker to a person who has an account, into a transaction.
async fn link_for(broker: &Person, person: &Person, transaction: i64) -> String {
    let mut form = invitation_form(person.email());
    form["transaction_id"] = json!(transaction);
    copied_link(broker, &form).await
}

fn expect_statuses((first, second): (HttpAnswer, HttpAnswer), expected: [u16; 2]) {
    assert_eq!([first.status.as_u16(), second.status.as_u16()], expected, "{} {}", first.text, second.text);
}

#[tokio::test]
async fn a_person_who_accepts_changes_their_name_meanwhile() {
    let database = postgres_database();
    let app = TestApp::start(&database);
    let (ana, carl) = (app.broker("Ana").await, app.client("Carl").await);
    // There is a record of theirs, which the invited one completes.
    app.join(ana.open_transaction("House").await.0, &carl).await;
    let link = link_for(&ana, &carl, ana.open_transaction("Garden").await.0).await;
    let mut gate = RowGate::after(&database, "UPDATE ON clients");
    let renamed = carl.patch("/api/v1/me", json!({ "first_name": "Karl" }));
    expect_statuses(gate.meet(accept(&app, &link), renamed).await, [201, 200]);
    drop((gate, app));
    assert_eq!(deadlocks(&database), 0);
}

#[tokio::test]
async fn a_person_accepts_the_invitations_of_two_brokers_at_once() {
    let database = postgres_database();
    let app = TestApp::start(&database);
    let (ana, ben, carl) = (app.broker("Ana").await, app.broker("Ben").await, app.client("Carl").await);
    let (house, garden) = (ana.open_transaction("House").await.0, ben.open_transaction("Garden").await.0);
    ana.add(house, &ben).await;
    ben.add(garden, &ana).await;
    let (first, second) = (link_for(&ana, &carl, house).await, link_for(&ben, &carl, garden).await);
    let mut gate = RowGate::after(&database, "UPDATE ON clients");
    expect_statuses(gate.meet(accept(&app, &first), accept(&app, &second)).await, [201, 201]);
    for broker in [&ana, &ben] {
        let records = broker.get("/api/v1/clients").await.expect(200)["clients"].as_array().unwrap().clone();
        assert_eq!(records.len(), 1, "{records:?}");
    }
    drop((gate, app));
    assert_eq!(deadlocks(&database), 0);
}

#[tokio::test]
async fn a_code_is_used_and_tried_at_once() {
    let database = postgres_database();
    let app = TestApp::start_with(&database, PROXIED);
    let ana = app.client("Ana").await;
    ask_from(&app, "192.0.2.1", ana.email()).await.expect(202);
    let code = mailed_code(&app, ana.email(), 1).await;
    let mut gate = RowGate::after(&database, "UPDATE OF ended_at ON password_resets");
    let wrong = wrong(&code);
    let (used, tried) =
        (confirm_from(&app, "192.0.2.1", ana.email(), &code), confirm_from(&app, "192.0.2.1", ana.email(), &wrong));
    expect_statuses(gate.meet(used, tried).await, [204, 422]);
    drop((gate, app));
    assert_eq!(deadlocks(&database), 0);
}

#[tokio::test]
async fn an_invitation_is_sent_to_an_address_that_another_one_is_given() {
    let database = postgres_database();
    let app = TestApp::start(&database);
    let ana = app.broker("Ana").await;
    app.invite(&ana, "old@example.org").await;
    let (other, _) = app.invite(&ana, "other@example.org").await;
    // The first has expired, and its record is gone: both make one of the address.
    database.execute("UPDATE invitations SET expires_at = 0 WHERE email = 'old@example.org'");
    database.execute("UPDATE clients SET email = NULL WHERE email = 'old@example.org'");
    let mut gate = RowGate::after(&database, "UPDATE OF state ON invitations");
    let sent = ana.post(INVITATIONS, invitation_form("old@example.org"));
    let path = format!("{INVITATIONS}/{other}");
    let given = ana.patch(&path, json!({ "email": "old@example.org" }));
    expect_statuses(gate.meet(sent, given).await, [201, 409]);
    drop((gate, app));
    assert_eq!(deadlocks(&database), 0);
}

#[tokio::test]
async fn two_tables_with_the_same_addresses_are_taken_at_once() {
    let database = postgres_database();
    let app = TestApp::start(&database);
    let ana = app.broker("Ana").await;
    let table = |lines: [&str; 2]| json!({ "table": format!("first_name,last_name,email\n{}\n", lines.join("\n")) });
    let (paul, zoe) = ("Paul,Durand,paul@example.org", "Zoe,Petit,zoe@example.org");
    let mut gate = RowGate::after(&database, "INSERT ON clients");
    let import = async |body: Value| ana.post("/api/v1/clients/import", body).await;
    let (first, second) = gate.meet(import(table([paul, zoe])), import(table([zoe, paul]))).await;
    is_fair(&first);
    is_fair(&second);
    assert_eq!(database.count("SELECT 1 FROM clients"), 2);
    drop((gate, app));
    assert_eq!(deadlocks(&database), 0);
}

/// The database refuses the second record of an address; whoever did not ask for a record takes the first.
#[tokio::test]
async fn a_record_is_made_while_its_person_is_invited() {
    let database = postgres_database();
    let app = TestApp::start(&database);
    let ana = app.broker("Ana").await;
    let (moved, _) = app.invite(&ana, "other@example.org").await;
    let path = format!("{INVITATIONS}/{moved}");
    for email in ["paul@example.org", "zoe@example.org"] {
        let record = json!({ "first_name": "Paul", "last_name": "Durand", "email": email });
        let mut gate = RowGate::after(&database, "INSERT ON clients");
        let made = ana.post("/api/v1/clients", record);
        let statuses = match email {
            "paul@example.org" => (gate.meet(made, ana.post(INVITATIONS, invitation_form(email))).await, [201, 201]),
            _ => (gate.meet(made, ana.patch(&path, json!({ "email": email }))).await, [201, 200]),
        };
        expect_statuses(statuses.0, statuses.1);
        database.execute("DROP FUNCTION wait_at_the_gate CASCADE");
        assert_eq!(database.count(&format!("SELECT 1 FROM clients WHERE email = '{email}'")), 1);
    }
}

/// The version before wrote names without their keys, and the scheduled job makes them.
#[tokio::test]
async fn missing_keys_are_made_while_a_record_is_changed() {
    let database = postgres_database();
    let app = TestApp::start(&database);
    let (ana, carl) = (app.broker("Ana").await, app.client("Carl").await);
    app.join(ana.open_transaction("House").await.0, &carl).await;
    let record = ana.get("/api/v1/clients").await.expect(200)["clients"][0]["id"].clone();
    let mut gate = RowGate::after(&database, "UPDATE OF notes ON clients");
    let path = format!("/api/v1/clients/{record}");
    let changed = ana.patch(&path, json!({ "notes": "x" }));
    let made = app.app.store.write(|conn| {
        conn.batch_execute("UPDATE accounts SET name_key = NULL")?;
        search::fill(conn, 10)
    });
    let (changed, made) = gate.meet(changed, made).await;
    changed.expect(200);
    assert_eq!(made.unwrap(), 2);
    drop((gate, app));
    assert_eq!(deadlocks(&database), 0);
}

/// A run that ends has its job, and then writes what became of its mail.
#[tokio::test]
async fn an_operator_retries_a_job_that_is_just_ending() {
    let database = postgres_database();
    let app = TestApp::start(&database);
    let ana = app.broker("Ana").await;
    app.invite(&ana, "paul@example.org").await;
    database.execute(
        "UPDATE mails SET state = 'parked', body_text = 'x'; UPDATE jobs SET state = 'parked' WHERE kind = 'send_mail'",
    );
    let (mut ending, mut looking) = (connect(&database), connect(&database));
    ending.batch_execute("BEGIN; UPDATE jobs SET error_code = 'x' WHERE kind = 'send_mail'").unwrap();
    let now = app.app.clock.now();
    let retried = app.app.store.write(move |conn| retry(conn, KINDS, "send_mail", now));
    let ends = async {
        until_waiting(&mut looking, 1).await;
        ending.batch_execute("SET lock_timeout = '10s'; UPDATE mails SET error_code = 'x'; COMMIT").unwrap();
    };
    assert_eq!(tokio::join!(retried, ends).0.unwrap(), 1);
    drop((ending, looking, app));
    assert_eq!(deadlocks(&database), 0);
}

/// An operator whose database is slow lengthens the deadline, and with it what the database itself waits for.
#[tokio::test]
async fn the_database_waits_as_long_as_the_caller() {
    for (deadline, lock, statement) in [("500", 1500, 5000), ("2000", 1500, 5000), ("20000", 15_000, 50_000)] {
        let database = postgres_database();
        let app = TestApp::start_with(&database, &[("ENTREMISE_DATABASE_DEADLINE_MS", deadline)]);
        let setting = async |name: &str| {
            let query = format!("SELECT CAST(setting AS BIGINT) AS count FROM pg_settings WHERE name = '{name}'");
            let found = app.app.store.read(move |conn| Ok(sql_query(query).get_result::<Counted>(conn)?.count));
            found.await.unwrap()
        };
        assert_eq!(
            (setting("lock_timeout").await, setting("statement_timeout").await),
            (lock, statement),
            "{deadline}"
        );
    }
}
