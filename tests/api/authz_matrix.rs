//! Every route of the server, asked by every kind of person.

use std::collections::BTreeSet;

use entremise::http::{ROUTES, Who};
use reqwest::Method;
use serde_json::{Value, json};

use crate::headers::expect_security_headers;
use crate::support::mailbox::invitation_form;
use crate::support::{Answer, PASSWORD, Person, Socket, TestApp};

/// What each kind of person gets: nobody, another client, another broker, the client of the object, its broker, an admin.
type Expected = [u16; 6];

const EVERYBODY: Expected = [200; 6];
const SIGNED_IN: Expected = [401, 200, 200, 200, 200, 200];
const OWN_INVITATION: Expected = [401, 403, 404, 403, 200, 403];
const TAKES_PART: Expected = [401, 404, 404, 200, 200, 403];

#[rustfmt::skip]
const TABLE: &[(&str, &str, Expected)] = &[
    ("POST",   "/api/v1/sessions",                                    [201; 6]),
    ("GET",    "/api/v1/sessions",                                    SIGNED_IN),
    ("DELETE", "/api/v1/sessions/current",                            [401, 204, 204, 204, 204, 204]),
    // A session of the broker's: theirs alone, also for an admin.
    ("DELETE", "/api/v1/sessions/{id}",                               [401, 404, 404, 404, 204, 404]),
    ("GET",    "/api/v1/me",                                          SIGNED_IN),
    ("PATCH",  "/api/v1/me",                                          SIGNED_IN),
    // With a wrong current password: the right one would end the sessions that the next rows need.
    ("PUT",    "/api/v1/me/password",                                 [401, 422, 422, 422, 422, 422]),
    // There is an admin: no link leads anywhere.
    ("GET",    "/api/v1/setup/{token}",                               [404; 6]),
    ("POST",   "/api/v1/setup/{token}",                               [404; 6]),

    ("POST",   "/api/v1/password-resets",                             [202; 6]),
    // With a password that will not do: tries are few.
    ("POST",   "/api/v1/password-resets/confirm",                     [422; 6]),
    ("GET",    "/api/v1/access-links/{token}",                        [404; 6]),
    ("POST",   "/api/v1/access-links/{token}",                        [404; 6]),

    ("GET",    "/api/v1/accounts",                                    [401, 403, 403, 403, 403, 200]),
    ("POST",   "/api/v1/accounts",                                    [401, 403, 403, 403, 403, 201]),
    ("POST",   "/api/v1/accounts/{id}/deactivate",                    [401, 403, 403, 403, 403, 200]),
    ("POST",   "/api/v1/accounts/{id}/reactivate",                    [401, 403, 403, 403, 403, 200]),
    ("POST",   "/api/v1/accounts/{id}/access-link",                   [401, 403, 403, 403, 403, 202]),

    ("GET",    "/api/v1/client-invitations/token/{token}",            EVERYBODY),
    // Whoever comes first uses it up.
    ("POST",   "/api/v1/client-invitations/activate/{token}",         [201, 410, 410, 410, 410, 410]),
    ("POST",   "/api/v1/client-invitations/preview",                  [401, 403, 200, 403, 200, 403]),
    ("POST",   "/api/v1/client-invitations",                          [401, 403, 201, 403, 201, 403]),
    ("GET",    "/api/v1/client-invitations",                          [401, 403, 200, 403, 200, 403]),
    ("GET",    "/api/v1/client-invitations/{id}",                     OWN_INVITATION),
    ("PUT",    "/api/v1/client-invitations/{id}",                     OWN_INVITATION),
    ("PATCH",  "/api/v1/client-invitations/{id}",                     OWN_INVITATION),
    ("POST",   "/api/v1/client-invitations/{id}/resend",              OWN_INVITATION),
    ("POST",   "/api/v1/client-invitations/{id}/extend",              OWN_INVITATION),
    ("POST",   "/api/v1/client-invitations/{id}/link",                [401, 403, 404, 403, 201, 403]),
    ("POST",   "/api/v1/client-invitations/{id}/cancel",              OWN_INVITATION),
    ("GET",    "/api/v1/clients",                                     [401, 403, 200, 403, 200, 403]),
    ("POST",   "/api/v1/clients/{account_id}/access-link",            [401, 403, 404, 403, 202, 403]),

    ("POST",   "/api/v1/transactions",                                [401, 403, 201, 403, 201, 403]),
    ("GET",    "/api/v1/transactions",                                [401, 200, 200, 200, 200, 403]),
    ("GET",    "/api/v1/transactions/{id}",                           TAKES_PART),
    ("PATCH",  "/api/v1/transactions/{id}",                           [401, 403, 404, 403, 200, 403]),
    ("GET",    "/api/v1/transactions/{id}/participants",              TAKES_PART),
    ("POST",   "/api/v1/transactions/{id}/participants",              [401, 403, 404, 403, 201, 403]),
    ("PATCH",  "/api/v1/transactions/{id}/participants/{account_id}", [401, 403, 404, 403, 200, 403]),
    ("DELETE", "/api/v1/transactions/{id}/participants/{account_id}", [401, 404, 404, 403, 204, 403]),
    // The other broker is asked by the broker, and accepts before they decline.
    ("GET",    "/api/v1/participation-requests",                      [401, 403, 200, 403, 200, 403]),
    ("POST",   "/api/v1/participation-requests/{id}/accept",          [401, 403, 200, 403, 404, 403]),
    ("POST",   "/api/v1/participation-requests/{id}/decline",         [401, 403, 404, 403, 404, 403]),
    ("GET",    "/api/v1/transactions/{id}/messages",                  TAKES_PART),
    ("POST",   "/api/v1/transactions/{id}/messages",                  [401, 404, 404, 201, 201, 403]),
    ("PUT",    "/api/v1/transactions/{id}/read",                      TAKES_PART),
    ("GET",    "/api/v1/socket",                                      [401, 101, 101, 101, 101, 101]),

    ("GET",    "/api/v1/demo/mails",                                  EVERYBODY),
    ("GET",    "/api/v1/demo/mails/{id}",                             EVERYBODY),
    ("GET",    "/demo/mails/{id}/html",                               EVERYBODY),

    ("GET",    "/health/live",                                        EVERYBODY),
    ("GET",    "/health/ready",                                       EVERYBODY),
    ("GET",    "/static/{path:.*}",                                   EVERYBODY),

    // Pages are the same document for everybody; what they show comes from the API.
    ("GET",    "/",                                                   [303; 6]),
    ("GET",    "/sign-in",                                            EVERYBODY),
    ("GET",    "/reset",                                              EVERYBODY),
    ("GET",    "/reset/code",                                         EVERYBODY),
    ("GET",    "/access/{token}",                                     [404; 6]),
    ("GET",    "/setup/{token}",                                      [404; 6]),
    ("GET",    "/client/invitation/{token}",                          EVERYBODY),
    ("GET",    "/broker",                                             EVERYBODY),
    ("GET",    "/broker/clients",                                     EVERYBODY),
    ("GET",    "/broker/invite",                                      EVERYBODY),
    ("GET",    "/broker/transactions/{id}",                           EVERYBODY),
    ("GET",    "/client",                                             EVERYBODY),
    ("GET",    "/client/transactions/{id}",                           EVERYBODY),
    ("GET",    "/admin",                                              EVERYBODY),
    ("GET",    "/account",                                            EVERYBODY),
    ("GET",    "/demo/mailbox",                                       EVERYBODY),

    // Last, because it ends the sessions that the other rows need.
    ("DELETE", "/api/v1/sessions/others",                             [401, 204, 204, 204, 204, 204]),
];

