//! Whatever locks a room takes its locks in one order, the room first, so that no two operations wait for each other.

use entremise::domain::DatabaseUrl;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use diesel::{Connection, PgConnection, RunQueryDsl, sql_query};
use serde_json::{Value, json};

use crate::support::{Counted, HttpAnswer, PASSWORD, Person, TestApp, TestDatabase, postgres_database};

const ROUNDS: usize = 25;
/// Each costs some passwords.
const PROOFS: usize = 8;
const OTHER: &str = "Autre-Phare-31-dune";

struct Storm {
    app: TestApp,
    ana: Person,
    admin: Person,
    /// A broker outside the room.
    stranger: Person,
    transaction: i64,
    room: i64,
    nonces: AtomicUsize,
}

/// Where the password opens an invitation that its broker hands over.
pub async fn copied_link(broker: &Person, form: &Value) -> String {
    let made = broker.post("/api/v1/client-invitations", form.clone()).await;
    let path = format!("/api/v1/client-invitations/{}/link", made.expect(201)["invitation"]["id"]);
    let link = broker.post(&path, json!({})).await.expect(201)["link"].as_str().unwrap().to_owned();
    format!("/api/v1/client-invitations/activate/{}", link.rsplit('/').next().unwrap())
}

/// What may be answered when somebody else was quicker. A database that had to give up would be 503.
pub fn is_fair(answer: &HttpAnswer) {
    assert!(answer.status.as_u16() < 500, "{} {}", answer.status, answer.json);
}

impl Storm {
    fn of_transaction(&self, path: &str) -> String {
        format!("/api/v1/transactions/{}{path}", self.transaction)
    }

    fn of(&self, person: &Person) -> String {
        self.of_transaction(&format!("/participants/{}", person.account()))
    }

    fn number(&self) -> usize {
        self.nonces.fetch_add(1, Ordering::Relaxed)
    }

    async fn comes_and_goes(&self, person: &Person) {
        for _ in 0..ROUNDS {
            is_fair(&self.ana.delete(&self.of(person)).await);
            let form = json!({ "email": person.email() });
            is_fair(&self.ana.post(&self.of_transaction("/participants"), form).await);
        }
    }

    async fn has_changing_access(&self, person: &Person) {
        for round in 0..2 * ROUNDS {
            let flags = ["documents", "tasks", "calendar", "properties"].map(|flag| (flag.to_owned(), json!(true)));
            let mut access: serde_json::Map<String, Value> = flags.into_iter().collect();
            access.insert("messaging".to_owned(), json!(round % 3 > 0));
            is_fair(&self.ana.patch(&self.of(person), json!({ "access": access })).await);
        }
    }

    async fn writes_and_reads(&self, person: &Person) {
        for _ in 0..2 * ROUNDS {
            let message = json!({ "nonce": format!("n{}", self.number()), "body": "text" });
            is_fair(&person.post(&self.of_transaction("/messages"), message).await);
            is_fair(&person.put(&self.of_transaction("/read"), json!({ "seq": 1_000_000 })).await);
        }
    }

    async fn writes_in_the_room(&self, person: &Person) {
        let mut socket = person.socket().await;
        for _ in 0..2 * ROUNDS {
            let posted = socket.post(self.room, &format!("n{}", self.number()), "text").await;
            assert!(posted["t"] == "posted" || posted["code"] == "room_unknown", "{posted}");
        }
    }

    async fn changes_the_transaction(&self) {
        for round in 0..2 * ROUNDS {
            is_fair(&self.ana.patch(&self.of_transaction(""), json!({ "progress": round })).await);
        }
    }

    /// Each is accepted by two at once, while its broker changes it, sends it again and takes it back.
    async fn invites(&self) {
        for round in 0..ROUNDS {
            let email = format!("client{}@example.org", self.number());
            let mut form = json!({ "first_name": "Paul", "last_name": "Durand", "email": email, "project_type": "purchase",
                "transaction_id": self.transaction });
            let made = self.ana.post("/api/v1/client-invitations", form.clone()).await;
            let path = format!("/api/v1/client-invitations/{}", made.expect(201)["invitation"]["id"]);
            let link = self.ana.post(&format!("{path}/link"), json!({})).await.expect(201)["link"]
                .as_str()
                .unwrap()
                .to_owned();
            let opened = format!("/api/v1/client-invitations/activate/{}", link.rsplit('/').next().unwrap());
            let (one, other) = (self.app.anonymous(), self.app.anonymous());
            form["message"] = json!("changed");
            let spoil = async {
                match round % 3 {
                    0 => is_fair(&self.ana.patch(&path, form).await),
                    1 => is_fair(&self.ana.post(&format!("{path}/resend"), json!({})).await),
                    _ => is_fair(&self.ana.post(&format!("{path}/cancel"), json!({})).await),
                }
            };
            let password = json!({ "password": PASSWORD });
            let (first, second, ()) =
                tokio::join!(one.post(&opened, password.clone()), other.post(&opened, password), spoil);
            is_fair(&first);
            is_fair(&second);
        }
    }

