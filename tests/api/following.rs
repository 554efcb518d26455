//! A person's own stream: what changes for them, told once and in order to each connection that follows it.

use entremise::app::housekeeping;
use entremise::domain::Topic;
use entremise::server::system_clock;
use entremise::store::account_changes;
use serde_json::{Value, json};

use crate::invitations::INVITATIONS;
use crate::support::mailbox::{invitation_form, token_in};
use crate::support::{Person, Socket, TestApp};

/// No look at the database comes before what is waited for.
const SELDOM: &[(&str, &str)] = &[("ENTREMISE_HEAD_POLL_MS", "60000")];
const OFTEN: &[(&str, &str)] = &[("ENTREMISE_HEAD_POLL_MS", "100")];

async fn change(app: &TestApp, person: &Person, id: i64) {
    let (account, now) = (person.account(), app.app.clock.now());
    let record = move |conn: &mut _| account_changes::record(conn, [account], Topic::Client, id, now);
    app.app.store.write(record).await.expect("a change");
}

/// As another node leaves it behind whose word was lost.
fn untold_change(database: &crate::support::TestDatabase, person: &Person, seq: i64, topic: &str) {
    let account = person.account();
    database.execute(&format!(
        "BEGIN; INSERT INTO account_heads (account_id, last_change) VALUES ({account}, {seq}) \
         ON CONFLICT (account_id) DO UPDATE SET last_change = {seq}; \
         INSERT INTO account_changes (account_id, seq, topic, subject_id, created_at) VALUES ({account}, {seq}, '{topic}', {seq}, {}); COMMIT;",
        system_clock().now().0
    ));
}

async fn follow(socket: &mut Socket, after: Option<i64>) -> Value {
    let mut frame = json!({ "t": "follow" });
    if let Some(after) = after {
        frame["after"] = json!(after);
    }
    let reference = socket.send(frame).await;
    socket.answer(reference).await
}

async fn expect_changes(socket: &mut Socket, seqs: impl IntoIterator<Item = i64>) {
    for seq in seqs {
        assert_eq!(socket.expect("changed").await["seq"], seq);
    }
}

/// Whatever was under way has come, and it was nothing more of this.
async fn expect_no_more(socket: &mut Socket) {
    socket.ping().await.expect("it is still open");
    let more = socket.set_aside();
    assert!(more.iter().all(|frame| frame["t"] != "changed" && frame["t"] != "stale"), "{more:?}");
}

