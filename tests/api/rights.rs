//! Rights that end: without the messaging access, after a removal, after a deactivation, after a revocation.

use serde_json::json;

use crate::support::{PASSWORD, Person, Socket, TestApp};

async fn statuses(person: &Person, transaction: i64) -> Vec<u16> {
    let base = format!("/api/v1/transactions/{transaction}");
    let answers = [
        person.get(&base).await,
        person.get(&format!("{base}/participants")).await,
        person.get(&format!("{base}/messages")).await,
        person.post(&format!("{base}/messages"), json!({ "nonce": "again", "body": "hello" })).await,
        person.put(&format!("{base}/read"), json!({ "seq": 1 })).await,
    ];
    // The first post answers 201, its repetition 200: both say yes.
    answers.iter().map(|answer| if answer.status.is_success() { 200 } else { answer.status.as_u16() }).collect()
}

on_both_databases! {
    async fn without_the_messaging_access_there_are_no_messages(database) {
        let app = TestApp::start(database);
        let (ana, carl) = (app.broker("Ana").await, app.client("Carl").await);
        let (transaction, _) = ana.open_transaction("House").await;
        app.join(transaction, &carl).await;
        let base = format!("/api/v1/transactions/{transaction}");
        let participant = format!("{base}/participants/{}", carl.account());

        let answer = ana.patch(&participant, json!({ "access": { "documents": true, "messaging": false, "tasks": true, "calendar": true, "properties": true } })).await;
        assert_eq!(answer.expect(200)["participant"]["access"]["messaging"], false);
        carl.get(&format!("{base}/messages")).await.expect_refusal(403, "forbidden");
        carl.post(&format!("{base}/messages"), json!({ "nonce": "n", "body": "b" })).await.expect_refusal(403, "forbidden");
        carl.put(&format!("{base}/read"), json!({ "seq": 1 })).await.expect_refusal(403, "forbidden");
        let seen = carl.get(&base).await;
        assert!(seen.expect(200)["transaction"]["room"].is_null(), "{}", seen.text);
        let listed = carl.get("/api/v1/transactions").await;
        assert!(listed.expect(200)["transactions"][0]["room"].is_null(), "{}", listed.text);
        // Their part in the room ended, as its log says.
        let log = ana.get(&format!("{base}/messages")).await;
        let last = log.expect(200)["entries"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((&last["kind"], &last["data"]["account"]), (&json!("member_removed"), &json!(carl.account())));

        ana.patch(&participant, json!({ "access": { "documents": true, "messaging": true, "tasks": true, "calendar": true, "properties": true } })).await.expect(200);
        assert_eq!(statuses(&carl, transaction).await, [200; 5]);
    }

    async fn a_removed_participant_finds_nothing_any_more(database) {
        let app = TestApp::start(database);
        let (ana, ben, carl) = (app.broker("Ana").await, app.broker("Ben").await, app.client("Carl").await);
        let (transaction, _) = ana.open_transaction("House").await;
        app.join(transaction, &carl).await;
        ana.add(transaction, &ben).await;
        for person in [&carl, &ben] {
            assert_eq!(statuses(person, transaction).await, [200; 5]);
            ana.delete(&format!("/api/v1/transactions/{transaction}/participants/{}", person.account())).await.expect(204);
            assert_eq!(statuses(person, transaction).await, [404; 5]);
            person.get(&format!("/api/v1/transactions/{transaction}")).await.expect_refusal(404, "transaction_unknown");
            let list = person.get("/api/v1/transactions?q=House").await;
            assert_eq!(list.expect(200)["transactions"], json!([]));
        }
        ben.patch(&format!("/api/v1/transactions/{transaction}"), json!({ "progress": 50 })).await
            .expect_refusal(404, "transaction_unknown");
        let clients = ben.get("/api/v1/clients").await;
        assert!(!clients.expect(200).to_string().contains("House"), "{}", clients.text);
    }

    async fn a_deactivated_account_is_nobody(database) {
        let app = TestApp::start(database);
        let (admin, ana) = (app.admin().await, app.broker("Ana").await);
        let other_device = app.another_device(&ana).await;
        ana.open_transaction("House").await;
        admin.post(&format!("/api/v1/accounts/{}/deactivate", ana.account()), json!({})).await.expect(200);
        for device in [&ana, &other_device] {
            assert_eq!(Socket::open(&app.url, device.token.as_deref()).await.err(), Some(401));
            device.get("/api/v1/me").await.expect_refusal(401, "session_required");
            device.get("/api/v1/transactions").await.expect_refusal(401, "session_required");
        }
        let form = json!({ "email": ana.email(), "password": PASSWORD });
        app.anonymous().post("/api/v1/sessions", form.clone()).await.expect_refusal(401, "credentials_wrong");

        admin.post(&format!("/api/v1/accounts/{}/reactivate", ana.account()), json!({})).await.expect(200);
        ana.get("/api/v1/me").await.expect_refusal(401, "session_required");
        app.anonymous().post("/api/v1/sessions", form).await.expect(201);
    }

    async fn a_revoked_session_is_nobody(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let lost_phone = app.another_device(&ana).await;
        ana.delete(&format!("/api/v1/sessions/{}", lost_phone.session())).await.expect(204);
        lost_phone.get("/api/v1/me").await.expect_refusal(401, "session_required");
        lost_phone.post("/api/v1/transactions", json!({ "title": "T", "kind": "sale" })).await
            .expect_refusal(401, "session_required");
        assert_eq!(Socket::open(&app.url, lost_phone.token.as_deref()).await.err(), Some(401));
        ana.get("/api/v1/me").await.expect(200);
        ana.delete(&format!("/api/v1/sessions/{}", lost_phone.session())).await.expect_refusal(404, "session_unknown");
    }
}
