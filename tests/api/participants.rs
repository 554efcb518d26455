//! Who takes part in a transaction.

use serde_json::json;

use crate::support::{HttpAnswer, TestApp};

fn names(answer: &HttpAnswer) -> Vec<&str> {
    let list = answer.expect(200)["participants"].as_array().unwrap();
    list.iter().map(|participant| participant["name"].as_str().unwrap()).collect()
}

on_both_databases! {
    async fn brokers_are_added_by_address_and_clients_by_account(database) {
        let app = TestApp::start(database);
        let (ana, ben, carl) = (app.broker("Ana").await, app.broker("Ben").await, app.client("Carl").await);
        let (first, _) = ana.open_transaction("House").await;
        app.join(first, &carl).await;
        let (second, _) = ana.open_transaction("Flat").await;
        let path = format!("/api/v1/transactions/{second}/participants");

        let added = ana.post(&path, json!({ "email": " BEN.broker@example.org " })).await;
        assert_eq!(added.expect(201)["participant"]["role"], "broker");
        assert_eq!(added.json["participant"]["pending"], true);
        ben.post(&crate::support::person::accept_path(second), json!({})).await.expect(200);
        let form = json!({ "account_id": carl.account(), "access": { "documents": false } });
        let added = ana.post(&path, form.clone()).await;
        let participant = &added.expect(201)["participant"];
        assert_eq!((&participant["role"], &participant["name"]), (&json!("client"), &json!("Carl Test")));
        assert_eq!((&participant["access"]["documents"], &participant["access"]["messaging"]), (&json!(false), &json!(true)));
        ana.post(&path, form).await.expect_refusal(409, "participant_exists");
        ana.post(&path, json!({ "email": ana.email() })).await.expect_refusal(409, "participant_exists");
        for person in [&ana, &ben, &carl] {
            assert_eq!(names(&person.get(&path).await), ["Ana Test", "Ben Test", "Carl Test"]);
        }

        ana.delete(&format!("{path}/{}", carl.account())).await.expect(204);
        ana.delete(&format!("{path}/{}", carl.account())).await.expect_refusal(404, "participant_unknown");
        ana.post(&path, json!({ "account_id": carl.account() })).await.expect(201);
        carl.get(&path).await.expect(200);
    }

    async fn nobody_learns_who_has_an_account(database) {
        let app = TestApp::start(database);
        let (admin, ana, ben) = (app.admin().await, app.broker("Ana").await, app.broker("Ben").await);
        let (stranger, former) = (app.client("Stella").await, app.broker("Fred").await);
        let (of_ben, _) = ben.open_transaction("Theirs").await;
        app.join(of_ben, &stranger).await;
        let (transaction, _) = ana.open_transaction("House").await;
        let path = format!("/api/v1/transactions/{transaction}/participants");
        admin.post(&format!("/api/v1/accounts/{}/deactivate", former.account()), json!({})).await.expect(200);
        for form in [
            json!({ "email": "nobody@example.org" }),
            json!({ "account_id": 12345 }),
            json!({ "email": stranger.email() }),
            json!({ "account_id": stranger.account() }),
            json!({ "email": admin.email() }),
            json!({ "account_id": former.account() }),
            json!({}),
        ] {
            ana.post(&path, form).await.expect_refusal(404, "account_unknown");
        }
        ana.post(&path, json!({ "email": "not an address" })).await.expect_fields(&[("email", "email_invalid")]);
        ana.post(&path, json!({ "email": ben.email(), "role": "client" })).await.expect_fields(&[("role", "field_unknown")]);
        assert_eq!(names(&ana.get(&path).await), ["Ana Test"]);
    }

    /// The list of all who take part has a bound.
    async fn so_many_take_part_and_no_more(database) {
        let app = TestApp::start(database);
        let (ana, ben, carl) = (app.broker("Ana").await, app.broker("Ben").await, app.client("Carl").await);
        let (transaction, _) = ana.open_transaction("House").await;
        app.join(transaction, &carl).await;
        let path = format!("/api/v1/transactions/{transaction}/participants");
        let of_carl = format!("{path}/{}", carl.account());
        ana.delete(&of_carl).await.expect(204);
        let numbers = "WITH RECURSIVE n(i) AS (SELECT 100001 UNION ALL SELECT i + 1 FROM n WHERE i < 100498)";
        database.execute(&format!(
            "{numbers} INSERT INTO accounts (id, email, role, first_name, last_name, language, password_hash, state, created_at)
                SELECT i, i || '@example.org', 'client', 'A', 'B', 'fr', '!', 'active', 0 FROM n;
             {numbers} INSERT INTO participants (transaction_id, account_id, role, documents, messaging, tasks, calendar,
                    properties, active, added_at)
                SELECT {transaction}, i, 'client', TRUE, FALSE, TRUE, TRUE, TRUE, TRUE, 0 FROM n"
        ));
        let full = |answer: crate::support::HttpAnswer| {
            answer.expect_refusal(409, "too_many_participants");
        };
        full(ana.post(&path, json!({ "email": ben.email() })).await);
        let mut invitation = crate::support::mailbox::invitation_form("paul@example.org");
        invitation["transaction_id"] = json!(transaction);
        full(ana.post("/api/v1/client-invitations", invitation).await);
        // A person who took part before has a place.
        ana.post(&path, json!({ "account_id": carl.account() })).await.expect(201);
        assert_eq!(ana.get(&path).await.expect(200)["participants"].as_array().unwrap().len(), 500);
    }

    async fn somebody_stays_responsible(database) {
        let app = TestApp::start(database);
        let (ana, ben, carl) = (app.broker("Ana").await, app.broker("Ben").await, app.client("Carl").await);
        let (transaction, _) = ana.open_transaction("House").await;
        app.join(transaction, &carl).await;
        let path = format!("/api/v1/transactions/{transaction}/participants");
        let of = |person: &crate::support::Person| format!("{path}/{}", person.account());
        ana.delete(&of(&ana)).await.expect_refusal(409, "last_broker");
        ana.add(transaction, &ben).await;
        // Both at once: one of them stays.
        let (of_ana, of_ben) = (of(&ana), of(&ben));
        let (first, second) = tokio::join!(ana.delete(&of_ana), ben.delete(&of_ben));
        let mut statuses = [first.status.as_u16(), second.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 409], "{} {}", first.text, second.text);
        assert_eq!(names(&carl.get(&path).await).len(), 2);
    }

    async fn access_is_changed_for_those_who_take_part(database) {
        let app = TestApp::start(database);
        let (ana, ben, carl) = (app.broker("Ana").await, app.broker("Ben").await, app.client("Carl").await);
        let (transaction, _) = ana.open_transaction("House").await;
        app.join(transaction, &carl).await;
        let path = format!("/api/v1/transactions/{transaction}/participants/{}", carl.account());
        let access = json!({ "documents": false, "messaging": true, "tasks": false, "calendar": true, "properties": false });
        let changed = ana.patch(&path, json!({ "access": &access })).await;
        assert_eq!(changed.expect(200)["participant"]["access"], access);
        let shown = carl.get(&format!("/api/v1/transactions/{transaction}")).await;
        assert_eq!(shown.expect(200)["transaction"]["access"], access);
        ana.patch(&path, json!({})).await.expect_fields(&[("access", "value_missing")]);
        ana.patch(&path, json!({ "access": { "tasks": "no" } })).await.expect_fields(&[("access.tasks", "value_invalid")]);
        let of_stranger = format!("/api/v1/transactions/{transaction}/participants/{}", ben.account());
        // What is not said stays as it is.
        let changed = ana.patch(&path, json!({ "access": { "tasks": !access["tasks"].as_bool().unwrap() } })).await;
        let mut expected = access.clone();
        expected["tasks"] = json!(!access["tasks"].as_bool().unwrap());
        assert_eq!(changed.expect(200)["participant"]["access"], expected);
        ana.patch(&of_stranger, json!({ "access": access })).await.expect_refusal(404, "participant_unknown");
        ana.delete(&of_stranger).await.expect_refusal(404, "participant_unknown");
    }
}
