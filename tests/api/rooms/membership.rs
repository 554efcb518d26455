//! Coming into a room and being taken out of it, while connected.

use super::*;

on_both_databases! {
    async fn who_is_added_is_told_and_can_join_at_once(database) {
        let app = TestApp::start(database);
        let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
        let (transaction, room) = ana.open_transaction("House").await;
        let (mut for_ana, mut for_ben) = (ana.socket().await, ben.socket().await);
        for_ana.join(room, None).await;
        ana.add(transaction, &ben).await;
        assert_eq!(for_ben.expect("added").await, json!({ "t": "added", "room": room, "kind": "conversation", "transaction": transaction }));
        let entry = for_ana.expect("entry").await;
        assert_eq!((&entry["kind"], &entry["data"]["account"]), (&json!("member_added"), &json!(ben.account())));
        let (joined, _) = for_ben.join(room, None).await;
        assert_eq!((&joined["unread"], joined["members"].as_array().unwrap().len()), (&json!(0), 2));
    }

    async fn after_a_removal_nothing_more_is_heard(database) {
        let app = TestApp::start_with(database, GENEROUS);
        let (ana, ben, transaction, room) = two_in_a_room(&app).await;
        let mut for_ana = ana.socket().await;
        let (mut for_ben, mut bens_phone) = (ben.socket().await, app.another_device(&ben).await.socket().await);
        for socket in [&mut for_ana, &mut for_ben, &mut bens_phone] {
            socket.join(room, None).await;
        }
        for_ana.post(room, "before", "text").await;
        remove(&ana, transaction, &ben).await;
        let references = post_many(&mut for_ana, room, "secret", 20).await;
        expect_posted(&mut for_ana, &references).await;
        while seq(&for_ana.expect("entry").await) < 25 {}

        for socket in [&mut for_ben, &mut bens_phone] {
            assert_eq!(seq(&socket.expect("entry").await), 4);
            assert_eq!(socket.expect("removed").await, json!({ "t": "removed", "room": room, "kind": "conversation", "transaction": transaction }));
            socket.expect_no_entry(room).await;
            for frame in [
                json!({ "t": "join" }),
                json!({ "t": "join", "after": 4 }),
                json!({ "t": "join", "after": 0 }),
                json!({ "t": "post", "nonce": "n", "body": "text" }),
                json!({ "t": "read", "seq": 5 }),
            ] {
                let mut frame = frame;
                frame["room"] = json!(room);
                let reference = socket.send(frame).await;
                expect_refused(&socket.answer(reference).await, "room_unknown");
            }
            socket.send_text(&json!({ "t": "typing", "room": room, "on": true }).to_string()).await;
            expect_alive(socket).await;
        }
        let (joined, _) = for_ana.join(room, None).await;
        let member = joined["members"].as_array().unwrap().iter().find(|m| m["account"] == json!(ben.account())).unwrap();
        assert_eq!(member["active"], json!(false), "old messages keep their author's name");
        for_ana.post(room, "last", "text").await;
        let frame = for_ana.expect_that("an entry or typing", |f| f["t"] == "entry" || f["t"] == "typing").await;
        assert_eq!(frame["t"], "entry", "nor is Ben heard");
    }

    /// Marks that were asked before the removal are answered before the word of it, or refused.
    async fn nothing_of_a_room_follows_on_the_word_of_a_removal(database) {
        let app = TestApp::start_with(database, GENEROUS);
        let (ana, ben, transaction, room) = two_in_a_room(&app).await;
        let mut writing = ana.socket().await;
        for round in 0..25 {
            let mut for_ben = ben.socket().await;
            let posts = post_many(&mut writing, room, &format!("r{round}"), 8).await;
            let posted = expect_posted(&mut writing, &posts).await;
            for_ben.join(room, None).await;
            let asked = async {
                let mut references = Vec::new();
                for seq in &posted {
                    references.push(for_ben.send(json!({ "t": "read", "room": room, "seq": seq })).await);
                }
                references
            };
            let (references, ()) = tokio::join!(asked, remove(&ana, transaction, &ben));
            let (mut is_removed, mut answered) = (false, 0);
            while !is_removed || answered < references.len() {
                let frame = for_ben.next().await.expect("the connection stays");
                assert!(!is_removed || frame["room"] != json!(room), "{frame} after the removal, in round {round}");
                is_removed |= frame["t"] == "removed";
                if frame["ref"].as_u64().is_some_and(|reference| references.contains(&reference)) {
                    answered += 1;
                    assert!(frame["t"] == "unread" || frame["code"] == "room_unknown", "{frame}");
                }
            }
            ana.add(transaction, &ben).await;
        }
    }

    async fn a_removal_while_others_write_cuts_the_log_at_one_place(database) {
        let app = TestApp::start_with(database, GENEROUS);
        let (ana, ben, transaction, room) = two_in_a_room(&app).await;
        let mut writing = ana.socket().await;
        for round in 0..6 {
            let mut for_ben = ben.socket().await;
            for_ben.send(json!({ "t": "join", "room": room, "after": 0 })).await;
            let references = post_many(&mut writing, room, &format!("r{round}"), 40).await;
            remove(&ana, transaction, &ben).await;
            expect_posted(&mut writing, &references).await;
            let log = log_of(&ana, transaction).await;
            let removal = log.iter().filter(|entry| entry["kind"] == "member_removed").map(seq).max().unwrap();
            expect_alive(&mut for_ben).await;
            // The join may have come too late.
            let mut got = Vec::new();
            let end = for_ben.expect_that("removed or refused", |f| f["t"] == "removed" || f["t"] == "refused").await;
            for frame in for_ben.set_aside() {
                match frame["t"].as_str() {
                    Some("entries") => got.extend(seqs(frame["entries"].as_array().unwrap())),
                    Some("entry") => got.push(seq(&frame)),
                    _ => {}
                }
            }
            let expected: Vec<i64> = (1..).take(got.len()).collect();
            assert_eq!(got, expected, "{end}");
            assert!(got.last().is_none_or(|last| *last < removal), "{got:?} reach beyond {removal}");
            ana.add(transaction, &ben).await;
        }
    }

    async fn of_who_was_removed_nothing_new_is_told(database) {
        let app = TestApp::start(database);
        let (ana, carl) = (app.broker("Ana").await, app.client("Carl").await);
        let (transaction, room) = ana.open_transaction("House").await;
        app.join(transaction, &carl).await;
        carl.patch("/api/v1/me", json!({ "phone": "+33 6 11 11 11 11" })).await.expect(200);
        let member = |members: &Value| {
            let found = members.as_array().unwrap().iter().find(|member| member["account"] == json!(carl.account()));
            found.unwrap().clone()
        };
        let messages = format!("/api/v1/transactions/{transaction}/messages");
        let before = member(&ana.get(&messages).await.expect(200)["members"]);
        assert!(before["last_seen"].is_string(), "{before}");

        ana.delete(&format!("/api/v1/transactions/{transaction}/participants/{}", carl.account())).await.expect(204);
        let mut elsewhere = carl.socket().await;
        carl.patch("/api/v1/me", json!({ "phone": "+33 6 22 22 22 22" })).await.expect(200);
        elsewhere.send(json!({ "t": "ping" })).await;
        let mut socket = ana.socket().await;
        let (joined, _) = socket.join(room, None).await;
        for seen in [member(&ana.get(&messages).await.expect(200)["members"]), member(&joined["members"])] {
            assert_eq!((&seen["active"], &seen["last_seen"]), (&json!(false), &Value::Null), "{seen}");
            assert!(seen["online"] != json!(true), "{seen}");
        }
        let clients = ana.get("/api/v1/clients").await;
        let carls = &clients.expect(200)["clients"][0];
        assert_eq!((&carls["account_id"], &carls["phone"]), (&json!(carl.account()), &Value::Null), "{carls}");
    }

    async fn taking_only_the_messages_says_so(database) {
        let app = TestApp::start(database);
        let (ana, ben, transaction, room) = two_in_a_room(&app).await;
        let mut for_ana = ana.socket().await;
        for_ana.join(room, None).await;
        let path = format!("/api/v1/transactions/{transaction}/participants/{}", ben.account());
        let access = |messaging: bool| json!({ "access": { "documents": true, "messaging": messaging, "tasks": true, "calendar": true, "properties": true } });
        let mut told = Vec::new();
        for messaging in [false, true] {
            ana.patch(&path, access(messaging)).await.expect(200);
            told.push(for_ana.expect("entry").await);
        }
        ana.delete(&path).await.expect(204);
        told.push(for_ana.expect("entry").await);
        let told: Vec<_> = told.iter().map(|entry| (&entry["kind"], &entry["data"]["what"])).collect();
        let expected = [("member_removed", "messages"), ("member_added", "messages"), ("member_removed", "part")];
        assert_eq!(told, expected.map(|(kind, what)| (json!(kind), json!(what))).each_ref().map(|(k, w)| (k, w)));
    }

    async fn without_the_messaging_access_there_is_no_room(database) {
        let app = TestApp::start(database);
        let (ana, ben, transaction, room) = two_in_a_room(&app).await;
        let (mut for_ana, mut for_ben) = (ana.socket().await, ben.socket().await);
        for_ana.join(room, None).await;
        for_ben.join(room, None).await;
        let path = format!("/api/v1/transactions/{transaction}/participants/{}", ben.account());
        let access = |messaging: bool| json!({ "access": { "documents": true, "messaging": messaging, "tasks": true, "calendar": true, "properties": true } });

        ana.patch(&path, access(false)).await.expect(200);
        for_ben.expect("removed").await;
        assert_eq!(for_ana.expect("entry").await["kind"], "member_removed");
        for_ana.post(room, "secret", "text").await;
        for_ana.expect("entry").await;
        for_ben.expect_no_entry(room).await;
        expect_refused(&for_ben.post(room, "n", "text").await, "room_unknown");

        ana.patch(&path, access(true)).await.expect(200);
        assert_eq!(for_ben.expect("added").await["room"], json!(room));
        assert_eq!(for_ana.expect("entry").await["kind"], "member_added");
        assert_eq!(seqs(&for_ben.join(room, Some(3)).await.1), [4, 5, 6]);
        assert_eq!(seq(&for_ben.post(room, "n", "text").await), 7);

        ana.patch(&path, access(true)).await.expect(200);
        for_ben.expect("entry").await;
        for_ben.expect_no_entry(room).await;
    }
}

async fn remove(by: &Person, transaction: i64, other: &Person) {
    by.delete(&format!("/api/v1/transactions/{transaction}/participants/{}", other.account())).await.expect(204);
}
