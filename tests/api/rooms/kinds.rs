//! Entries of other kinds go the way of messages: one log, one nonce, the same rights.

use std::sync::mpsc::sync_channel;

use entremise::domain::{EntryBody, Nonce, Posted, RoomId};
use entremise::store::StoreResult;
use entremise::store::log::NewEntry;

use super::*;

fn poll(data: Value) -> EntryBody {
    EntryBody::Other { kind: "poll".to_owned(), text: None, data: Some(data) }
}

/// What becomes of these, which stand in the queue together.
async fn append(app: &TestApp, by: &Person, room: i64, entries: Vec<(&str, EntryBody)>) -> Vec<String> {
    let (done, outcomes) = sync_channel::<StoreResult<Posted>>(entries.len());
    let count = entries.len();
    for (nonce, body) in entries {
        let nonce = Nonce::parse(nonce.to_owned()).expect("a nonce");
        let entry = NewEntry::new(RoomId(room), by.account(), by.session(), nonce, body);
        let done = done.clone();
        app.app.log.post(entry, Box::new(move |outcome| done.send(outcome).expect("somebody waits")));
    }
    let read = move || (0..count).filter_map(|_| outcomes.recv().ok()).collect::<Vec<_>>();
    let outcomes = tokio::task::spawn_blocking(read).await.expect("the answers");
    let tell = |outcome: StoreResult<Posted>| match outcome {
        Ok(posted) => format!("{}{}", posted.seq, if posted.repeated { " again" } else { "" }),
        Err(error) => error.to_string(),
    };
    outcomes.into_iter().map(tell).collect()
}

on_both_databases! {
    async fn an_entry_of_any_kind_is_stored_once_with_its_data(database) {
        let app = TestApp::start(database);
        let (ana, ben, transaction, room) = two_in_a_room(&app).await;
        let mut for_ben = ben.socket().await;
        for_ben.join(room, None).await;
        let (one, other) = (poll(json!({ "options": [1] })), poll(json!({ "options": [2] })));

        assert_eq!(append(&app, &ana, room, vec![("a", one.clone())]).await, ["4"], "alone");
        let together = vec![("b", EntryBody::message("text")), ("c", other.clone()), ("d", one.clone())];
        assert_eq!(append(&app, &ana, room, together).await, ["5", "6", "7"], "in one batch");
        let repeated = vec![("a", one.clone()), ("e", other.clone()), ("e", other.clone())];
        assert_eq!(append(&app, &ana, room, repeated).await, ["4 again", "8", "8 again"], "step by step");
        for (nonce, body) in [("a", other), ("c", one), ("b", poll(json!(null))), ("d", EntryBody::message("text"))] {
            let outcome = append(&app, &ana, room, vec![(nonce, body)]).await;
            assert!(outcome[0].contains("nonce_reused") || outcome[0].contains("NonceReused"), "{nonce}: {outcome:?}");
        }
        let page = ben.get(&format!("/api/v1/transactions/{transaction}/messages")).await;
        let entries = &page.expect(200)["entries"].as_array().expect("a list")[3..];
        let told: Vec<Value> = entries.iter().map(|e| json!([e["seq"], e["kind"], e["body"], e["data"]])).collect();
        let expected = [
            json!([4, "poll", null, { "options": [1] }]),
            json!([5, "message", "text", null]),
            json!([6, "poll", null, { "options": [2] }]),
            json!([7, "poll", null, { "options": [1] }]),
            json!([8, "poll", null, { "options": [2] }]),
        ];
        assert_eq!(told, expected);
        for seq in 4..=8 {
            let arrives = |frame: &Value| {
                let is_it = |entry: &Value| entry["seq"] == seq;
                is_it(frame) || frame["entries"].as_array().is_some_and(|entries| entries.iter().any(is_it))
            };
            if seq == 8 {
                for_ben.expect_that("the last entry", arrives).await;
            }
        }
    }
}
