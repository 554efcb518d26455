//! Every bound, its answer, and that nobody else feels it.

use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::*;

fn fragment(bytes: &[u8], code: Data, is_last: bool) -> Message {
    Message::Frame(Frame::message(bytes.to_vec(), OpCode::Data(code), is_last))
}

#[tokio::test]
async fn a_frame_may_be_as_large_as_the_limit_and_no_larger() {
    let database = crate::support::sqlite_database();
    let app = TestApp::start(&database);
    let ana = app.broker("Ana").await;
    let mut socket = ana.socket().await;
    let ping = r#"{"t":"ping","ref":1}"#;
    let padded = |length: usize| ping.to_owned() + &" ".repeat(length - ping.len());
    socket.send_text(&padded(131_072)).await;
    assert_eq!(socket.answer(1).await["t"], "pong");
    socket.send_text(&padded(131_073)).await;
    assert_eq!(socket.expect_close().await, 1009);
    expect_alive(&mut ana.socket().await).await;
}

#[tokio::test]
async fn fragments_make_one_frame_with_the_same_limit() {
    let database = crate::support::sqlite_database();
    let app = TestApp::start(&database);
    let ana = app.broker("Ana").await;
    let (_, room) = ana.open_transaction("House").await;
    let mut socket = ana.socket().await;
    let text = json!({ "t": "post", "ref": 77, "room": room, "nonce": "n", "body": "é in two halves" }).to_string();
    let middle = text.find('é').unwrap() + 1;
    let (first, second) = text.as_bytes().split_at(middle);
    socket.send_message(fragment(first, Data::Text, false)).await;
    socket.send_message(Message::Ping("between".into())).await;
    socket.send_message(fragment(b"", Data::Continue, false)).await;
    socket.send_message(fragment(second, Data::Continue, true)).await;
    assert_eq!(socket.answer(77).await["t"], "posted");

    socket.send_message(fragment(b"\x01\x02", Data::Binary, false)).await;
    socket.send_message(fragment(b"\x03", Data::Continue, true)).await;
    expect_refused(&socket.expect("refused").await, "frame_malformed");
    expect_alive(&mut socket).await;

    socket.send_message(fragment(&[b' '; 70_000], Data::Text, false)).await;
    socket.send_message(fragment(&[b' '; 70_000], Data::Continue, false)).await;
    assert_eq!(socket.expect_close().await, 1009, "the limit holds for the whole, before its end");
}

