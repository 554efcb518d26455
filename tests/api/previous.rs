//! Rows as a node of the version before writes them on this schema: it knows no records of clients, and five flags in place of a number.

use entremise::store::clients;
use serde_json::{Value, json};

use crate::support::mailbox::invitation_form;
use crate::support::{Person, TestApp, TestDatabase};

const CLIENTS: &str = "/api/v1/clients";

/// An invitation to this address, without messages.
fn invited(database: &TestDatabase, app: &TestApp, broker: &Person, first_name: &str, email: &str) {
    let (broker, now) = (broker.account(), app.app.clock.now().0);
    database.execute(&format!(
        "INSERT INTO invitations (broker_id, first_name, last_name, email, project_type, language, documents, messaging, tasks, \
         calendar, properties, state, sent_by, created_at, sent_at, expires_at) VALUES ({broker}, '{first_name}', 'Marin', '{email}', \
         'sale', 'fr', TRUE, FALSE, TRUE, TRUE, TRUE, 'pending', {broker}, {now}, {now}, {now} + 600000)"
    ));
}

/// Its person comes in: an account, a part, and nothing else.
fn accepted(database: &TestDatabase, app: &TestApp, person: &Person, email: &str, transaction: i64) {
    let (account, now) = (person.account(), app.app.clock.now().0);
    database.execute(&format!(
        "UPDATE invitations SET state = 'accepted', account_id = {account}, accepted_at = {now}, transaction_id = {transaction} \
         WHERE email = '{email}'; \
         INSERT INTO participants (transaction_id, account_id, role, documents, messaging, tasks, calendar, properties, active, \
         added_at) VALUES ({transaction}, {account}, 'client', TRUE, FALSE, TRUE, TRUE, TRUE, TRUE, {now})"
    ));
}

/// As the scheduled job does.
async fn adopt(app: &TestApp) {
    let now = app.app.clock.now();
    let mut adopted = 0;
    while app.app.store.write(move |conn| clients::adopt_invitation(conn, now.plus_days(-1), now)).await.unwrap() {
        adopted += 1;
        assert!(adopted < 20, "it never ends");
    }
    app.app.store.write(move |conn| clients::adopt(conn, now.plus_days(-1), now)).await.unwrap();
}

/// First name, state, address and words of each record.
async fn records(broker: &Person) -> Vec<Value> {
    let listed = broker.get(CLIENTS).await.expect(200)["clients"].as_array().unwrap().clone();
    let shown = |client: &Value| json!([client["first_name"], client["state"], client["email"], client["company"]]);
    listed.iter().map(shown).collect()
}

on_both_databases! {
    async fn whom_it_invites_or_lets_in_has_one_record(database) {
        let app = TestApp::start(database);
        let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
        let (carl, dora, emil) = (app.client("Carl").await, app.client("Dora").await, app.client("Emil").await);
        let (house, _) = ana.open_transaction("House").await;
        let mut socket = ana.socket().await;
        // Nobody has a record of the first; of the second there is one, written by hand; the third was invited by this version.
        invited(database, &app, &ana, "Ivo", "ivo@example.org");
        invited(database, &app, &ana, "Carl", carl.email());
        ana.post(CLIENTS, json!({ "first_name": "C", "last_name": "T", "email": carl.email(), "company": "Carl SA" })).await.expect(201);
        ana.post("/api/v1/client-invitations", invitation_form(dora.email())).await.expect(201);
        accepted(database, &app, &carl, carl.email(), house);
        accepted(database, &app, &dora, dora.email(), house);
        // And one whom it only adds.
        let (garden, _) = ben.open_transaction("Garden").await;
        let added = app.app.clock.now().0;
        database.execute(&format!(
            "INSERT INTO participants (transaction_id, account_id, role, documents, messaging, tasks, calendar, properties, active, \
             added_at) VALUES ({garden}, {}, 'client', TRUE, TRUE, TRUE, TRUE, TRUE, TRUE, {added})", emil.account()
        ));

        // The scheduled job may have been quicker, and finds nothing more to do afterwards.
        for _ in 0..2 {
            adopt(&app).await;
        }
        let of_ana = [
            json!(["Carl", "active", carl.email(), "Carl SA"]),
            json!(["Dora", "active", dora.email(), null]),
            json!(["Ivo", "invited", "ivo@example.org", null]),
        ];
        assert_eq!(records(&ana).await, of_ana);
        assert_eq!(records(&ben).await, [json!(["Emil", "active", null, null])]);
        // Pages that are open ask for their list again.
        socket.expect_that("a change", |frame| frame["t"] == "changed" && frame["topic"] == "client").await;

        // This version reads as a number what that one wrote as flags, and the opposite.
        let shown = ana.get(&format!("/api/v1/transactions/{house}/participants")).await.expect(200)["participants"].clone();
        let of_carl = shown.as_array().unwrap().iter().find(|person| person["account_id"] == json!(carl.account())).unwrap();
        assert_eq!((&of_carl["access"]["messaging"], &of_carl["access"]["tasks"]), (&json!(false), &json!(true)));
        let part = format!("/api/v1/transactions/{house}/participants/{}", carl.account());
        ana.patch(&part, json!({ "access": { "tasks": false } })).await.expect(200);
        let flags = format!("SELECT 1 FROM participants WHERE account_id = {} AND documents AND NOT messaging AND NOT tasks", carl.account());
        assert_eq!(database.count(&flags), 1);
    }

    /// The record is found by its address again, and by the broker who looks for it.
    async fn whom_it_invited_comes_in_on_this_version(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let (_, token) = app.invite(&ana, "ivo@example.org").await;
        database.execute("UPDATE invitations SET client_id = NULL; DELETE FROM clients");
        adopt(&app).await;
        assert_eq!(records(&ana).await, [json!(["Paul", "invited", "ivo@example.org", null])]);
        let path = format!("/api/v1/client-invitations/activate/{token}");
        app.anonymous().post(&path, json!({ "password": crate::support::PASSWORD })).await.expect(201);
        assert_eq!(records(&ana).await, [json!(["Paul", "active", "ivo@example.org", null])]);
        adopt(&app).await;
        assert_eq!(records(&ana).await, [json!(["Paul", "active", "ivo@example.org", null])]);
    }
}
