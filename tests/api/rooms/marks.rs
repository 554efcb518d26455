//! Typing and presence over sockets. Their times are tested beside the room's state, where nothing waits.

use super::*;

fn of<'a>(joined: &'a Value, person: &Person) -> &'a Value {
    let members = joined["members"].as_array().expect("a list");
    members.iter().find(|member| member["account"] == json!(person.account())).expect("a member")
}

on_both_databases! {
    async fn typing_reaches_the_others_only(database) {
        let app = TestApp::start(database);
        let (ana, ben, _, room) = two_in_a_room(&app).await;
        let mut for_ana = ana.socket().await;
        let (mut for_ben, mut bens_phone) = (ben.socket().await, app.another_device(&ben).await.socket().await);
        for socket in [&mut for_ana, &mut for_ben, &mut bens_phone] {
            socket.join(room, None).await;
        }
        for on in [true, false] {
            for_ben.send_text(&json!({ "t": "typing", "room": room, "on": on }).to_string()).await;
            let heard = for_ana.expect("typing").await;
            assert_eq!(heard, json!({ "t": "typing", "room": room, "account": ben.account(), "on": on }));
        }
        // Whatever else was told to Ben's devices stands before this.
        for_ana.post(room, "n4", "text").await;
        for socket in [&mut for_ben, &mut bens_phone] {
            let frame = socket.expect_that("an entry or typing", |f| f["t"] == "entry" || f["t"] == "typing").await;
            assert_eq!(frame["t"], "entry", "one's own typing is no news");
        }
    }

    async fn typing_needs_a_join(database) {
        let app = TestApp::start(database);
        let (ana, ben, _, room) = two_in_a_room(&app).await;
        let carl = app.broker("Carl").await;
        let mut for_ana = ana.socket().await;
        for_ana.join(room, None).await;
        for person in [&ben, &carl] {
            let mut socket = person.socket().await;
            socket.send_text(&json!({ "t": "typing", "room": room, "on": true }).to_string()).await;
            expect_alive(&mut socket).await;
        }
        for_ana.post(room, "n4", "text").await;
        let frame = for_ana.expect_that("an entry or typing", |f| f["t"] == "entry" || f["t"] == "typing").await;
        assert_eq!(frame["t"], "entry");
    }

    async fn presence_is_a_state_and_its_changes(database) {
        let app = TestApp::start(database);
        let (ana, ben, _, room) = two_in_a_room(&app).await;
        let (mut for_ana, mut for_ben) = (ana.socket().await, ben.socket().await);
        let (joined, _) = for_ana.join(room, None).await;
        assert_eq!((&of(&joined, &ana)["online"], &of(&joined, &ben)["online"]), (&json!(true), &json!(false)));
        let (joined, _) = for_ben.join(room, None).await;
        assert_eq!((&of(&joined, &ana)["online"], &of(&joined, &ben)["online"]), (&json!(true), &json!(true)));
        let arrived = for_ana.expect("presence").await;
        assert_eq!((&arrived["account"], &arrived["online"]), (&json!(ben.account()), &json!(true)));

        for_ben.close().await;
        let left = for_ana.expect("presence").await;
        assert_eq!((&left["account"], &left["online"]), (&json!(ben.account()), &json!(false)));
        let last_seen = left["last_seen"].as_str().expect("a time");
        assert!(last_seen.ends_with('Z'), "{last_seen}");
        let (joined, _) = for_ana.join(room, None).await;
        assert_eq!(of(&joined, &ben)["last_seen"], last_seen);
    }

    async fn nobody_who_arrives_while_another_joins_is_overlooked(database) {
        let app = TestApp::start(database);
        let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
        let (mut for_ana, mut for_ben) = (ana.socket().await, ben.socket().await);
        for round in 0..30 {
            let (transaction, room) = ana.open_transaction("House").await;
            ana.add(transaction, &ben).await;
            let ((joined, _), _) = tokio::join!(for_ana.join(room, None), for_ben.join(room, None));
            if of(&joined, &ben)["online"] == json!(false) {
                let is_of_ben = |f: &Value| f["t"] == "presence" && f["room"] == json!(room) && f["account"] == json!(ben.account());
                let arrived = for_ana.expect_that("the arrival", is_of_ben).await;
                assert_eq!(arrived["online"], json!(true), "round {round}");
            }
        }
    }
}