/// A small office with one object of each kind, all of them the broker's.
struct AuthzWorld {
    app: TestApp,
    people: [Person; 6],
    third_broker: Person,
    spare_session: i64,
    invitation: i64,
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
            live_token,
            token_to_use,
            transaction,
            asked,
            mail,
        }
    }

    fn path(&self, method: &str, pattern: &str) -> String {
        let id = match pattern {
            p if p.contains("/sessions/") => self.spare_session,
            p if p.contains("/accounts/") => self.third_broker.account().0,
            p if p.contains("/client-invitations/") => self.invitation,
            p if p.contains("/participation-requests/") => self.asked,
            p if p.contains("/mails/") => self.mail,
            _ => self.transaction,
        };
        let token = match pattern {
            p if p.contains("/setup/") => "0".repeat(64),
            p if p.contains("/activate/") => self.token_to_use.clone(),
            _ => self.live_token.clone(),
        };
        let client = &self.people[3];
        let participant = if method == "DELETE" { self.third_broker.account() } else { client.account() };
        pattern
            .replace("{id}", &id.to_string())
            .replace("{account_id}", &participant.to_string())
            .replace("{token}", &token)
            .replace("{path:.*}", "img/icon.svg")
    }

    fn body(&self, method: &str, pattern: &str) -> Value {
        match (method, pattern) {
            ("POST", "/api/v1/sessions") => json!({ "email": self.people[4].email(), "password": PASSWORD }),
            ("PUT", "/api/v1/me/password") => json!({ "current_password": "wrong", "new_password": PASSWORD }),
            ("PATCH", "/api/v1/me") => json!({ "language": "en" }),
            ("POST", "/api/v1/setup/{token}") => {
                json!({ "email": "root@example.org", "first_name": "A", "last_name": "B",
                "password": PASSWORD, "language": "en" })
            }
            ("POST", "/api/v1/password-resets") => json!({ "email": "forgetful@example.org" }),
            ("POST", "/api/v1/password-resets/confirm") => {
                json!({ "email": "forgetful@example.org", "code": "000000", "new_password": "x" })
            }
            ("POST", "/api/v1/access-links/{token}") => json!({ "new_password": PASSWORD }),
            ("POST", "/api/v1/accounts") => json!({ "email": "new@example.org", "first_name": "A", "last_name": "B",
                "role": "broker", "password": PASSWORD, "language": "en" }),
            ("POST", "/api/v1/client-invitations/activate/{token}") => json!({ "password": PASSWORD }),
            ("POST", "/api/v1/client-invitations") => invitation_form("to-create@example.org"),
            ("PUT", "/api/v1/client-invitations/{id}") => invitation_form("to-change@example.org"),
            ("PATCH", "/api/v1/client-invitations/{id}") => json!({ "first_name": "Paula" }),
            ("POST", "/api/v1/transactions") => json!({ "title": "Flat", "kind": "sale" }),
            ("PATCH", "/api/v1/transactions/{id}") => json!({ "progress": 10 }),
            ("POST", "/api/v1/transactions/{id}/participants") => json!({ "email": self.third_broker.email() }),
            ("PATCH", "/api/v1/transactions/{id}/participants/{account_id}") => {
                json!({ "access": { "documents": true, "messaging": true, "tasks": true, "calendar": true, "properties": true } })
            }
            ("POST", "/api/v1/transactions/{id}/messages") => json!({ "nonce": "n", "body": "hello" }),
            ("PUT", "/api/v1/transactions/{id}/read") => json!({ "seq": 1 }),
            _ => json!({}),
        }
    }

    async fn ask(&self, person: &Person, method: &str, pattern: &str) -> Answer {
        let path = self.path(method, pattern);
        let method: Method = method.parse().unwrap();
        let request = person.request(method.clone(), &path);
        let request = if method == Method::GET { request } else { request.json(&self.body(method.as_str(), pattern)) };
        person.send(request).await
    }
}

