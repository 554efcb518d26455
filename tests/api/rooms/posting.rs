//! What an author is told, and that a nonce counts once.

use super::*;

on_both_databases! {
    async fn a_post_is_acknowledged_and_heard_by_everybody(database) {
        let app = TestApp::start(database);
        let (ana, ben, _, room) = two_in_a_room(&app).await;
        let (mut for_ana, mut for_ben) = (ana.socket().await, ben.socket().await);
        for_ana.join(room, None).await;
        let (joined, entries) = for_ben.join(room, Some(0)).await;
        assert_eq!(seqs(&entries), [1, 2, 3]);
        assert_eq!(joined["head"], 3);

        let posted = for_ana.post(room, "n1", "hello").await;
        assert_eq!((posted["t"].as_str(), seq(&posted)), (Some("posted"), 4));
        for socket in [&mut for_ana, &mut for_ben] {
            let entry = socket.expect("entry").await;
            assert_eq!((seq(&entry), &entry["body"], &entry["author"]), (4, &json!("hello"), &json!(ana.account())));
            assert_eq!((&entry["nonce"], &entry["at"]), (&json!("n1"), &posted["at"]));
        }
    }

    async fn a_post_needs_no_join(database) {
        let app = TestApp::start(database);
        let (ana, ben, _, room) = two_in_a_room(&app).await;
        let (mut for_ana, mut for_ben) = (ana.socket().await, ben.socket().await);
        for_ben.join(room, None).await;
        assert_eq!(seq(&for_ana.post(room, "n", "hello").await), 4);
        assert_eq!(seq(&for_ben.expect("entry").await), 4);
        for_ana.expect_no_entry(room).await;
    }

    async fn a_nonce_counts_once_per_author_wherever_it_comes_from(database) {
        let app = TestApp::start(database);
        let (ana, ben, transaction, room) = two_in_a_room(&app).await;
        let (mut for_ana, mut for_ben) = (ana.socket().await, ben.socket().await);
        let first = for_ana.post(room, "same", "text").await;
        assert_eq!(for_ana.post(room, "same", "text").await["at"], first["at"]);

        let other = for_ana.post(room, "same", "other").await;
        expect_refused(&other, "nonce_reused");
        assert_eq!((&other["seq"], &other["retry_after"]), (&first["seq"], &json!(null)));

        let path = format!("/api/v1/transactions/{transaction}/messages");
        let over_rest = ana.post(&path, json!({ "nonce": "same", "body": "text" })).await;
        assert_eq!(over_rest.expect(200)["seq"], first["seq"]);
        ana.post(&path, json!({ "nonce": "same", "body": "other" })).await.expect_refusal(409, "nonce_reused");

        let another_device = app.another_device(&ana).await;
        assert_eq!(another_device.socket().await.post(room, "same", "text").await["seq"], first["seq"]);
        assert_eq!(seq(&for_ben.post(room, "same", "text").await), 5, "another author's nonce is another");
        assert_eq!(log_of(&ana, transaction).await.len(), 5);
    }

    async fn one_hundred_identical_posts_are_one_message(database) {
        let app = TestApp::start_with(database, GENEROUS);
        let (ana, _, transaction, room) = two_in_a_room(&app).await;
        let senders = [ana.socket().await, app.another_device(&ana).await.socket().await].map(|mut socket| {
            tokio::spawn(async move {
                let mut references = Vec::new();
                for _ in 0..50 {
                    references.push(socket.send(json!({ "t": "post", "room": room, "nonce": "n", "body": "text" })).await);
                }
                expect_posted(&mut socket, &references).await
            })
        });
        for sender in senders {
            assert_eq!(sender.await.expect("the sender ends well"), [4; 50]);
        }
        assert_eq!(log_of(&ana, transaction).await.len(), 4);
    }

    async fn a_post_that_the_database_refuses_takes_no_place(database) {
        let app = TestApp::start(database);
        let (ana, ben, transaction, room) = two_in_a_room(&app).await;
        let (mut for_ana, mut for_ben) = (ana.socket().await, ben.socket().await);
        assert_eq!(seq(&for_ana.post(room, "n1", "hello").await), 4);
        ana.delete(&format!("/api/v1/transactions/{transaction}/participants/{}", ben.account())).await.expect(204);
        for nonce in ["n2", "n3"] {
            expect_refused(&for_ben.post(room, nonce, "am I still here?").await, "room_unknown");
        }
        assert_eq!(seq(&for_ana.post(room, "n1", "hello").await), 4, "the same nonce again");
        expect_refused(&for_ana.post(room, "n1", "another text").await, "nonce_reused");
        let next = seq(&for_ana.post(room, "n4", "and on").await);
        let all = log_of(&ana, transaction).await;
        assert_eq!(next, 6, "{all:?}");
        assert_eq!(seqs(&all), [1, 2, 3, 4, 5, 6], "without a hole");
    }

    async fn what_cannot_be_posted_is_refused_with_its_reason(database) {
        let app = TestApp::start(database);
        let (ana, _, transaction, room) = two_in_a_room(&app).await;
        let mut socket = ana.socket().await;
        let long = "é".repeat(10_001);
        for (nonce, body, code) in [
            ("", "text", "nonce_invalid"),
            ("with space", "text", "nonce_invalid"),
            ("é", "text", "nonce_invalid"),
            ("a".repeat(65).as_str(), "text", "nonce_invalid"),
            ("n", "", "message_empty"),
            ("n", " \n\t ", "message_empty"),
            ("n", long.as_str(), "message_too_long"),
        ] {
            let answer = socket.post(room, nonce, body).await;
            expect_refused(&answer, code);
            assert_eq!(answer["retry_after"], json!(null), "{answer}");
        }
        assert_eq!(log_of(&ana, transaction).await.len(), 3);
        assert_eq!(socket.post(room, &"a".repeat(64), &"é".repeat(10_000)).await["t"], "posted");
    }
}