#[tokio::test]
async fn escapes_do_not_count_against_a_message_that_is_allowed() {
    let database = crate::support::sqlite_database();
    let app = TestApp::start(&database);
    let ana = app.broker("Ana").await;
    let (transaction, room) = ana.open_transaction("House").await;
    let body = r"\ud83d\ude00".repeat(10_000);
    let mut socket = ana.socket().await;
    socket.send_text(&format!(r#"{{"t":"post","ref":1,"room":{room},"nonce":"s","body":"{body}"}}"#)).await;
    assert_eq!(socket.answer(1).await["t"], "posted");
    let page = ana.get(&format!("/api/v1/transactions/{transaction}/messages")).await;
    assert_eq!(page.expect(200)["entries"][2]["body"], json!("😀".repeat(10_000)));

    let path = format!("/api/v1/transactions/{transaction}/messages");
    let request = ana.request(reqwest::Method::POST, &path).header("content-type", "application/json");
    ana.send(request.body(format!(r#"{{"nonce":"r","body":"{body}"}}"#))).await.expect(201);
}

#[tokio::test]
async fn half_a_character_is_refused_as_a_message() {
    let database = crate::support::sqlite_database();
    let app = TestApp::start(&database);
    let ana = app.broker("Ana").await;
    let (transaction, room) = ana.open_transaction("House").await;
    let mut socket = ana.socket().await;
    for reference in 1..=15 {
        let frame = format!(r#"{{"t":"post","ref":{reference},"room":{room},"nonce":"n","body":"a\ud800b"}}"#);
        socket.send_text(&frame).await;
        expect_refused(&socket.answer(reference).await, "message_invalid");
    }
    expect_alive(&mut socket).await;
    for (path, field, body) in [
        (format!("/api/v1/transactions/{transaction}/messages"), "body", r#"{"nonce":"n","body":"a\ud800b"}"#),
        ("/api/v1/transactions".to_owned(), "title", r#"{"title":"\udc00","kind":"sale"}"#),
    ] {
        let request = ana.request(reqwest::Method::POST, &path).header("content-type", "application/json");
        ana.send(request.body(body)).await.expect_fields(&[(field, "value_invalid")]);
    }
}

#[tokio::test]
async fn what_is_not_text_closes_the_connection() {
    let database = crate::support::sqlite_database();
    let app = TestApp::start(&database);
    let ana = app.broker("Ana").await;
    for halves in [&[&b"\xff\xfe"[..]][..], &[&b"\xc3"[..], &b"("[..]][..]] {
        let mut socket = ana.socket().await;
        for (number, half) in halves.iter().enumerate() {
            let code = if number == 0 { Data::Text } else { Data::Continue };
            socket.send_message(fragment(half, code, number + 1 == halves.len())).await;
        }
        assert_eq!(socket.expect_close().await, 1007);
    }
}

#[tokio::test]
async fn ten_malformed_frames_close_the_connection_and_harm_nobody_else() {
    let database = crate::support::sqlite_database();
    let app = TestApp::start(&database);
    let (ana, ben, _, room) = two_in_a_room(&app).await;
    let (mut bad, mut good) = (ana.socket().await, ben.socket().await);
    good.join(room, None).await;
    for text in ["", "nonsense", "[]", "{}", r#"{"t":"dance"}"#, r#"{"t":"ping","extra":1}"#] {
        bad.send_text(text).await;
        let answer = bad.expect("refused").await;
        assert_eq!(answer, json!({ "t": "refused", "ref": null, "code": "frame_malformed" }), "{text}");
    }
    bad.send_text(r#"{"t":"join","ref":5,"room":"seven"}"#).await;
    expect_refused(&bad.answer(5).await, "frame_malformed");
    for _ in 0..2 {
        bad.send_message(Message::binary(vec![1, 2, 3])).await;
        expect_refused(&bad.expect("refused").await, "frame_malformed");
    }
    assert_eq!(bad.post(room, "n4", "nine are forgiven").await["t"], "posted");
    bad.send_text("nonsense").await;
    assert_eq!(bad.expect_close().await, 4104);

    assert_eq!(seq(&good.expect("entry").await), 4);
    assert_eq!(good.post(room, "n5", "text").await["t"], "posted");
}

#[tokio::test]
async fn posts_have_a_rate_and_a_refused_one_succeeds_later_with_the_same_nonce() {
    let database = crate::support::sqlite_database();
    let settings = [("ENTREMISE_POST_BURST", "3"), ("ENTREMISE_POSTS_PER_SECOND", "2")];
    let app = TestApp::start_with(&database, &settings);
    let (ana, ben, transaction, room) = two_in_a_room(&app).await;
    let (mut fast, mut other) = (ana.socket().await, ben.socket().await);
    let references = post_many(&mut fast, room, "n", 5).await;
    let mut refused = 0;
    for (number, reference) in references.into_iter().enumerate() {
        let mut answer = fast.answer(reference).await;
        while answer["t"] == "refused" {
            refused += 1;
            expect_refused(&answer, "too_many_posts");
            assert_eq!(
                other.post(room, &format!("o{number}"), "text").await["t"],
                "posted",
                "the rate is one account's"
            );
            let wait = answer["retry_after"].as_u64().expect("when to try again");
            assert!((1..=1000).contains(&wait), "{wait}");
            tokio::time::sleep(std::time::Duration::from_millis(wait)).await;
            answer = fast.post(room, &format!("n-{number}"), &format!("n-{number}")).await;
        }
    }
    assert!(refused >= 2, "{refused}");
    let own = log_of(&ana, transaction)
        .await
        .iter()
        .filter(|e| e["nonce"].as_str().is_some_and(|n| n.starts_with("n-")))
        .count();
    assert_eq!(own, 5);
}

#[tokio::test]
async fn an_account_has_one_rate_for_rest_and_all_its_connections() {
    let database = crate::support::sqlite_database();
    let settings = [("ENTREMISE_POST_BURST", "3"), ("ENTREMISE_POSTS_PER_SECOND", "1")];
    let (app, clock) = TestApp::start_with_clock(&database, &settings);
    let (ana, ben, transaction, room) = two_in_a_room(&app).await;
    let (mut one, mut two) = (ana.socket().await, app.another_device(&ana).await.socket().await);
    let messages = format!("/api/v1/transactions/{transaction}/messages");
    let message = |nonce: &str| json!({ "nonce": nonce, "body": "text" });

    assert_eq!(one.post(room, "a", "text").await["t"], "posted");
    assert_eq!(two.post(room, "b", "text").await["t"], "posted");
    ana.post(&messages, message("c")).await.expect(201);
    expect_refused(&one.post(room, "d", "text").await, "too_many_posts");
    expect_refused(&two.post(room, "e", "text").await, "too_many_posts");
    let refused = ana.post(&messages, message("f")).await;
    assert_eq!(refused.header("retry-after"), "2");
    refused.expect_refusal(429, "too_many_posts");
    ben.post(&messages, message("g")).await.expect(201);

    clock.forward_seconds(1);
    assert_eq!(two.post(room, "e", "text").await["t"], "posted");
    ana.post(&messages, message("f")).await.expect_refusal(429, "too_many_posts");
}

#[tokio::test]
async fn a_person_may_have_so_many_connections() {
    let database = crate::support::sqlite_database();
    let app = TestApp::start_with(&database, &[("ENTREMISE_SOCKETS_PER_ACCOUNT", "2")]);
    let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
    let (mut one, two) = (ana.socket().await, app.another_device(&ana).await.socket().await);
    assert_eq!(ana.socket().await.expect_close().await, 4103);
    expect_alive(&mut ben.socket().await).await;
    expect_alive(&mut one).await;
    two.close().await;
    // The server notices the close a little later than we.
    loop {
        let mut third = ana.socket().await;
        if third.ping().await.is_ok() {
            return;
        }
    }
}

#[tokio::test]
async fn a_connection_may_join_so_many_rooms_even_at_once() {
    let database = crate::support::sqlite_database();
    let app = TestApp::start_with(&database, &[("ENTREMISE_ROOMS_PER_SOCKET", "2")]);
    let ana = app.broker("Ana").await;
    let mut rooms = Vec::new();
    for title in ["One", "Two", "Three"] {
        rooms.push(ana.open_transaction(title).await.1);
    }
    let mut socket = ana.socket().await;
    let mut joins = Vec::new();
    for room in &rooms {
        joins.push(socket.send(json!({ "t": "join", "room": room })).await);
    }
    assert_eq!(socket.answer(joins[0]).await["t"], "joined");
    assert_eq!(socket.answer(joins[1]).await["t"], "joined");
    expect_refused(&socket.answer(joins[2]).await, "too_many_rooms");
    socket.join(rooms[1], Some(0)).await;
    let leave = socket.send(json!({ "t": "leave", "room": rooms[0] })).await;
    socket.answer(leave).await;
    socket.join(rooms[2], None).await;
}

#[tokio::test]
async fn a_flood_of_typing_is_thinned_out() {
    let database = crate::support::sqlite_database();
    let app = TestApp::start(&database);
    let (ana, ben, _, room) = two_in_a_room(&app).await;
    let (mut for_ana, mut for_ben) = (ana.socket().await, ben.socket().await);
    for_ana.join(room, None).await;
    for_ben.join(room, None).await;
    for _ in 0..500 {
        for_ben.send_text(&json!({ "t": "typing", "room": room, "on": true }).to_string()).await;
    }
    assert_eq!(for_ben.post(room, "n", "text").await["t"], "posted");
    for_ana.expect("entry").await;
    let heard = for_ana.set_aside().iter().filter(|frame| frame["t"] == "typing").count();
    assert!((1..100).contains(&heard), "{heard}");
}

on_both_databases! {
    /// Three connections ask for as much as they may, again and again; what others do meanwhile goes before it.
    async fn a_flood_of_reads_makes_nobody_else_wait(database) {
        let settings = [("ENTREMISE_DATABASE_QUEUE", "16"), ("ENTREMISE_DATABASE_POOL_SIZE", "4")];
        let app = TestApp::start_with(database, &settings);
        let (ana, ben, transaction, room) = two_in_a_room(&app).await;
        let carl = app.broker("Carl").await;
        ana.add(transaction, &carl).await;
        let stop = std::sync::atomic::AtomicBool::new(false);
        let flood = async {
            let mut sockets = Vec::new();
            for _ in 0..3 {
                sockets.push(app.another_device(&ben).await.socket().await);
            }
            let (mut rounds, mut refused) = (0, Vec::new());
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                let mut references = Vec::new();
                for socket in &mut sockets {
                    for _ in 0..200 {
                        references.push(socket.send(json!({ "t": "read", "room": room, "seq": 1_000_000 })).await);
                    }
                }
                for (place, reference) in references.into_iter().enumerate() {
                    let answer = sockets[place / 200].answer(reference).await;
                    if answer["t"] != "unread" {
                        refused.push(answer);
                    }
                }
                rounds += 1;
            }
            (rounds, refused)
        };
        let others = async {
            for number in 0..60 {
                let path = format!("/api/v1/transactions/{transaction}/messages");
                carl.post(&path, json!({ "nonce": format!("n{number}"), "body": "text" })).await.expect(201);
                app.anonymous().get("/health/ready").await.expect(200);
            }
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
        };
        let ((rounds, refused), ()) = tokio::join!(flood, others);
        assert!(rounds > 0);
        assert!(refused.is_empty(), "what is put together fits: {refused:?}");
    }
}