on_both_databases! {
    async fn a_change_reaches_every_device_of_the_person_and_nobody_else(database) {
        let app = TestApp::start_with(database, SELDOM);
        let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
        let (mut desk, mut phone) = (ana.socket().await, app.another_device(&ana).await.socket().await);
        let (mut bot, mut for_ben) = (app.another_device(&ana).await.socket().await, ben.socket().await);
        for socket in [&mut desk, &mut phone, &mut for_ben] {
            assert_eq!(follow(socket, None).await["seq"], 0);
        }
        change(&app, &ana, 7).await;
        let expected = json!({ "t": "changed", "topic": "client", "id": 7, "seq": 1 });
        // A connection that does not follow is told too, if the word reaches its node.
        for socket in [&mut desk, &mut phone, &mut bot] {
            assert_eq!(socket.expect("changed").await, expected);
        }
        change(&app, &ben, 9).await;
        assert_eq!(for_ben.expect("changed").await, json!({ "t": "changed", "topic": "client", "id": 9, "seq": 1 }));
        for socket in [&mut desk, &mut phone, &mut bot, &mut for_ben] {
            expect_no_more(socket).await;
        }
    }

    async fn who_comes_back_gets_what_they_missed_once_and_in_order(database) {
        let app = TestApp::start_with(database, SELDOM);
        let ana = app.broker("Ana").await;
        for id in 1..=5 {
            change(&app, &ana, id).await;
        }
        let mut socket = ana.socket().await;
        assert_eq!(follow(&mut socket, Some(2)).await, json!({ "t": "following", "ref": 1, "seq": 5 }));
        expect_changes(&mut socket, 3..=5).await;
        change(&app, &ana, 6).await;
        expect_changes(&mut socket, [6]).await;
        expect_no_more(&mut socket).await;
        // Who has everything is told nothing, and who says nothing begins here.
        for after in [Some(6), None] {
            let mut other = ana.socket().await;
            assert_eq!(follow(&mut other, after).await["seq"], 6);
            expect_no_more(&mut other).await;
        }
    }

    async fn too_much_is_one_word_and_the_stream_goes_on_behind_it(database) {
        let app = TestApp::start_with(database, SELDOM);
        let ana = app.broker("Ana").await;
        for id in 1..=101 {
            change(&app, &ana, id).await;
        }
        let mut just_enough = ana.socket().await;
        assert_eq!(follow(&mut just_enough, Some(1)).await["seq"], 101);
        expect_changes(&mut just_enough, 2..=101).await;
        let mut too_much = ana.socket().await;
        assert_eq!(follow(&mut too_much, Some(0)).await["seq"], 101);
        assert_eq!(too_much.expect("stale").await, json!({ "t": "stale", "seq": 101 }));
        // A number of another history, after a backup was restored.
        let mut ahead = ana.socket().await;
        assert_eq!(follow(&mut ahead, Some(5000)).await["seq"], 101);
        assert_eq!(ahead.expect("stale").await["seq"], 101);
        change(&app, &ana, 102).await;
        for socket in [&mut just_enough, &mut too_much, &mut ahead] {
            expect_changes(socket, [102]).await;
            expect_no_more(socket).await;
        }
        // What is forgotten cannot be told one by one.
        database.execute("UPDATE account_changes SET created_at = 0");
        housekeeping::prune(&app.app).await.expect("the old ones go");
        assert_eq!(database.count("SELECT * FROM account_changes"), 0);
        let mut late = ana.socket().await;
        assert_eq!(follow(&mut late, Some(101)).await["seq"], 102);
        assert_eq!(late.expect("stale").await["seq"], 102);
    }

    async fn what_nobody_told_is_found_by_the_next_change(database) {
        let app = TestApp::start_with(database, SELDOM);
        let ana = app.broker("Ana").await;
        let mut socket = ana.socket().await;
        follow(&mut socket, None).await;
        untold_change(database, &ana, 1, "of_a_later_version");
        change(&app, &ana, 7).await;
        let first = socket.expect("changed").await;
        assert_eq!(first, json!({ "t": "changed", "topic": "of_a_later_version", "id": 1, "seq": 1 }), "unread");
        expect_changes(&mut socket, [2]).await;
        expect_no_more(&mut socket).await;
    }

    async fn what_nobody_told_is_found_by_the_comparison(database) {
        let app = TestApp::start_with(database, OFTEN);
        let ana = app.broker("Ana").await;
        let mut socket = ana.socket().await;
        follow(&mut socket, None).await;
        for seq in 1..=3 {
            untold_change(database, &ana, seq, "client");
            expect_changes(&mut socket, [seq]).await;
        }
    }

    async fn each_request_to_follow_is_answered(database) {
        let app = TestApp::start_with(database, SELDOM);
        let ana = app.broker("Ana").await;
        let mut socket = ana.socket().await;
        let mut references = Vec::new();
        for _ in 0..20 {
            references.push(socket.send(json!({ "t": "follow", "after": 0 })).await);
        }
        for reference in &references {
            let answer = socket.answer(*reference).await;
            assert!(answer["t"] == "following" || answer["code"] == "unavailable", "{answer}");
        }
        assert_eq!(follow(&mut socket, None).await["t"], "following");
        change(&app, &ana, 1).await;
        expect_changes(&mut socket, [1]).await;
        expect_no_more(&mut socket).await;
    }

    async fn the_document_says_from_which_number_its_page_follows(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let meta = async || {
            let document = ana.get("/broker").await;
            let (_, rest) = document.text.split_once("<meta name=\"changes\" content=\"").expect("a number");
            rest.split_once('"').expect("its end").0.to_owned()
        };
        assert_eq!(meta().await, "0");
        change(&app, &ana, 1).await;
        change(&app, &ana, 2).await;
        assert_eq!(meta().await, "2");
        assert!(!app.anonymous().get("/sign-in").await.text.contains("name=\"changes\""));
    }

    async fn a_broker_hears_what_becomes_of_their_invitations_and_no_other_does(database) {
        let app = TestApp::start_with(database, SELDOM);
        let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
        let (mut for_ana, mut for_ben) = (ana.socket().await, ben.socket().await);
        follow(&mut for_ana, None).await;
        follow(&mut for_ben, None).await;
        let made = ana.post(INVITATIONS, invitation_form("zoe@example.org")).await;
        let id = made.expect(201)["invitation"]["id"].as_i64().unwrap();
        let at = format!("{INVITATIONS}/{id}");
        let changed = |seq: i64| json!({ "t": "changed", "topic": "invitation", "id": id, "seq": seq });
        // Made, and then its mail has left.
        for seq in [1, 2] {
            assert_eq!(for_ana.expect("changed").await, changed(seq));
        }
        assert_eq!(ana.get(&at).await.expect(200)["invitation"]["mail"]["state"], "sent");
        ana.patch(&at, json!({ "first_name": "Zoé" })).await.expect(200);
        ana.post(&format!("{at}/link"), json!({})).await.expect(201);
        ana.post(&format!("{at}/extend"), json!({})).await.expect(200);
        ana.post(&format!("{at}/resend"), json!({})).await.expect(200);
        for seq in 3..=7 {
            assert_eq!(for_ana.expect("changed").await, changed(seq), "edited, copied, extended, sent again, left again");
        }
        let token = token_in(app.mails_to("zoe@example.org", 2).await[1]["text"].as_str().unwrap());
        let activate = format!("{INVITATIONS}/activate/{token}");
        app.anonymous().post(&activate, json!({ "password": "Grenier-Tuile-62-orme" })).await.expect(201);
        let mut accepted = [for_ana.expect("changed").await, for_ana.expect("changed").await];
        accepted.sort_by_key(|change| change["topic"].to_string());
        assert_eq!((&accepted[0]["topic"], &accepted[0]["id"]), (&json!("invitation"), &json!(id)));
        assert_eq!(accepted[1]["topic"], "transaction", "opened for the two");

        let other = ana.post(INVITATIONS, invitation_form("yves@example.org")).await;
        let other = other.expect(201)["invitation"]["id"].as_i64().unwrap();
        expect_changes(&mut for_ana, [10, 11]).await;
        ana.post(&format!("{INVITATIONS}/{other}/cancel"), json!({})).await.expect(200);
        let cancelled = json!({ "t": "changed", "topic": "invitation", "id": other, "seq": 12 });
        assert_eq!(for_ana.expect("changed").await, cancelled);
        expect_no_more(&mut for_ana).await;
        expect_no_more(&mut for_ben).await;
    }

    async fn an_expired_invitation_that_gives_way_has_a_change_of_its_own(database) {
        let app = TestApp::start_with(database, SELDOM);
        let ana = app.broker("Ana").await;
        let mut socket = ana.socket().await;
        follow(&mut socket, None).await;
        let invite = async |email: &str| {
            let made = ana.post(INVITATIONS, invitation_form(email)).await;
            made.expect(201)["invitation"]["id"].as_i64().unwrap()
        };
        let paul = invite("paul@example.org").await;
        expect_changes(&mut socket, [1, 2]).await;
        let anne = invite("anne@example.org").await;
        expect_changes(&mut socket, [3, 4]).await;
        // Not by the clock: the hub would find that its connections have been silent for as long.
        database.execute("UPDATE invitations SET expires_at = 1");
        let changed = |seq: i64, id: i64| json!({ "t": "changed", "topic": "invitation", "id": id, "seq": seq });
        let next = invite("paul@example.org").await;
        for (seq, id) in [(5, paul), (6, next), (7, next)] {
            assert_eq!(socket.expect("changed").await, changed(seq, id), "gave way, made, sent");
        }
        ana.patch(&format!("{INVITATIONS}/{next}"), json!({ "email": "anne@example.org" })).await.expect(200);
        for (seq, id) in [(8, anne), (9, next)] {
            assert_eq!(socket.expect("changed").await, changed(seq, id), "gave way, edited");
        }
        expect_no_more(&mut socket).await;
    }

    async fn who_does_not_read_the_messages_hears_of_the_transaction(database) {
        let app = TestApp::start_with(database, SELDOM);
        let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
        let mut desk = ana.socket().await;
        follow(&mut desk, None).await;
        let (transaction, _) = ana.open_transaction("House").await;
        let changed = |seq: i64| json!({ "t": "changed", "topic": "transaction", "id": transaction, "seq": seq });
        assert_eq!(desk.expect("changed").await, changed(1), "opened on another device");
        let mut for_ben = ben.socket().await;
        follow(&mut for_ben, None).await;
        ana.ask(transaction, &ben).await;
        assert_eq!(for_ben.expect("changed").await, changed(1), "asked");
        assert_eq!(desk.expect("changed").await, changed(2), "who was asked stands there");
        let requests = format!("/api/v1/participation-requests/{transaction}/accept");
        ben.post(&requests, json!({})).await.expect(200);
        assert_eq!(for_ben.expect("changed").await, changed(2));
        assert_eq!(desk.expect("changed").await, changed(3));

        let access = json!({ "messaging": false, "documents": true, "tasks": true, "calendar": true, "properties": true });
        let participant = format!("/api/v1/transactions/{transaction}/participants/{}", ben.account());
        ana.patch(&participant, json!({ "access": access })).await.expect(200);
        assert_eq!(for_ben.expect("changed").await, changed(3), "the room is gone");
        let path = format!("/api/v1/transactions/{transaction}");
        ana.patch(&path, json!({ "city": "Nantes" })).await.expect(200);
        assert_eq!(for_ben.expect("changed").await, changed(4), "no room tells of it");
        ana.delete(&participant).await.expect(204);
        assert_eq!(for_ben.expect("changed").await, changed(5));
        ana.patch(&path, json!({ "city": "Rennes" })).await.expect(200);
        expect_no_more(&mut for_ben).await;
    }

    /// Messages go through rooms: a flood of them costs the stream nothing.
    async fn a_message_is_no_change(database) {
        let app = TestApp::start_with(database, SELDOM);
        let ana = app.broker("Ana").await;
        let (_, room) = ana.open_transaction("House").await;
        let before = database.count("SELECT * FROM account_changes");
        let mut socket = ana.socket().await;
        socket.post(room, "n", "hello").await;
        assert_eq!(database.count("SELECT * FROM account_changes"), before);
    }
}
