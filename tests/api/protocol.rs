//! `docs/PROTOCOL.md` against the server: every example is sent or compared with what really comes, every table with the
//! types. What stands there is what the server does.

mod tables;

use std::collections::{BTreeMap, BTreeSet};

use entremise::realtime::protocol::ClientFrame;
use serde_json::{Value, json};

use crate::support::{Person, Socket, TestApp};

const PAGE: &str = include_str!("../../docs/PROTOCOL.md");

/// An example with the section it stands in.
struct Example {
    section: String,
    frame: Value,
    text: String,
}

/// The examples of a kind: ` ```json client ` or ` ```json server `.
fn examples(kind: &str) -> Vec<Example> {
    let (mut found, mut section) = (Vec::new(), "");
    let mut lines = PAGE.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("### ") {
            section = line;
        }
        if line.strip_prefix("```json ") == Some(kind) {
            let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            let text = text.join("\n");
            let frame = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{section}: {error}"));
            found.push(Example { section: section_text(section), frame, text });
        }
    }
    found
}

fn section_text(heading: &str) -> String {
    let from = PAGE.split(&format!("{heading}\n")).nth(1).expect("the section");
    from.split("\n##").next().expect("its text").to_owned()
}

#[test]
fn every_client_example_is_a_frame_of_ours() {
    let examples = examples("client");
    assert_eq!(examples.len(), 7);
    for Example { text, frame, .. } in examples {
        assert!(ClientFrame::parse(&text).is_ok(), "{text}");
        let mut with_more = frame.clone();
        with_more["more"] = json!(1);
        assert!(ClientFrame::parse(&with_more.to_string()).is_err(), "unknown fields are refused: {text}");
    }
}

/// The type that the page promises as the answer, if it promises one.
fn promised(section: &str) -> Option<&str> {
    Some(section.split_once("Answer: [`")?.1.split_once('`')?.0)
}

#[tokio::test]
async fn every_client_example_gets_the_answer_of_the_page() {
    let database = crate::support::sqlite_database();
    let app = TestApp::start(&database);
    let ana = app.broker("Ana").await;
    let (_, room) = ana.open_transaction("House").await;
    let mut socket = ana.socket().await;
    let mut answered = 0;
    for Example { section, mut frame, .. } in examples("client") {
        for (field, value) in [("room", room), ("after", 0), ("seq", 1)] {
            if frame.get(field).is_some() {
                frame[field] = json!(value);
            }
        }
        match promised(&section) {
            Some(kind) => {
                let reference = socket.send(frame.clone()).await;
                assert_eq!(socket.answer(reference).await["t"], kind, "{frame}");
                answered += 1;
            }
            None => {
                assert!(section.contains("No answer."), "{section}");
                socket.send_text(&frame.to_string()).await;
                socket.ping().await.expect("it is still open");
                let heard = socket.set_aside();
                assert!(heard.iter().all(|f| f["t"] != "refused" && f["t"] != "typing"), "{heard:?}");
            }
        }
    }
    assert_eq!(answered, 6);
}

/// What a value is made of. `null` stands for whatever else may stand there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum JsonShape {
    Null,
    Bool,
    Number,
    Text,
    /// The shapes of the elements.
    List(BTreeSet<JsonShape>),
    Object(BTreeMap<String, JsonShape>),
}

fn shape(value: &Value) -> JsonShape {
    match value {
        Value::Null => JsonShape::Null,
        Value::Bool(_) => JsonShape::Bool,
        Value::Number(_) => JsonShape::Number,
        Value::String(_) => JsonShape::Text,
        Value::Array(elements) => JsonShape::List(elements.iter().map(shape).collect()),
        Value::Object(fields) => {
            JsonShape::Object(fields.iter().map(|(name, value)| (name.clone(), shape(value))).collect())
        }
    }
}

/// The same fields with the same types, all the way down.
fn agree(documented: &JsonShape, real: &JsonShape) -> bool {
    match (documented, real) {
        (JsonShape::Null, _) | (_, JsonShape::Null) => true,
        (JsonShape::List(documented), JsonShape::List(real)) => {
            let known = |element: &JsonShape| documented.iter().any(|other| agree(other, element));
            let occurs = |element: &JsonShape| real.iter().any(|other| agree(element, other));
            real.iter().all(known) && documented.iter().all(occurs)
        }
        (JsonShape::Object(documented), JsonShape::Object(real)) => {
            documented.keys().eq(real.keys()) && documented.iter().all(|(name, shape)| agree(shape, &real[name]))
        }
        (documented, real) => documented == real,
    }
}

/// Fields that the page says stand only sometimes.
const SOMETIMES: &[(&str, &str)] = &[("refused", "seq"), ("refused", "retry_after"), ("unread", "ref")];

