//! A person changes their name while others look at the room.

use super::*;
use crate::activation::{activate, signed_in};
use crate::support::PASSWORD;

/// No look at the database comes before the word that is waited for.
const SELDOM: &[(&str, &str)] = &[("ENTREMISE_HEAD_POLL_MS", "60000")];

async fn rename(person: &Person, first_name: &str) {
    person.patch("/api/v1/me", json!({ "first_name": first_name })).await.expect(200);
}

fn member(room: i64, person: &Person, name: &str) -> Value {
    json!({ "t": "member", "room": room, "account": person.account(), "name": name })
}

async fn change_told(socket: &mut Socket) -> Value {
    let frame = socket.expect("changed").await;
    json!([frame["topic"], frame["id"]])
}

fn name_in(joined: &Value, person: &Person) -> String {
    let members = joined["members"].as_array().expect("a list");
    let member = members.iter().find(|member| member["account"] == json!(person.account())).expect("a member");
    member["name"].as_str().expect("a name").to_owned()
}

on_both_databases! {
    async fn a_new_name_reaches_everybody_in_the_room_and_nobody_else(database) {
        let app = TestApp::start_with(database, SELDOM);
        let (ana, ben, _, room) = two_in_a_room(&app).await;
        let carl = app.broker("Carl").await;
        let (other, elsewhere) = ana.open_transaction("Flat").await;
        ana.add(other, &carl).await;
        let (mut for_ana, mut for_ben, mut for_carl) = (ana.socket().await, ben.socket().await, carl.socket().await);
        for_ana.join(room, None).await;
        for_ben.join(room, None).await;
        for_carl.join(elsewhere, None).await;

        // What is no other name is not told.
        ben.patch("/api/v1/me", json!({ "first_name": "Ben", "phone": "+33 6 12 34 56 78" })).await.expect(200);
        rename(&ben, "Benoît").await;
        for socket in [&mut for_ana, &mut for_ben] {
            assert_eq!(socket.expect("member").await, member(room, &ben, "Benoît Test"));
        }
        rename(&ana, "Anaïs").await;
        assert_eq!(for_carl.expect("member").await, member(elsewhere, &ana, "Anaïs Test"), "the first that they hear of");
        assert_eq!(for_ben.expect("member").await, member(room, &ana, "Anaïs Test"));

        // Whoever comes later is told with the members.
        let (joined, _) = app.another_device(&ana).await.socket().await.join(room, None).await;
        assert_eq!((name_in(&joined, &ana), name_in(&joined, &ben)), ("Anaïs Test".into(), "Benoît Test".into()));
    }

    async fn the_last_of_many_names_is_told(database) {
        let app = TestApp::start_with(database, SELDOM);
        let (ana, ben, _, room) = two_in_a_room(&app).await;
        let mut for_ana = ana.socket().await;
        for_ana.join(room, None).await;
        for number in ["Un", "Deux", "Trois", "Quatre", "Cinq", "Six"] {
            rename(&ben, number).await;
        }
        for_ana.expect_that("the last name", |frame| *frame == member(room, &ben, "Six Test")).await;
    }

    async fn who_was_removed_hears_no_name_and_is_not_told_of(database) {
        let app = TestApp::start_with(database, SELDOM);
        let (ana, ben, transaction, room) = two_in_a_room(&app).await;
        let zoe = app.broker("Zoe").await;
        ana.add(transaction, &zoe).await;
        let (mut for_ana, mut for_ben, mut for_zoe) = (ana.socket().await, ben.socket().await, zoe.socket().await);
        for socket in [&mut for_ana, &mut for_ben, &mut for_zoe] {
            socket.join(room, None).await;
        }
        ana.delete(&format!("/api/v1/transactions/{transaction}/participants/{}", ben.account())).await.expect(204);
        for_ben.expect("removed").await;
        rename(&ben, "Benoît").await;
        rename(&zoe, "Zoé").await;
        // The first name that is heard here: not Ben's.
        for socket in [&mut for_ana, &mut for_zoe] {
            assert_eq!(socket.expect("member").await, member(room, &zoe, "Zoé Test"));
        }
        for_ben.ping().await.expect("it is still open");
        assert!(for_ben.set_aside().iter().all(|frame| frame["t"] != "member"));
    }

    /// Another node's word was lost: this one finds the name in the database.
    async fn a_name_that_nobody_told_is_found(database) {
        let app = TestApp::start(database);
        let (ana, ben, _, room) = two_in_a_room(&app).await;
        let mut for_ana = ana.socket().await;
        for_ana.join(room, None).await;
        let now = entremise::server::system_clock().now().0;
        database.execute(&format!("UPDATE accounts SET first_name = 'Benoît', renamed_at = {now} WHERE id = {}", ben.account()));
        assert_eq!(for_ana.expect("member").await, member(room, &ben, "Benoît Test"));
    }

    /// No room tells them of each other, because one of them does not read the messages.
    async fn who_takes_part_without_the_messages_is_told_to_look(database) {
        let app = TestApp::start_with(database, SELDOM);
        let (ana, ben, transaction, _) = two_in_a_room(&app).await;
        let access = json!({ "messaging": false, "documents": true, "tasks": true, "calendar": true, "properties": true });
        let path = format!("/api/v1/transactions/{transaction}/participants/{}", ben.account());
        ana.patch(&path, json!({ "access": access })).await.expect(200);
        let (mut for_ana, mut for_ben) = (ana.socket().await, ben.socket().await);
        let changed = json!(["transaction", transaction]);
        rename(&ben, "Benoît").await;
        assert_eq!(change_told(&mut for_ana).await, changed);
        rename(&ana, "Anaïs").await;
        assert_eq!(change_told(&mut for_ben).await, changed);
    }

    /// No room tells a broker who was asked to take part of those who ask, nor them of that broker.
    async fn who_is_asked_to_take_part_and_who_asks_are_told_to_look(database) {
        let app = TestApp::start_with(database, SELDOM);
        let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
        let (transaction, _) = ana.open_transaction("House").await;
        let (mut for_ana, mut for_ben) = (ana.socket().await, ben.socket().await);
        let changed = json!(["transaction", transaction]);
        ana.ask(transaction, &ben).await;
        assert_eq!(change_told(&mut for_ben).await, changed);
        rename(&ana, "Anaïs").await;
        assert_eq!(change_told(&mut for_ben).await, changed, "who asks");
        let path = format!("/api/v1/transactions/{transaction}");
        // The broker is told nothing that the request does not show.
        ana.patch(&path, json!({ "city": "Nantes" })).await.expect(200);
        ana.patch(&path, json!({ "title": "Villa" })).await.expect(200);
        assert_eq!(change_told(&mut for_ben).await, changed, "what for");
        rename(&ben, "Benoît").await;
        assert_eq!(change_told(&mut for_ana).await, changed, "who is asked");
        assert_eq!(ana.get(&path).await.expect(200)["transaction"]["asked"][0]["name"], "Benoît Test");
        for_ben.ping().await.expect("it is still open");
        assert!(for_ben.set_aside().iter().all(|frame| frame["t"] != "changed"), "once each");
    }

    /// The second name is published a second after the first, and a node may die before: its change is there when it is stored.
    async fn the_change_for_people_outside_of_the_rooms_is_stored_with_the_name(database) {
        let app = TestApp::start_with(database, SELDOM);
        let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
        let (transaction, _) = ana.open_transaction("House").await;
        ana.ask(transaction, &ben).await;
        let changes = || database.count(&format!("SELECT 1 FROM account_changes WHERE account_id = {}", ana.account()));
        let before = changes();
        rename(&ben, "Benoît").await;
        rename(&ben, "Benjamin").await;
        assert_eq!(changes(), before + 2);
    }

    /// No transaction joins the two any more, and the broker's list still names the person.
    async fn a_broker_who_keeps_a_record_of_the_person_is_told_to_look(database) {
        let app = TestApp::start_with(database, SELDOM);
        let ana = app.broker("Ana").await;
        let (_, token) = app.invite(&ana, "paul@example.org").await;
        let answer = activate(&app, &token, json!({ "password": PASSWORD })).await;
        let (account, transaction) = (answer.expect(201)["account"]["id"].clone(), answer.json["transaction_id"].clone());
        let paul = signed_in(&app, &answer);
        let client = ana.get("/api/v1/clients").await.expect(200)["clients"][0]["id"].clone();
        let clients = || database.count("SELECT 1 FROM account_changes WHERE topic = 'client'");
        // While a room joins the two it tells the name.
        rename(&paul, "Paolo").await;
        assert_eq!(clients(), 0);
        ana.delete(&format!("/api/v1/transactions/{transaction}/participants/{account}")).await.expect(204);
        let mut for_ana = ana.socket().await;
        rename(&paul, "Pablo").await;
        assert_eq!(clients(), 1);
        let told = for_ana.expect_that("the record", |frame| frame["topic"] == "client").await;
        assert_eq!(told["id"], client);
        assert_eq!(ana.get("/api/v1/clients").await.expect(200)["clients"][0]["first_name"], "Pablo");
    }
}