#[test]
fn the_table_names_every_route_and_no_other() {
    let routes: BTreeSet<_> = ROUTES.iter().map(|route| (route.method, route.path)).collect();
    let table: BTreeSet<_> = TABLE.iter().map(|(method, path, _)| (*method, *path)).collect();
    assert_eq!(routes.len(), ROUTES.len(), "a route stands twice in ROUTES");
    assert_eq!(table.len(), TABLE.len(), "a row stands twice in the table");
    assert_eq!(routes.difference(&table).collect::<Vec<_>>(), Vec::<&_>::new(), "routes without a row");
    assert_eq!(table.difference(&routes).collect::<Vec<_>>(), Vec::<&_>::new(), "rows without a route");
}

#[test]
fn whatever_is_not_for_anyone_refuses_nobody_in_particular() {
    for route in ROUTES {
        let (.., expected) = TABLE.iter().find(|(m, p, _)| (*m, *p) == (route.method, route.path)).unwrap();
        assert_eq!(expected[0] == 401, !matches!(route.who, Who::Anyone), "{} {}", route.method, route.path);
    }
}

on_both_databases! {
    async fn every_route_answers_each_kind_of_person_as_the_table_says(database) {
        let world = AuthzWorld::build(TestApp::start(database)).await;
        let names = ["nobody", "other client", "other broker", "client", "broker", "admin"];
        let mut wrong = Vec::new();
        for (method, pattern, expected) in TABLE {
            for (number, person) in world.people.iter().enumerate() {
                // A device of its own, which the request may sign out.
                let person = match person.token {
                    Some(_) if *method != "GET" => world.app.another_device(person).await,
                    _ => person.clone(),
                };
                let status = if *pattern == "/api/v1/socket" {
                    Socket::open(&world.app.url, person.token.as_deref()).await.map_or_else(|status| status, |_| 101)
                } else {
                    let answer = world.ask(&person, method, pattern).await;
                    expect_security_headers(&answer, &format!("{method} {pattern} by {}", names[number]));
                    answer.status.as_u16()
                };
                if status != expected[number] {
                    wrong.push(format!("{method} {pattern}: {} got {status}, not {}", names[number], expected[number]));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
