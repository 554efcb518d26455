//! Joining with what one has, getting what one missed, leaving.

use super::*;

on_both_databases! {
    async fn a_join_gives_exactly_what_was_missed_then_what_happens(database) {
        let app = TestApp::start(database);
        let (ana, ben, _, room) = two_in_a_room(&app).await;
        let mut writing = ana.socket().await;
        for number in 4..=8 {
            assert_eq!(seq(&writing.post(room, &format!("n{number}"), "text").await), number);
        }
        let mut listening = Vec::new();
        for (after, missed) in [(Some(0), vec![1, 2, 3, 4, 5, 6, 7, 8]), (Some(5), vec![6, 7, 8]), (Some(8), vec![]), (None, vec![])] {
            let mut socket = ben.socket().await;
            let (joined, entries) = socket.join(room, after).await;
            assert_eq!((seqs(&entries), &joined["head"]), (missed, &json!(8)), "after {after:?}");
            listening.push(socket);
        }
        writing.post(room, "n9", "text").await;
        writing.post(room, "n10", "text").await;
        for socket in &mut listening {
            assert_eq!([seq(&socket.expect("entry").await), seq(&socket.expect("entry").await)], [9, 10]);
        }
    }

    async fn a_cursor_beyond_the_head_is_refused(database) {
        let app = TestApp::start(database);
        let (ana, _, _, room) = two_in_a_room(&app).await;
        let mut socket = ana.socket().await;
        let reference = socket.send(json!({ "t": "join", "room": room, "after": 4 })).await;
        expect_refused(&socket.answer(reference).await, "cursor_ahead");
        socket.post(room, "n4", "text").await;
        socket.expect_no_entry(room).await;
        socket.join(room, Some(4)).await;
    }

    async fn a_second_join_begins_again_and_doubles_nothing(database) {
        let app = TestApp::start(database);
        let (ana, ben, _, room) = two_in_a_room(&app).await;
        let (mut writing, mut listening) = (ana.socket().await, ben.socket().await);
        assert_eq!(seqs(&listening.join(room, Some(2)).await.1), [3]);
        assert_eq!(seqs(&listening.join(room, Some(0)).await.1), [1, 2, 3]);
        writing.post(room, "n4", "text").await;
        assert_eq!(seq(&listening.expect("entry").await), 4);
        writing.post(room, "n5", "text").await;
        assert_eq!(seq(&listening.expect("entry").await), 5);
        listening.expect_no_entry(room).await;
    }

    async fn who_left_hears_nothing_more(database) {
        let app = TestApp::start(database);
        let (ana, ben, _, room) = two_in_a_room(&app).await;
        let (mut writing, mut leaving) = (ana.socket().await, ben.socket().await);
        writing.join(room, None).await;
        leaving.join(room, None).await;
        let reference = leaving.send(json!({ "t": "leave", "room": room })).await;
        assert_eq!(leaving.answer(reference).await, json!({ "t": "left", "ref": reference, "room": room }));
        writing.post(room, "n4", "text").await;
        writing.expect("entry").await;
        leaving.expect_no_entry(room).await;
        assert_eq!(seqs(&leaving.join(room, Some(3)).await.1), [4]);

        let reference = leaving.send(json!({ "t": "leave", "room": 999_999 })).await;
        assert_eq!(leaving.answer(reference).await["t"], "left", "leaving says nothing of what exists");
    }

    async fn who_leaves_while_their_join_is_under_way_has_left(database) {
        let app = TestApp::start(database);
        let (ana, ben, _, room) = two_in_a_room(&app).await;
        let (mut writing, mut leaving) = (ana.socket().await, ben.socket().await);
        writing.join(room, None).await;
        let join = leaving.send(json!({ "t": "join", "room": room })).await;
        let leave = leaving.send(json!({ "t": "leave", "room": room })).await;
        leaving.answer(leave).await;
        leaving.answer(join).await;
        writing.post(room, "n4", "text").await;
        writing.expect("entry").await;
        leaving.expect_no_entry(room).await;
    }

    async fn a_strangers_room_looks_like_no_room(database) {
        let app = TestApp::start(database);
        let (_, _, _, room) = two_in_a_room(&app).await;
        let carl = app.broker("Carl").await;
        let mut socket = carl.socket().await;
        for frame in [
            json!({ "t": "join" }),
            json!({ "t": "join", "after": 0 }),
            json!({ "t": "join", "after": 1_000_000 }),
            json!({ "t": "post", "nonce": "n", "body": "text" }),
            json!({ "t": "read", "seq": 1 }),
        ] {
            let mut answers = Vec::new();
            for room in [room, 999_999, 0, -1] {
                let mut frame = frame.clone();
                frame["room"] = json!(room);
                let reference = socket.send(frame).await;
                let mut answer = socket.answer(reference).await;
                answer["ref"] = json!(null);
                answers.push(answer);
            }
            assert!(answers.iter().all(|answer| *answer == json!({ "t": "refused", "ref": null, "code": "room_unknown" })), "{answers:?}");
        }
    }

    async fn one_thousand_missed_entries_come_in_pages(database) {
        let app = TestApp::start_with(database, GENEROUS);
        let (ana, ben, _, room) = two_in_a_room(&app).await;
        let mut writing = ana.socket().await;
        let references = post_many(&mut writing, room, "n", 1000).await;
        expect_posted(&mut writing, &references).await;

        let frames = missed(&mut ben.socket().await, room).await;
        let pages: Vec<usize> = frames.iter().map(|frame| frame["entries"].as_array().unwrap().len()).collect();
        assert!(pages.len() >= 6 && pages.iter().all(|count| (1..=200).contains(count)), "{pages:?}");
        let entries: Vec<i64> = frames.iter().flat_map(|frame| seqs(frame["entries"].as_array().unwrap())).collect();
        assert_eq!(entries, (1..=1003).collect::<Vec<_>>());
    }

    async fn long_messages_come_in_frames_of_a_bearable_size(database) {
        let app = TestApp::start_with(database, GENEROUS);
        let (ana, ben, _, room) = two_in_a_room(&app).await;
        let mut writing = ana.socket().await;
        let long = "é".repeat(10_000);
        for number in 0..40 {
            assert_eq!(writing.post(room, &format!("n{number}"), &long).await["t"], "posted");
        }
        let frames = missed(&mut ben.socket().await, room).await;
        let sizes: Vec<usize> = frames.iter().map(|frame| frame.to_string().len()).collect();
        // 128 KiB and the entry with which that was passed.
        assert!(sizes.len() >= 5 && sizes.iter().all(|size| *size < 160 * 1024), "{sizes:?}");
        let entries: Vec<&Value> = frames.iter().flat_map(|frame| frame["entries"].as_array().unwrap()).collect();
        assert_eq!(seqs(entries.iter().copied()), (1..=43).collect::<Vec<_>>());
        assert!(entries.iter().skip(3).all(|entry| entry["body"] == json!(long)));
    }

    async fn a_post_at_the_moment_of_a_join_is_heard(database) {
        let app = TestApp::start_with(database, GENEROUS);
        let (ana, ben, _, room) = two_in_a_room(&app).await;
        let (mut writing, mut listening) = (ana.socket().await, ben.socket().await);
        let mut last = 3;
        for round in 0..150 {
            let post = writing.send(json!({ "t": "post", "room": room, "nonce": format!("n{round}"), "body": "text" })).await;
            let after = (round % 2 == 0).then_some(last);
            let (joined, entries) = listening.join(room, after).await;
            let posted = seq(&writing.answer(post).await);
            // It is the last one: nothing that follows would bring it to light.
            if after.is_none() && joined["head"] == json!(posted) {
                assert!(entries.is_empty());
            } else if seqs(&entries) != [posted] {
                assert_eq!(seq(&listening.expect("entry").await), posted, "round {round}");
            }
            last = posted;
            let leave = listening.send(json!({ "t": "leave", "room": room })).await;
            listening.answer(leave).await;
        }
    }
}

/// The frames with what was missed since the beginning.
async fn missed(socket: &mut Socket, room: i64) -> Vec<Value> {
    socket.send(json!({ "t": "join", "room": room, "after": 0 })).await;
    let mut frames = Vec::new();
    loop {
        let frame =
            socket.expect_that("entries or live", |frame| frame["t"] == "entries" || frame["t"] == "live").await;
        if frame["t"] == "live" {
            return frames;
        }
        frames.push(frame);
    }
}
