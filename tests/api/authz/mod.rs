//! Every route of the server, asked by every kind of person. The rows of a noun are in its file.

mod access_links;
mod accounts;
mod client_tables;
mod clients;
mod demo;
mod docs;
mod flags;
mod health;
mod invitation_links;
mod invitations;
mod me;
mod messages;
mod pages;
mod participants;
mod participation_requests;
mod password_resets;
mod sessions;
mod setup;
mod transactions;

use std::collections::BTreeSet;

use entremise::http::{Who, routes};
use reqwest::Method;
use serde_json::{Value, json};

use crate::headers::expect_security_headers;
use crate::support::{HttpAnswer, Person, Socket, TestApp};

const NOUNS: &[&[Row]] = &[
    sessions::ROWS,
    me::ROWS,
    setup::ROWS,
    password_resets::ROWS,
    access_links::ROWS,
    accounts::ROWS,
    client_tables::ROWS,
    clients::ROWS,
    invitation_links::ROWS,
    invitations::ROWS,
    transactions::ROWS,
    participants::ROWS,
    participation_requests::ROWS,
    messages::ROWS,
    demo::ROWS,
    docs::ROWS,
    health::ROWS,
    pages::ROWS,
];

/// What each kind of person gets: nobody, another client, another broker, the client of the object, its broker, an admin.
type Expected = [u16; 6];

const EVERYBODY: Expected = [200; 6];
const SIGNED_IN: Expected = [401, 200, 200, 200, 200, 200];
const TAKES_PART: Expected = [401, 404, 404, 200, 200, 403];

/// A route, what it answers, and how it is asked.
struct Row {
    method: &'static str,
    path: &'static str,
    expected: Expected,
    id: fn(&AuthzWorld) -> i64,
    account: fn(&AuthzWorld) -> i64,
    token: fn(&AuthzWorld) -> String,
    body: fn(&AuthzWorld) -> Value,
    is_last: bool,
}

/// By default its `{id}` is the transaction's and its `{token}` that of a live invitation.
const fn row(method: &'static str, path: &'static str, expected: Expected) -> Row {
    Row {
        method,
        path,
        expected,
        id: |world| world.transaction,
        account: client,
        token: |world| world.live_token.clone(),
        body: |_| json!({}),
        is_last: false,
    }
}

impl Row {
    const fn id(self, id: fn(&AuthzWorld) -> i64) -> Self {
        Self { id, ..self }
    }

    const fn account(self, account: fn(&AuthzWorld) -> i64) -> Self {
        Self { account, ..self }
    }

    const fn token(self, token: fn(&AuthzWorld) -> String) -> Self {
        Self { token, ..self }
    }

    const fn body(self, body: fn(&AuthzWorld) -> Value) -> Self {
        Self { body, ..self }
    }

    /// It ends the sessions that the other rows need.
    const fn after_all_others(self) -> Self {
        Self { is_last: true, ..self }
    }
}

fn rows() -> impl Iterator<Item = &'static Row> {
    let all = NOUNS.iter().copied().flatten();
    all.clone().filter(|row| !row.is_last).chain(all.filter(|row| row.is_last))
}

fn client(world: &AuthzWorld) -> i64 {
    world.people[3].account().0
}

fn third_broker(world: &AuthzWorld) -> i64 {
    world.third_broker.account().0
}

fn no_token(_: &AuthzWorld) -> String {
    "0".repeat(64)
}

/// A small office with one object of each kind, all of them the broker's.
struct AuthzWorld {
    app: TestApp,
    people: [Person; 6],
    third_broker: Person,
    spare_session: i64,
    invitation: i64,
    /// The broker's record of a person without an account.
    record: i64,
    /// The broker's record of the client.
    record_of_client: i64,
    live_token: String,
    token_to_use: String,
    transaction: i64,
    /// Of the broker; the other broker is asked to take part.
    asked: i64,
    mail: i64,
}

