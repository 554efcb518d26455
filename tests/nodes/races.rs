//! The same thing asked of two nodes at once happens once.

use std::collections::HashSet;

use futures_util::future::join_all;
use serde_json::json;

use crate::harness::{World, eventually};
use crate::support::{HttpAnswer, PASSWORD, Person};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_opens_once_however_many_ask() {
    let world = World::new().await;
    let (a, b) = (world.node().await, world.node().await);
    let ana = world.broker(&a, "Ana").await;
    let form =
        json!({ "first_name": "Paul", "last_name": "Durand", "email": "paul@example.org", "project_type": "purchase" });
    let invitation = ana.post("/api/v1/client-invitations", form).await.expect(201)["invitation"]["id"].clone();
    let path = format!("/api/v1/client-invitations/{invitation}/link");
    let link = ana.post(&path, json!({})).await.expect(201)["link"].as_str().unwrap().to_owned();
    let token = link.rsplit('/').next().unwrap();

    let path = format!("/api/v1/client-invitations/activate/{token}");
    let asked = (0..50).map(|number| {
        let person = Person::new(if number % 2 == 0 { &a.url } else { &b.url }, None);
        let path = path.clone();
        async move { person.post(&path, json!({ "password": PASSWORD })).await }
    });
    let answers = join_all(asked).await;
    let (won, lost): (Vec<HttpAnswer>, Vec<HttpAnswer>) = answers.into_iter().partition(|answer| answer.status == 201);
    assert_eq!(won.len(), 1, "{:?}", lost.iter().map(|answer| answer.status).collect::<Vec<_>>());
    for answer in &lost {
        answer.expect_refusal(410, "invitation_used");
    }
    assert_eq!(world.count("SELECT 1 FROM accounts WHERE email = 'paul@example.org'"), 1);
    assert_eq!(world.count("SELECT 1 FROM transactions"), 1);
    assert_eq!(world.count("SELECT 1 FROM entries WHERE kind = 'transaction_created'"), 1);

    // The one who came in is in, on either node.
    let cookies = won[0].headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
    let cookie = cookies.map(|cookie| cookie.split(';').next().unwrap()).find(|cookie| !cookie.contains("-device="));
    let (_, token) = cookie.and_then(|cookie| cookie.split_once('=')).expect("the session's cookie");
    // Each node of the tests has a port, and so a cookie, of its own.
    for node in [&a, &b] {
        let person = Person::new(&node.url, Some(token.to_owned()));
        assert_eq!(person.get("/api/v1/me").await.expect(200)["account"]["email"], "paul@example.org");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_sets_one_password_however_many_confirm_it() {
    let world = World::new().await;
    let (a, b) = (world.node().await, world.node().await);
    let ana = world.broker(&a, "Ana").await;
    let mut on_b = ana.at(&b.url).socket().await;
    let nobody = Person::new(&a.url, None);
    nobody.post("/api/v1/password-resets", json!({ "email": ana.email() })).await.expect(202);
    let mails = format!("SELECT 1 FROM demo_mails WHERE recipient = '{}'", ana.email());
    eventually("the mail is there", || async { world.count(&mails) == 1 }).await;
    let text = world.text(&format!("SELECT body_text AS text FROM demo_mails WHERE recipient = '{}'", ana.email()));
    let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit());
    let code = text.lines().map(str::trim).find(is_code).expect("a code").to_owned();

    let asked = (0..50).map(|number| {
        let person = Person::new(if number % 2 == 0 { &a.url } else { &b.url }, None);
        let form =
            json!({ "email": ana.email(), "code": code, "new_password": format!("Autre-Phare-{number:02}-dune") });
        async move { (number, person.post("/api/v1/password-resets/confirm", form).await) }
    });
    let (won, lost): (Vec<_>, Vec<_>) = join_all(asked).await.into_iter().partition(|(_, answer)| answer.status == 204);
    assert_eq!(won.len(), 1, "{:?}", lost.iter().map(|(_, answer)| answer.status).collect::<Vec<_>>());
    for (_, answer) in &lost {
        let code = answer.json["error"]["code"].as_str().unwrap_or_default();
        assert!(["reset_code_wrong", "too_many_attempts", "unavailable"].contains(&code), "{}", answer.text);
    }
    assert_eq!(on_b.expect_close().await, 4105);
    for node in [&a, &b] {
        ana.at(&node.url).get("/api/v1/me").await.expect_refusal(401, "session_required");
        let password = format!("Autre-Phare-{:02}-dune", won[0].0);
        let form = json!({ "email": ana.email(), "password": password });
        Person::new(&node.url, None).post("/api/v1/sessions", form).await.expect(201);
    }
    assert_eq!(world.count("SELECT 1 FROM mails WHERE kind = 'password_changed'"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_creation_repeated_over_two_nodes_makes_one() {
    let world = World::new().await;
    let (a, b) = (world.node().await, world.node().await);
    let ana = world.broker(&a, "Ana").await;
    let asked =
        (0..40).map(|number| {
            let person = ana.at(if number % 2 == 0 { &a.url } else { &b.url });
            async move {
                person.post_once("same", "/api/v1/transactions", json!({ "title": "House", "kind": "sale" })).await
            }
        });
    let ids: HashSet<i64> = join_all(asked)
        .await
        .iter()
        .map(|answer| answer.expect(201)["transaction"]["id"].as_i64().expect("an id"))
        .collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(world.count("SELECT 1 FROM transactions"), 1);
    assert_eq!(world.count("SELECT 1 FROM entries WHERE kind = 'transaction_created'"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_nonce_posted_a_hundred_times_over_two_nodes_is_one_message() {
    let world = World::new().await;
    let (a, b) = (world.node().await, world.node().await);
    let ana = world.broker(&a, "Ana").await;
    let (transaction, room) = ana.open_transaction("House").await;
    let messages = format!("/api/v1/transactions/{transaction}/messages");
    let by_request = (0..50).map(|number| {
        let (person, path) = (ana.at(if number % 2 == 0 { &a.url } else { &b.url }), messages.clone());
        async move {
            let answer = person.post(&path, json!({ "nonce": "same", "body": "text" })).await;
            assert!(matches!(answer.status.as_u16(), 200 | 201), "{}", answer.text);
            (answer.status == 201, answer.json["seq"].clone(), answer.json["at"].clone())
        }
    });
    let by_socket = (0..2).map(|number| {
        let person = ana.at(if number == 0 { &a.url } else { &b.url });
        async move {
            let mut socket = person.socket().await;
            let mut references = Vec::new();
            for _ in 0..25 {
                let frame = json!({ "t": "post", "room": room, "nonce": "same", "body": "text" });
                references.push(socket.send(frame).await);
            }
            let mut answers = Vec::new();
            for reference in references {
                let answer = socket.answer(reference).await;
                assert_eq!(answer["t"], "posted", "{answer}");
                answers.push((false, answer["seq"].clone(), answer["at"].clone()));
            }
            answers
        }
    });
    let (mut answers, others) = tokio::join!(join_all(by_request), join_all(by_socket));
    answers.extend(others.into_iter().flatten());
    assert_eq!(answers.len(), 100);
    let said: HashSet<String> = answers.iter().map(|(_, seq, at)| format!("{seq} {at}")).collect();
    assert_eq!(said.len(), 1, "{said:?}");
    // At most one is told that they are the first: the first may have come over a socket.
    assert!(answers.iter().filter(|(first, ..)| *first).count() <= 1);
    let log = world.rows(room);
    assert_eq!(log.iter().filter(|row| row.nonce.is_some()).count(), 1);
    let refused = ana.at(&b.url).post(&messages, json!({ "nonce": "same", "body": "other text" })).await;
    assert_eq!(refused.expect_refusal(409, "nonce_reused")["seq"], answers[0].1);
}
