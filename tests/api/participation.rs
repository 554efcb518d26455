//! Taking part is agreed to, and can be ended by oneself: co-brokers are asked, the opener stays, a client may leave.

use serde_json::{Value, json};

use super::activation::activate;
use super::invitations::INVITATIONS;
use crate::support::mailbox::invitation_form;
use crate::support::person::accept_path;
use crate::support::{PASSWORD, Person, TestApp};

const REQUESTS: &str = "/api/v1/participation-requests";

async fn requests(person: &Person) -> Vec<Value> {
    person.get(REQUESTS).await.expect(200)["requests"].as_array().unwrap().clone()
}

fn part(transaction: i64, person: &Person) -> String {
    format!("/api/v1/transactions/{transaction}/participants/{}", person.account())
}

fn access(messaging: bool) -> Value {
    json!({ "access": { "documents": true, "messaging": messaging, "tasks": false, "calendar": true, "properties": true } })
}

async fn log_of(person: &Person, transaction: i64) -> Vec<Value> {
    let page = person.get(&format!("/api/v1/transactions/{transaction}/messages")).await;
    page.expect(200)["entries"].as_array().unwrap().clone()
}

on_both_databases! {
    async fn a_co_broker_is_asked_first(database) {
        let app = TestApp::start(database);
        let (ana, ben, carl) = (app.broker("Ana").await, app.broker("Ben").await, app.client("Carl").await);
        let (house, room) = ana.open_transaction("House").await;
        app.join(house, &carl).await;
        let path = format!("/api/v1/transactions/{house}");
        let (mut for_ana, mut for_ben) = (ana.socket().await, ben.socket().await);
        for_ana.join(room, None).await;

        ana.ask(house, &ben).await;
        let changed = json!({ "t": "changed", "topic": "transaction", "id": house, "seq": 1 });
        assert_eq!(for_ben.expect("changed").await, changed);
        let asked = requests(&ben).await;
        assert_eq!((asked.len(), &asked[0]["title"], &asked[0]["asked_by"]), (1, &json!("House"), &json!("Ana Test")));
        // No part yet, in nothing.
        for answer in [ben.get(&path).await, ben.get(&format!("{path}/messages")).await, ben.patch(&path, json!({ "progress": 9 })).await] {
            answer.expect_refusal(404, "transaction_unknown");
        }
        assert_eq!(ben.get("/api/v1/transactions").await.expect(200)["transactions"], json!([]));
        let reference = for_ben.send(json!({ "t": "join", "room": room })).await;
        assert_eq!(for_ben.answer(reference).await["code"], "room_unknown");
        // The broker sees who has not answered; the client does not.
        let shown = ana.get(&path).await;
        let asked = &shown.expect(200)["transaction"]["asked"];
        assert_eq!((&asked[0]["name"], &asked[0]["pending"]), (&json!("Ben Test"), &json!(true)));
        assert_eq!(shown.json["transaction"]["participants"].as_array().unwrap().len(), 2);
        assert_eq!(carl.get(&path).await.expect(200)["transaction"]["asked"], json!([]));
        // Asking again is the same request.
        ana.ask(house, &ben).await;
        assert_eq!(requests(&ben).await.len(), 1);

        let accepted = ben.post(&accept_path(house), json!({})).await;
        assert_eq!(accepted.expect(200)["transaction"]["title"], "House");
        for_ben.expect("added").await;
        let entry = for_ana.expect("entry").await;
        assert_eq!((&entry["kind"], &entry["author"]), (&json!("member_added"), &json!(ben.account())));
        assert_eq!(requests(&ben).await, Vec::<Value>::new());
        ben.post(&accept_path(house), json!({})).await.expect_refusal(404, "transaction_unknown");
        ben.patch(&path, json!({ "progress": 9 })).await.expect(200);
        let again = ana.post(&format!("{path}/participants"), json!({ "email": ben.email() })).await;
        again.expect_refusal(409, "participant_exists");
    }

    async fn who_declines_leaves_no_trace(database) {
        let app = TestApp::start(database);
        let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
        let (house, room) = ana.open_transaction("House").await;
        let before = log_of(&ana, house).await;
        let decline = format!("{REQUESTS}/{house}/decline");
        ben.post(&decline, json!({})).await.expect_refusal(404, "transaction_unknown");
        ana.ask(house, &ben).await;
        let mut for_ana = ana.socket().await;
        for_ana.join(room, None).await;
        ben.post(&decline, json!({})).await.expect(204);
        assert_eq!(for_ana.expect("changed").await["id"], json!(house));
        let shown = ana.get(&format!("/api/v1/transactions/{house}/participants")).await;
        assert_eq!(shown.expect(200)["asked"], json!([]));
        assert_eq!(log_of(&ana, house).await, before);
        ben.post(&accept_path(house), json!({})).await.expect_refusal(404, "transaction_unknown");
        assert_eq!(ben.get("/api/v1/transactions").await.expect(200)["ended"], Value::Null);

        // Nor does who was asked by somebody who takes it back.
        ana.ask(house, &ben).await;
        ana.delete(&part(house, &ben)).await.expect(204);
        assert_eq!(requests(&ben).await, Vec::<Value>::new());
        // Or by somebody who is there no more.
        let cora = app.broker("Cora").await;
        ana.add(house, &cora).await;
        cora.ask(house, &ben).await;
        ana.delete(&part(house, &cora)).await.expect(204);
        assert_eq!(requests(&ben).await, Vec::<Value>::new());
    }

    async fn whoever_opened_a_transaction_is_not_removed_by_others(database) {
        let app = TestApp::start(database);
        let (admin, ana, ben) = (app.admin().await, app.broker("Ana").await, app.broker("Ben").await);
        let (house, _) = ana.open_transaction("House").await;
        ana.add(house, &ben).await;
        ben.delete(&part(house, &ana)).await.expect_refusal(409, "opener_stays");
        ben.patch(&part(house, &ana), access(false)).await.expect_refusal(409, "opener_stays");
        assert_eq!(ana.get(&format!("/api/v1/transactions/{house}")).await.expect(200)["transaction"]["opened_by"], json!(ana.account()));
        // By themselves they may; and a closed account holds nothing.
        ana.patch(&part(house, &ana), access(true)).await.expect(200);
        let (flat, _) = ana.open_transaction("Flat").await;
        ana.add(flat, &ben).await;
        ana.delete(&part(flat, &ana)).await.expect(204);
        admin.post(&format!("/api/v1/accounts/{}/deactivate", ana.account()), json!({})).await.expect(200);
        ben.delete(&part(house, &ana)).await.expect(204);
    }

    async fn a_client_may_leave_and_the_brokers_are_told(database) {
        let app = TestApp::start(database);
        let (ana, carl, olga) = (app.broker("Ana").await, app.client("Carl").await, app.client("Olga").await);
        let (house, room) = ana.open_transaction("House").await;
        for client in [&carl, &olga] {
            app.join(house, client).await;
        }
        ana.patch(&part(house, &olga), access(false)).await.expect(200);
        let (mut for_ana, mut for_carl) = (ana.socket().await, carl.socket().await);
        for_ana.join(room, None).await;
        for_carl.join(room, None).await;
        carl.delete(&part(house, &ana)).await.expect_refusal(403, "forbidden");
        carl.delete(&part(house, &olga)).await.expect_refusal(403, "forbidden");

        carl.delete(&part(house, &carl)).await.expect(204);
        let left = for_ana.expect("entry").await;
        assert_eq!((&left["kind"], &left["author"], &left["data"]["what"]), (&json!("member_removed"), &json!(carl.account()), &json!("part")));
        assert_eq!(for_ana.expect("changed").await["id"], json!(house));
        for_carl.expect("removed").await;
        carl.get(&format!("/api/v1/transactions/{house}")).await.expect_refusal(404, "transaction_unknown");
        carl.delete(&part(house, &carl)).await.expect_refusal(404, "transaction_unknown");
        let list = carl.get("/api/v1/transactions").await;
        assert_eq!((&list.expect(200)["ended"]["count"], &list.json["ended"]["left"]), (&json!(1), &json!(true)));

        // Also without the messages: the room is told all the same.
        olga.delete(&part(house, &olga)).await.expect(204);
        let left = for_ana.expect("entry").await;
        assert_eq!((&left["kind"], &left["author"]), (&json!("member_removed"), &json!(olga.account())));
    }

    async fn a_broker_who_takes_part_as_a_client_acts_for_nobody_there(database) {
        let app = TestApp::start(database);
        let (ana, cleo, carl) = (app.broker("Ana").await, app.broker("Cleo").await, app.client("Carl").await);
        let (house, _) = ana.open_transaction("House").await;
        app.join(house, &carl).await;
        let mut form = invitation_form(cleo.email());
        form["transaction_id"] = json!(house);
        ana.post(INVITATIONS, form).await.expect(201);
        let token = app.mailed_token(cleo.email(), 1).await;
        activate(&app, &token, json!({ "password": PASSWORD })).await.expect(201);

        // They let nobody in, and those beside them are not their clients.
        let mut form = invitation_form("mole@example.org");
        form["transaction_id"] = json!(house);
        cleo.post(INVITATIONS, form.clone()).await.expect_refusal(404, "transaction_unknown");
        assert_eq!(cleo.get("/api/v1/clients").await.expect(200)["clients"], json!([]));
        let (flat, _) = cleo.open_transaction("Flat").await;
        let add = json!({ "account_id": carl.account() });
        let refused = cleo.post(&format!("/api/v1/transactions/{flat}/participants"), add).await;
        refused.expect_refusal(404, "account_unknown");
        let written = json!({ "first_name": "Carl", "last_name": "Test", "email": carl.email() });
        let record = cleo.post("/api/v1/clients", written).await.expect(201)["client"]["id"].clone();
        let link = cleo.post(&format!("/api/v1/clients/{record}/access-link"), json!({})).await;
        link.expect_refusal(404, "account_unknown");

        // Nor does what they sent while they were a broker of it.
        let (garden, _) = ana.open_transaction("Garden").await;
        ana.add(garden, &cleo).await;
        form["transaction_id"] = json!(garden);
        cleo.post(INVITATIONS, form).await.expect(201);
        let sent = app.mailed_token("mole@example.org", 1).await;
        ana.delete(&part(garden, &cleo)).await.expect(204);
        app.join(garden, &cleo).await;
        let refused = activate(&app, &sent, json!({ "password": PASSWORD })).await;
        refused.expect_refusal(410, "invitation_cancelled");
    }

    async fn who_was_removed_is_told_so(database) {
        let app = TestApp::start(database);
        let (ana, carl) = (app.broker("Ana").await, app.client("Carl").await);
        let (house, _) = ana.open_transaction("House").await;
        app.join(house, &carl).await;
        assert_eq!(carl.get("/api/v1/transactions").await.expect(200)["ended"], Value::Null);
        ana.delete(&part(house, &carl)).await.expect(204);
        let ended = carl.get("/api/v1/transactions").await.expect(200)["ended"].clone();
        assert_eq!((&ended["count"], &ended["left"]), (&json!(1), &json!(false)));
        assert!(ended["last_at"].is_string(), "{ended}");
        // Taken in again: nothing has ended.
        app.join(house, &carl).await;
        assert_eq!(carl.get("/api/v1/transactions").await.expect(200)["ended"], Value::Null);
    }

    async fn address_and_phone_are_for_brokers_whose_invitation_was_accepted(database) {
        let app = TestApp::start(database);
        let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
        let mut form = invitation_form("paul@example.org");
        form["phone"] = json!("+33 6 12 34 56 78");
        ana.post(INVITATIONS, form).await.expect(201);
        let token = app.mailed_token("paul@example.org", 1).await;
        let answer = activate(&app, &token, json!({ "password": PASSWORD })).await;
        let transaction = answer.expect(201)["transaction_id"].as_i64().unwrap();
        ana.add(transaction, &ben).await;
        let contact = |answer: crate::support::HttpAnswer| {
            let client = answer.expect(200)["clients"][0].clone();
            (client["name"].clone(), client["email"].clone(), client["phone"].clone())
        };
        let (email, phone) = (json!("paul@example.org"), json!("+33 6 12 34 56 78"));
        assert_eq!(contact(ana.get("/api/v1/clients").await), (json!("Paul Durand"), email, phone));
        let of_ben = ben.get("/api/v1/clients").await;
        assert!(!of_ben.text.contains("paul@example.org"), "{}", of_ben.text);
        assert_eq!(contact(of_ben), (json!("Paul Durand"), Value::Null, Value::Null));
    }
}