    /// Somebody else's account in the room is proved from the mailbox, by an invitation or an access link, while its password
    /// opens another invitation to the same room.
    async fn proves(&self, other: &Person) {
        for round in 0..PROOFS {
            let email = format!("owner{}@example.org", self.number());
            let form =
                json!({ "first_name": "Paul", "last_name": "Durand", "email": email, "project_type": "purchase" });
            let mut into_room = form.clone();
            into_room["transaction_id"] = json!(self.transaction);
            let first = copied_link(&self.ana, &into_room).await;
            let made = self.app.anonymous().post(&first, json!({ "password": PASSWORD })).await;
            let account = made.expect(201)["account"]["id"].clone();
            let second = copied_link(other, &into_room).await;
            let (path, body) = if round % 2 == 0 {
                self.invitation_by_mail(&form).await
            } else {
                let sent = self.admin.post(&format!("/api/v1/accounts/{account}/access-link"), json!({})).await;
                sent.expect(202);
                let mails = self.app.mails_to(&email, 3).await;
                // Three mails may arrive in any order.
                let link = mails.iter().find_map(|mail| mail["text"].as_str()?.split_once("/access/"));
                let token: String = link.unwrap().1.chars().take_while(char::is_ascii_hexdigit).collect();
                (format!("/api/v1/access-links/{token}"), json!({ "new_password": OTHER }))
            };
            let (one, another) = (self.app.anonymous(), self.app.anonymous());
            let (proving, opening) =
                tokio::join!(one.post(&path, body), another.post(&second, json!({ "password": PASSWORD })));
            is_fair(&proving);
            is_fair(&opening);
        }
    }

    async fn invitation_by_mail(&self, form: &Value) -> (String, Value) {
        self.stranger.post("/api/v1/client-invitations", form.clone()).await.expect(201);
        let token = self.app.mailed_token(form["email"].as_str().unwrap(), 3).await;
        (format!("/api/v1/client-invitations/activate/{token}"), json!({ "password": OTHER }))
    }

    async fn is_closed_and_opened(&self, person: &Person) {
        for _ in 0..ROUNDS {
            let account = format!("/api/v1/accounts/{}", person.account());
            is_fair(&self.admin.post(&format!("{account}/deactivate"), json!({})).await);
            is_fair(&self.admin.post(&format!("{account}/reactivate"), json!({})).await);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_all_that_locks_a_room_ends_in_no_deadlock() {
    let database = postgres_database();
    // Every thread that asks gets a connection: what waits for another waits in the database.
    let settings = [("ENTREMISE_DATABASE_POOL_SIZE", "16"), ("ENTREMISE_POSTS_PER_SECOND", "10000")];
    let app = TestApp::start_with(&database, &settings);
    let (ana, admin, stranger) = (app.broker("Ana").await, app.admin().await, app.broker("Otto").await);
    let (transaction, room) = ana.open_transaction("House").await;
    let mut people = Vec::new();
    for name in ["Ben", "Carl", "Dora", "Emil", "Fay", "Gus"] {
        let person = app.broker(name).await;
        ana.add(transaction, &person).await;
        people.push(person);
    }
    let [ben, carl, dora, emil, fay, gus] = people.try_into().ok().expect("six people");
    let storm = Storm { app, ana, admin, stranger, transaction, room, nonces: AtomicUsize::new(0) };
    // Ben's access changes while they are taken out and come back.
    tokio::join!(
        storm.comes_and_goes(&ben),
        storm.has_changing_access(&ben),
        storm.comes_and_goes(&carl),
        storm.has_changing_access(&carl),
        storm.has_changing_access(&dora),
        storm.writes_and_reads(&dora),
        storm.writes_and_reads(&emil),
        storm.writes_in_the_room(&fay),
        storm.changes_the_transaction(),
        storm.invites(),
        storm.proves(&emil),
        storm.proves(&fay),
        storm.invites(),
        storm.is_closed_and_opened(&gus),
    );
    drop(storm);
    assert_eq!(deadlocks(&database), 0);
}

/// A connection of the database tells what it counted when it ends at the latest.
pub fn deadlocks(database: &TestDatabase) -> i64 {
    let DatabaseUrl::Postgres(url) = database.url() else { panic!("another database") };
    let mut conn = PgConnection::establish(url).unwrap();
    let mut ask = |query: &str| sql_query(query).get_result::<Counted>(&mut conn).unwrap().count;
    let others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    ask(&format!("SELECT count(pg_terminate_backend(pid)) AS count {others}"));
    while ask(&format!("SELECT count(*) AS count {others}")) > 0 {
        std::thread::sleep(Duration::from_millis(10));
    }
    ask("SELECT deadlocks AS count FROM pg_stat_database WHERE datname = current_database()")
}
