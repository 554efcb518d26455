//! A nonce means one message for ever: over two nodes at once, after signing out and in again, after both nodes died.

use std::collections::HashSet;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::stage::{FaultStage, Home, Plan};
use crate::support::{PASSWORD, Person, Socket};

/// Posts it so often, over both nodes at the same time; gives the answers.
async fn post_everywhere(stage: &FaultStage, person: &Person, room: i64, nonce: &str, bodies: &[&str]) -> Vec<Value> {
    let posting = (0..10).map(|number| {
        let url = &stage.urls[number % 2];
        async move {
            let mut socket = Socket::open(url, person.token.as_deref()).await.expect("the handshake succeeds");
            let mut references = Vec::new();
            for attempt in 0..10 {
                let body = bodies[(number + attempt) % bodies.len()];
                let frame = json!({ "t": "post", "room": room, "nonce": nonce, "body": body });
                references.push(socket.send(frame).await);
            }
            let mut answers = Vec::new();
            for reference in references {
                answers.push(socket.answer(reference).await);
            }
            answers
        }
    });
    join_all(posting).await.into_iter().flatten().collect()
}

fn seqs(answers: &[Value]) -> HashSet<i64> {
    answers.iter().map(|answer| answer["seq"].as_i64().unwrap_or_else(|| panic!("no seq: {answer}"))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_nonce_is_one_message_across_nodes_sessions_and_deaths() {
    let mut stage = FaultStage::build(Home::shared(), &Plan { people: 1, ..Plan::default() }).await;
    let place = stage.open_room(&[]).await;
    let ana = stage.person(0).clone();
    let first = post_everywhere(&stage, &ana, place.room, "same", &["text"]).await;
    assert!(first.len() == 100 && first.iter().all(|answer| answer["t"] == "posted"), "{first:?}");
    assert_eq!(seqs(&first).len(), 1, "{first:?}");

    ana.delete("/api/v1/sessions/current").await.expect(204);
    let form = json!({ "email": ana.email(), "password": PASSWORD, "transport": "bearer" });
    let signed_in = Person::new(&stage.urls[1], None).post("/api/v1/sessions", form).await;
    let token = signed_in.expect(201)["token"].as_str().expect("a token").to_owned();
    let again = Person::new(&stage.urls[0], Some(token));
    let second = post_everywhere(&stage, &again, place.room, "same", &["text"]).await;
    assert_eq!(seqs(&second), seqs(&first), "a new session makes no new message");

    for exposed in &mut stage.nodes {
        exposed.node.kill();
    }
    for exposed in &mut stage.nodes {
        exposed.node.restart().await;
    }
    let third = post_everywhere(&stage, &again, place.room, "same", &["text"]).await;
    assert_eq!(seqs(&third), seqs(&first), "a new process makes no new message");

    let other = post_everywhere(&stage, &again, place.room, "same", &["other text"]).await;
    assert!(other.iter().all(|answer| answer["code"] == "nonce_reused"), "{other:?}");
    assert_eq!(seqs(&other), seqs(&first));
    let log = &stage.logs()[&place.room];
    let stored: Vec<_> = log.rows.iter().filter(|row| row.nonce.is_some()).collect();
    assert_eq!(stored.len(), 1);
    assert_eq!((stored[0].nonce.as_deref(), stored[0].body.as_deref()), (Some("same"), Some("text")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_texts_under_one_nonce_one_is_stored_and_the_other_is_refused() {
    let mut stage = FaultStage::build(Home::shared(), &Plan { people: 1, ..Plan::default() }).await;
    let place = stage.open_room(&[]).await;
    let ana = stage.person(0).clone();
    for round in 0..5 {
        let nonce = format!("contested-{round}");
        let answers = post_everywhere(&stage, &ana, place.room, &nonce, &["one", "other"]).await;
        assert_eq!(seqs(&answers).len(), 1, "{answers:?}");
        let (posted, refused): (Vec<&Value>, Vec<&Value>) = answers.iter().partition(|answer| answer["t"] == "posted");
        assert_eq!((posted.len(), refused.len()), (50, 50));
        assert!(refused.iter().all(|answer| answer["code"] == "nonce_reused"), "{refused:?}");
        let log = &stage.logs()[&place.room];
        assert_eq!(log.rows.iter().filter(|row| row.nonce.as_deref() == Some(&nonce)).count(), 1);
    }
}
