//! A transaction has a second room, its internal notes, with members and a log of its own.

use entremise::domain::{MemberChange, Role, RoomSubject, TransactionId};
use entremise::store::{members, rooms};

use super::*;

/// The room of the notes, with this broker.
async fn notes(app: &TestApp, transaction: i64, broker: &Person) -> i64 {
    let (account, now) = (broker.account(), app.app.clock.now());
    let made = app.app.store.write(move |conn| {
        let room = rooms::create(conn, RoomSubject::Notes(TransactionId(transaction)), now)?;
        members::add(conn, room, account, Role::Broker, MemberChange::Part, None, now)?;
        Ok(room)
    });
    made.await.expect("the room").0
}

on_both_databases! {
    async fn the_notes_of_a_transaction_are_a_room_of_their_own(database) {
        let app = TestApp::start(database);
        let (ana, ben, transaction, conversation) = two_in_a_room(&app).await;
        let notes = notes(&app, transaction, &ana).await;
        let (mut for_ana, mut for_ben) = (ana.socket().await, ben.socket().await);

        let (joined, _) = for_ana.join(notes, None).await;
        assert_eq!((&joined["kind"], &joined["transaction"]), (&json!("notes"), &json!(transaction)));
        assert_eq!(joined["members"].as_array().map(Vec::len), Some(1));
        let (joined, _) = for_ana.join(conversation, None).await;
        assert_eq!((&joined["kind"], &joined["transaction"]), (&json!("conversation"), &json!(transaction)));
        for_ben.join(conversation, None).await;
        let reference = for_ben.send(json!({ "t": "join", "room": notes })).await;
        assert_eq!(for_ben.answer(reference).await["code"], "room_unknown");

        let said = for_ana.post(notes, "n", "They would take 240,000").await;
        assert_eq!((&said["room"], &said["seq"]), (&json!(notes), &json!(2)));
        for_ben.expect_no_entry(conversation).await;
        let page = ben.get(&format!("/api/v1/transactions/{transaction}/messages")).await;
        assert!(!page.expect(200).to_string().contains("240,000"), "the conversation tells of the notes");
        for person in [&ana, &ben] {
            let list = person.get("/api/v1/transactions").await;
            let list = list.expect(200)["transactions"].as_array().expect("a list");
            assert_eq!(list.len(), 1, "once for each transaction, not for each room");
            assert_eq!(list[0]["room"]["id"], conversation);
        }
    }
}
