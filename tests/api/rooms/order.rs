//! One order, the same for all, whatever happens at the same time.

use super::*;

on_both_databases! {
    async fn five_writers_make_one_order_without_a_hole(database) {
        let app = TestApp::start_with(database, GENEROUS);
        let (ana, ben, transaction, room) = two_in_a_room(&app).await;
        let mut sockets = Vec::new();
        for person in [&ana, &ben, &ana, &ben, &ana] {
            let mut socket = person.socket().await;
            socket.join(room, None).await;
            sockets.push(socket);
        }
        let writers = sockets.into_iter().enumerate().map(|(number, mut socket)| {
            tokio::spawn(async move {
                let references = post_many(&mut socket, room, &format!("s{number}"), 40).await;
                let posted = expect_posted(&mut socket, &references).await;
                assert!(posted.is_sorted(), "one's own posts keep their order: {posted:?}");
                let mut heard = Vec::new();
                for _ in 0..200 {
                    let entry = socket.expect("entry").await;
                    heard.push(entry);
                }
                (posted, heard)
            })
        });
        let mut histories = Vec::new();
        for writer in writers.collect::<Vec<_>>() {
            histories.push(writer.await.expect("the writer ends well"));
        }
        let stored: Vec<Value> = log_of(&ana, transaction).await.split_off(3);
        assert_eq!(seqs(&stored), (4..=203).collect::<Vec<_>>());
        for (posted, heard) in &histories {
            assert_eq!(posted.len(), 40);
            for (entry, stored) in heard.iter().zip(&stored) {
                let mut entry = entry.clone();
                entry.as_object_mut().unwrap().remove("t");
                assert_eq!(entry, *stored);
            }
        }
    }

    async fn posts_of_one_connection_keep_their_order_though_nobody_waits_for_answers(database) {
        // Small batches, so that answers come while further frames are read.
        let settings = [GENEROUS, &[("ENTREMISE_LOG_BATCH", "4")]].concat();
        let app = TestApp::start_with(database, &settings);
        let (ana, _, _, room) = two_in_a_room(&app).await;
        let mut writers = Vec::new();
        for number in 0..4 {
            let mut socket = ana.socket().await;
            writers.push(tokio::spawn(async move {
                let references = post_many(&mut socket, room, &format!("w{number}"), 600).await;
                expect_posted(&mut socket, &references).await
            }));
        }
        for writer in writers {
            let posted = writer.await.expect("the writer ends well");
            assert!(posted.is_sorted(), "{posted:?}");
        }
    }

    async fn catching_up_while_others_write_is_contiguous(database) {
        let app = TestApp::start_with(database, GENEROUS);
        let (ana, ben, _, room) = two_in_a_room(&app).await;
        let mut writing = ana.socket().await;
        let writer = tokio::spawn(async move {
            for batch in 0..40 {
                let references = post_many(&mut writing, room, &format!("b{batch}"), 10).await;
                expect_posted(&mut writing, &references).await;
            }
        });
        let mut last = 0;
        while last < 403 {
            let mut socket = ben.socket().await;
            // Some joins begin again on the same connection, some on another.
            for _ in 0..3 {
                let (_, entries) = socket.join(room, Some(last)).await;
                for entry in &entries {
                    assert_eq!(seq(entry), last + 1);
                    last += 1;
                }
                let until = (last + 7).min(403);
                while last < until {
                    let entry = socket.expect("entry").await;
                    // What came live before the second join was answered stands aside, and is known already.
                    if seq(&entry) > last {
                        assert_eq!(seq(&entry), last + 1);
                        last += 1;
                    }
                }
            }
        }
        writer.await.expect("the writer ends well");
    }
}