impl AuthzWorld {
    async fn build(app: TestApp) -> Self {
        let (admin, broker, other_broker) = (app.admin().await, app.broker("Ana").await, app.broker("Otto").await);
        let (client, other_client) = (app.client("Carl").await, app.client("Olga").await);
        let third_broker = app.broker("Theo").await;
        let (transaction, _) = broker.open_transaction("House").await;
        app.join(transaction, &client).await;
        let (invitation, _) = app.invite(&broker, "to-change@example.org").await;
        let record = broker.post("/api/v1/clients", json!({ "first_name": "Paul", "last_name": "Durand" })).await;
        let record = record.expect(201)["client"]["id"].as_i64().unwrap();
        let record_of_client = broker.record_of(&client).await;
        let (_, live_token) = app.invite(&broker, "to-look-at@example.org").await;
        let (_, token_to_use) = app.invite(&broker, "to-use@example.org").await;
        let mail = app.mails_to("to-use@example.org", 1).await[0]["id"].as_i64().unwrap();
        let (asked, _) = broker.open_transaction("Asked").await;
        broker.ask(asked, &other_broker).await;
        let spare_session = app.another_device(&broker).await.session().0;
        let people = [app.anonymous(), other_client, other_broker, client, broker, admin];
        Self {
            app,
            people,
            third_broker,
            spare_session,
            invitation,
            record,
            record_of_client,
            live_token,
            token_to_use,
            transaction,
            asked,
            mail,
        }
    }

    fn broker(&self) -> &Person {
        &self.people[4]
    }

    async fn ask(&self, person: &Person, row: &Row) -> HttpAnswer {
        let path = row
            .path
            .replace("{id}", &(row.id)(self).to_string())
            .replace("{account_id}", &(row.account)(self).to_string())
            .replace("{token}", &(row.token)(self))
            .replace("{file}", "start.js")
            .replace("{path:.*}", "img/icon.svg");
        let method: Method = row.method.parse().unwrap();
        let request = person.request(method.clone(), &path);
        let request = if method == Method::GET { request } else { request.json(&(row.body)(self)) };
        person.send(request).await
    }
}

#[test]
fn the_rows_name_every_route_and_no_other() {
    let known: BTreeSet<_> = routes().map(|route| (route.method, route.path)).collect();
    let tested: BTreeSet<_> = rows().map(|row| (row.method, row.path)).collect();
    assert_eq!(known.len(), routes().count(), "a route stands twice in the tables");
    assert_eq!(tested.len(), rows().count(), "a route has two rows");
    assert_eq!(known.difference(&tested).collect::<Vec<_>>(), Vec::<&_>::new(), "routes without a row");
    assert_eq!(tested.difference(&known).collect::<Vec<_>>(), Vec::<&_>::new(), "rows without a route");
}

#[test]
fn whatever_is_not_for_anyone_refuses_nobody_in_particular() {
    for route in routes() {
        let row = rows().find(|row| (row.method, row.path) == (route.method, route.path)).unwrap();
        assert_eq!(row.expected[0] == 401, !matches!(route.who, Who::Anyone), "{} {}", route.method, route.path);
    }
}

on_both_databases! {
    async fn every_route_answers_each_kind_of_person_as_its_row_says(database) {
        let world = AuthzWorld::build(TestApp::start(database)).await;
        let names = ["nobody", "other client", "other broker", "client", "broker", "admin"];
        let mut wrong = Vec::new();
        for row in rows() {
            let Row { method, path, expected, .. } = row;
            for (number, person) in world.people.iter().enumerate() {
                // A device of its own, which the request may sign out.
                let person = match person.token {
                    Some(_) if *method != "GET" => world.app.another_device(person).await,
                    _ => person.clone(),
                };
                let status = if *path == "/api/v1/socket" {
                    Socket::open(&world.app.url, person.token.as_deref()).await.map_or_else(|status| status, |_| 101)
                } else {
                    let answer = world.ask(&person, row).await;
                    expect_security_headers(&answer, &format!("{method} {path} by {}", names[number]));
                    answer.status.as_u16()
                };
                if status != expected[number] {
                    wrong.push(format!("{method} {path}: {} got {status}, not {}", names[number], expected[number]));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