#[tokio::test]
async fn every_server_example_is_what_the_server_sends() {
    let real = real_frames().await;
    let examples = examples("server");
    let documented: BTreeSet<&str> = examples.iter().map(|example| example.frame["t"].as_str().unwrap()).collect();
    let sent: BTreeSet<&str> = real.iter().map(|frame| frame["t"].as_str().unwrap()).collect();
    assert_eq!(documented, sent, "types of the page and types that the server sends");
    for Example { frame: example, .. } in &examples {
        let kind = example["t"].as_str().unwrap();
        let of_kind: Vec<&Value> = real.iter().filter(|frame| frame["t"] == kind).collect();
        assert!(
            of_kind.iter().any(|frame| agree(&shape(example), &shape(frame))),
            "the page says\n{example}\nthe server sends\n{of_kind:#?}"
        );
        for frame in of_kind {
            for name in example.as_object().unwrap().keys().chain(frame.as_object().unwrap().keys()) {
                let stands_in_both = example.get(name).is_some() && frame.get(name).is_some();
                assert!(
                    stands_in_both || SOMETIMES.contains(&(kind, name.as_str())),
                    "{kind}.{name}: {example} {frame}"
                );
            }
        }
    }
}

/// Two people until every type has occurred.
async fn real_frames() -> Vec<Value> {
    let database = crate::support::sqlite_database();
    let settings = [("ENTREMISE_POST_BURST", "3"), ("ENTREMISE_POSTS_PER_SECOND", "1")];
    let app = TestApp::start_with(&database, &settings);
    let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
    let (transaction, room) = ana.open_transaction("House").await;
    let mut frames = Vec::new();
    let mut for_ben = Socket::open(&app.url, ben.token.as_deref()).await.expect("a handshake");
    frames.push(for_ben.expect("hello").await);
    ana.add(transaction, &ben).await;
    frames.push(for_ben.expect("added").await);

    let mut for_ana = ana.socket().await;
    frames.push(for_ana.post(room, "n1", "Good evening!").await);
    frames.push(for_ana.post(room, "n1", "another text").await);
    frames.push(for_ana.post(room, "n2", "hello").await);
    frames.push(for_ana.post(room, "n3", "one too many").await);
    ask(&mut for_ana, &mut frames, json!({ "t": "join", "room": room })).await;
    // The log of the page's example: a message, then somebody who is added.
    let carl = app.broker("Carl").await;
    ana.add(transaction, &carl).await;
    ask(&mut for_ben, &mut frames, json!({ "t": "join", "room": room, "after": 3 })).await;
    frames.push(for_ben.expect("entries").await);
    frames.push(for_ben.expect("live").await);
    frames.push(for_ana.expect("presence").await);
    ask(&mut for_ben, &mut frames, json!({ "t": "read", "room": room, "seq": 4 })).await;
    frames.push(for_ben.expect("unread").await);
    frames.push(for_ana.expect("read").await);
    for_ben.send_text(&json!({ "t": "typing", "room": room, "on": true }).to_string()).await;
    frames.push(for_ana.expect("typing").await);
    ben.patch("/api/v1/me", json!({ "first_name": "Benoît" })).await.expect(200);
    frames.push(for_ana.expect("member").await);
    frames.push(for_ben.post(room, "n1", "hello").await);
    frames.push(for_ana.expect_that("a message", |frame| frame["kind"] == "message").await);
    ask(&mut for_ana, &mut frames, json!({ "t": "follow", "after": 5000 })).await;
    frames.push(for_ana.expect("stale").await);
    ask(&mut for_ana, &mut frames, json!({ "t": "ping" })).await;
    ask(&mut for_ana, &mut frames, json!({ "t": "leave", "room": room })).await;
    remove(&ana, transaction, &ben).await;
    frames.push(for_ben.expect("removed").await);
    frames.push(for_ben.expect("changed").await);
    frames
}

async fn ask(socket: &mut Socket, frames: &mut Vec<Value>, frame: Value) {
    let reference = socket.send(frame).await;
    frames.push(socket.answer(reference).await);
}

async fn remove(by: &Person, transaction: i64, other: &Person) {
    by.delete(&format!("/api/v1/transactions/{transaction}/participants/{}", other.account())).await.expect(204);
}

#[tokio::test]
async fn the_kinds_of_entries_are_those_of_the_page() {
    let database = crate::support::sqlite_database();
    let app = TestApp::start(&database);
    let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
    let (transaction, room) = ana.open_transaction("House").await;
    let mut socket = ana.socket().await;
    ana.add(transaction, &ben).await;
    ana.patch(&format!("/api/v1/transactions/{transaction}"), json!({ "progress": 40 })).await.expect(200);
    remove(&ana, transaction, &ben).await;
    socket.post(room, "n", "text").await;
    let (_, entries) = socket.join(room, Some(0)).await;

    let rows = tables::kinds();
    let documented: BTreeSet<&str> = rows.iter().map(|(kind, _)| kind.as_str()).collect();
    let ours: BTreeSet<&str> = entremise::domain::EntryKind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(documented, ours);
    for (kind, data) in &rows {
        let entry = entries.iter().find(|entry| entry["kind"] == json!(kind)).unwrap_or_else(|| panic!("no {kind}"));
        assert!(agree(&shape(data), &shape(&entry["data"])), "{kind}: {data} against {}", entry["data"]);
        assert_eq!(data.is_null(), entry["data"].is_null(), "{kind}");
    }
}
