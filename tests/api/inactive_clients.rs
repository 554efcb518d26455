//! A broker makes a client inactive, and active again.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::mailbox::invitation_form;
use crate::support::{PASSWORD, Person, TestApp};

const CLIENTS: &str = "/api/v1/clients";
const INVITATIONS: &str = "/api/v1/client-invitations";

/// The broker's only record.
async fn record(broker: &Person) -> Value {
    let list = broker.get(CLIENTS).await.expect(200)["clients"].clone();
    assert_eq!(list.as_array().unwrap().len(), 1, "{list}");
    list[0].clone()
}

async fn set(broker: &Person, verb: &str) -> Value {
    let path = format!("{CLIENTS}/{}/{verb}", record(broker).await["id"]);
    broker.post(&path, json!({})).await.expect(200)["client"].clone()
}

async fn titles(person: &Person) -> Vec<String> {
    let answer = person.get("/api/v1/transactions").await;
    let list = answer.expect(200)["transactions"].as_array().unwrap();
    let mut titles: Vec<String> = list.iter().map(|one| one["title"].as_str().unwrap().to_owned()).collect();
    titles.sort();
    titles
}

fn people(transaction: i64) -> String {
    format!("/api/v1/transactions/{transaction}/participants")
}

on_both_databases! {
    async fn all_that_the_two_share_is_closed_at_once_and_comes_back_as_it_was(database) {
        let app = TestApp::start(database);
        let (ana, ben, carl) = (app.broker("Ana").await, app.broker("Ben").await, app.client("Carl").await);
        let (house, house_room) = ana.open_transaction("House").await;
        let (boat, boat_room) = ana.open_transaction("Boat").await;
        let (garden, garden_room) = ben.open_transaction("Garden").await;
        for transaction in [house, boat, garden] {
            app.join(transaction, &carl).await;
        }
        let own = format!("{}/{}", people(house), carl.account());
        ana.patch(&own, json!({ "access": { "calendar": false } })).await.expect(200);
        let (mut for_carl, mut for_ana) = (carl.socket().await, ana.socket().await);
        for room in [house_room, boat_room, garden_room] {
            for_carl.join(room, None).await;
        }
        for_ana.join(house_room, None).await;
        for_ana.post(house_room, "before", "Before.").await;
        for_carl.expect_that("the message", |frame| frame["body"] == "Before.").await;

        let inactive = set(&ana, "deactivate").await;
        assert_eq!((&inactive["state"], &inactive["transactions"]), (&json!("inactive"), &json!([])));
        assert_eq!((inactive["inactive_at"].is_string(), &inactive["can_be_added"]), (true, &json!(false)));
        let mut closed = [for_carl.expect("removed").await, for_carl.expect("removed").await].map(|frame| frame["room"].as_i64());
        closed.sort_unstable();
        assert_eq!(closed, [Some(house_room), Some(boat_room)]);
        assert_eq!(for_ana.expect_that("the end", |frame| frame["kind"] == "member_removed").await["data"]["account"], json!(carl.account()));
        assert_eq!(titles(&carl).await, ["Garden"]);
        carl.get(&format!("/api/v1/transactions/{house}")).await.expect_refusal(404, "transaction_unknown");
        for_ana.post(house_room, "meanwhile", "Meanwhile.").await;
        for_carl.post(garden_room, "garden", "Of another broker.").await;
        for_carl.expect_no_entry(house_room).await;
        // It is Ana's alone.
        let of_ben = record(&ben).await;
        assert_eq!((&of_ben["state"], &of_ben["inactive_at"]), (&json!("active"), &Value::Null));
        let counts = ana.get(&format!("{CLIENTS}?state=inactive")).await.expect(200).clone();
        assert_eq!((&counts["clients"][0]["id"], &counts["counts"]["inactive"], &counts["counts"]["active"]), (&inactive["id"], &json!(1), &json!(0)));
        assert_eq!(ana.get(&format!("{CLIENTS}?state=active")).await.expect(200)["clients"], json!([]));
        assert_eq!(set(&ana, "deactivate").await["inactive_at"], inactive["inactive_at"], "a repeated request changes nothing");
        ana.post(&people(boat), json!({ "account_id": carl.account() })).await.expect_refusal(409, "client_inactive");

        let active = set(&ana, "reactivate").await;
        assert_eq!((&active["state"], &active["inactive_at"], &active["can_be_added"]), (&json!("active"), &Value::Null, &json!(true)));
        assert_eq!(titles(&carl).await, ["Boat", "Garden", "House"]);
        let part = ana.get(&people(house)).await.expect(200)["participants"].clone();
        let part = part.as_array().unwrap().iter().find(|part| part["account_id"] == json!(carl.account())).unwrap().clone();
        assert_eq!((&part["access"]["calendar"], &part["access"]["documents"]), (&json!(false), &json!(true)));
        let (_, history) = for_carl.join(house_room, Some(0)).await;
        let bodies: Vec<&str> = history.iter().filter_map(|entry| entry["body"].as_str()).collect();
        assert_eq!(bodies, ["Before.", "Meanwhile."]);
        assert_eq!(set(&ana, "reactivate").await["transactions"], active["transactions"]);
    }

    async fn only_the_parts_that_were_closed_with_it_come_back(database) {
        let app = TestApp::start(database);
        let (ana, ben, carl) = (app.broker("Ana").await, app.broker("Ben").await, app.client("Carl").await);
        let mut ids = Vec::new();
        for title in ["Ended before", "Ended by Ben", "Left by Ana", "Open"] {
            let (id, _) = ana.open_transaction(title).await;
            ana.add(id, &ben).await;
            app.join(id, &carl).await;
            ids.push(id);
        }
        let part = |of: usize, person: &Person| format!("{}/{}", people(ids[of]), person.account());
        ana.delete(&part(0, &carl)).await.expect(204);
        set(&ana, "deactivate").await;
        // Another broker of the transaction is free to bring the client in, and to remove them.
        ben.post(&people(ids[1]), json!({ "account_id": carl.account() })).await.expect(201);
        assert_eq!(titles(&carl).await, ["Ended by Ben"]);
        ben.delete(&part(1, &carl)).await.expect(204);
        ana.delete(&part(2, &ana)).await.expect(204);
        set(&ana, "reactivate").await;
        assert_eq!(titles(&carl).await, ["Open"]);
    }

    async fn who_is_inactive_is_not_invited_and_does_not_come_in(database) {
        let app = TestApp::start(database);
        let (ana, carl) = (app.broker("Ana").await, app.client("Carl").await);
        let (house, _) = ana.open_transaction("House").await;
        app.join(house, &carl).await;
        let id = record(&ana).await["id"].clone();
        let mut form = invitation_form(carl.email());
        form["client_id"] = id.clone();
        let first = ana.post(INVITATIONS, form.clone()).await.expect(201)["invitation"]["id"].clone();
        let token = app.mailed_token(carl.email(), 1).await;
        let inactive = set(&ana, "deactivate").await;
        assert_eq!(inactive["invitation"], Value::Null);
        assert_eq!(ana.get(&format!("{INVITATIONS}/{first}")).await.expect(200)["invitation"]["state"], "cancelled");
        let come_in = format!("{INVITATIONS}/activate/{token}");
        app.anonymous().post(&come_in, json!({ "password": PASSWORD })).await.expect_refusal(410, "invitation_cancelled");
        ana.post(INVITATIONS, form.clone()).await.expect_refusal(409, "client_inactive");
        // By the address alone it is the same person.
        let by_address = invitation_form(carl.email());
        let path = format!("{CLIENTS}/{id}");
        if ana.get(&path).await.expect(200)["client"]["email"].is_string() {
            ana.post(INVITATIONS, by_address).await.expect_refusal(409, "client_inactive");
        }
        set(&ana, "reactivate").await;
        ana.post(INVITATIONS, form).await.expect(201);
    }

    async fn an_invitation_of_another_address_brings_no_inactive_client_in(database) {
        let app = TestApp::start(database);
        let (ana, carl) = (app.broker("Ana").await, app.client("Carl").await);
        let (house, _) = ana.open_transaction("House").await;
        app.join(house, &carl).await;
        set(&ana, "deactivate").await;
        // Ana does not know the address of a client whom she has not invited herself.
        ana.post(INVITATIONS, invitation_form(carl.email())).await.expect(201);
        let token = app.mailed_token(carl.email(), 1).await;
        let come_in = format!("{INVITATIONS}/activate/{token}");
        app.anonymous().post(&come_in, json!({ "password": PASSWORD })).await.expect_refusal(410, "invitation_cancelled");
        assert_eq!(titles(&carl).await, Vec::<String>::new());
    }

    async fn without_an_account_there_is_nothing_to_close(database) {
        let app = TestApp::start(database);
        let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
        app.invite(&ana, "paul@example.org").await;
        let id = record(&ana).await["id"].clone();
        for verb in ["deactivate", "reactivate"] {
            let path = format!("{CLIENTS}/{id}/{verb}");
            ana.post(&path, json!({})).await.expect_refusal(409, "client_without_account");
            ben.post(&path, json!({})).await.expect_refusal(404, "client_unknown");
        }
        assert_eq!(record(&ana).await["state"], "invited");
    }

    async fn nobody_comes_in_while_the_broker_closes(database) {
        let app = TestApp::start(database);
        let (ana, carl) = (app.broker("Ana").await, app.client("Carl").await);
        let mut rooms = Vec::new();
        for title in ["A", "B", "C", "D"] {
            rooms.push(ana.open_transaction(title).await.0);
        }
        app.join(rooms[0], &carl).await;
        for round in 0..6 {
            let id = set(&ana, "reactivate").await["id"].clone();
            for room in &rooms[1..] {
                ana.delete(&format!("{}/{}", people(*room), carl.account())).await;
            }
            let close = async { ana.post(&format!("{CLIENTS}/{id}/deactivate"), json!({})).await };
            let add = join_all(rooms[1..].iter().map(async |room| ana.post(&people(*room), json!({ "account_id": carl.account() })).await));
            let (closed, added) = tokio::join!(close, add);
            closed.expect(200);
            for answer in added {
                assert!(matches!(answer.status.as_u16(), 201 | 409), "{}", answer.text);
            }
            assert_eq!(titles(&carl).await, Vec::<String>::new(), "in round {round}");
        }
    }
}
