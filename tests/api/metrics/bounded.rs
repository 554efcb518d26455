//! How much is told, and what is not: no label and no number of series depends on what people do.

use std::collections::BTreeSet;

use entremise::domain::{RoomSubject, TransactionDetails, TransactionKind};
use entremise::store::{participants, rooms, transactions};
use serde_json::json;

use super::{eventually, scrape};
use crate::support::mailbox::invitation_form;
use crate::support::{PASSWORD, Person, TestApp, TestDatabase, sqlite_database};

const ROOMS: usize = 2000;

/// With a bus, whose numbers are told only when there is one: nobody listens at port 1.
pub fn with_everything(database: &TestDatabase) -> TestApp {
    let settings = [
        ("ENTREMISE_METRICS_BIND", "127.0.0.1:0"),
        ("ENTREMISE_ROOMS_PER_SOCKET", "2000"),
        // Two thousand rooms in one transaction take their time on a busy machine.
        ("ENTREMISE_DATABASE_DEADLINE_MS", "60000"),
        ("REDIS_URL", "redis://127.0.0.1:1"),
    ];
    TestApp::start_with(database, &settings)
}

/// Transactions with their rooms, in one go.
async fn open_many(app: &TestApp, person: &Person) -> Vec<i64> {
    let (clock, account) = (app.app.clock.clone(), person.account());
    let made = app.app.store.write(move |conn| {
        let (now, new) = (clock.now(), TransactionDetails::titled("House".to_owned(), TransactionKind::Sale));
        let mut made = Vec::new();
        for _ in 0..ROOMS {
            let transaction = transactions::insert(conn, &new, account, now)?;
            made.push(rooms::create(conn, RoomSubject::Conversation(transaction), now)?.0);
            participants::add_opener(conn, transaction, account, now)?;
        }
        Ok(made)
    });
    made.await.expect("the rooms can be made")
}

#[tokio::test]
async fn two_thousand_rooms_are_no_series_more() {
    let database = sqlite_database();
    let app = with_everything(&database);
    let before = scrape(&app).await;
    let ana = app.broker("Ana").await;
    let rooms = open_many(&app, &ana).await;
    let mut socket = ana.socket().await;
    for room in &rooms {
        socket.join(*room, None).await;
    }
    for room in rooms.iter().step_by(100) {
        let answer = socket.post(*room, &format!("n{room}"), "text").await;
        assert_eq!(answer["t"], "posted", "{answer}");
    }
    for path in ["/api/v1/transactions", "/no/such/page", "/api/v1/me", "/api/v1/transactions/77", "/sign-in?a=b"] {
        ana.get(path).await;
    }
    let page = eventually(&app, "the rooms are counted", |page| page.value("entremise_rooms", &[]) == 2000.0).await;
    assert_eq!(page.series(), before.series());
    let count = page.series().len();
    assert!(count < 2000, "{count} series are too many for one node");
}

#[tokio::test]
async fn labels_are_known_beforehand() {
    let database = sqlite_database();
    let page = scrape(&with_everything(&database)).await;
    let samples = page.families.values().flat_map(|family| &family.samples);
    let names: BTreeSet<&str> = samples.flat_map(|sample| sample.labels.keys().map(String::as_str)).collect();
    let expected = [
        "call", "code", "kind", "le", "mailbox", "method", "outcome", "queue", "reason", "route", "state", "status",
        "version", "way", "what",
    ];
    assert_eq!(names, BTreeSet::from(expected));
}

#[tokio::test]
async fn the_page_names_nobody() {
    let database = sqlite_database();
    let app = with_everything(&database);
    let ana = app.broker("Canariana").await;
    let (transaction, room) = ana.open_transaction("canary-title").await;
    let (_, link) = app.invite(&ana, "canary-mail@example.org").await;
    ana.post("/api/v1/client-invitations/preview", invitation_form("canary-mail@example.org")).await.expect(200);
    let mut socket = ana.socket().await;
    socket.join(room, None).await;
    socket.post(room, "canary-nonce", "canary-body").await;
    ana.get(&format!("/api/v1/transactions/{transaction}?canary-query=1")).await;
    ana.get(&format!("/client/invitation/{link}")).await.expect(200);
    ana.get("/canary-path").await;
    let form = json!({ "email": ana.email(), "password": PASSWORD });
    app.anonymous().post("/api/v1/sessions", form).await.expect(201);
    let text = scrape(&app).await.text;
    for secret in ["anary", &link, ana.email(), PASSWORD, "example.org", "127.0.0.1", ana.token.as_deref().unwrap()] {
        assert!(!text.contains(secret), "{secret} is on the page");
    }
}
