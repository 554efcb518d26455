//! Messages, sockets and rooms in numbers.

use std::sync::mpsc::sync_channel;

use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::{eventually, scrape, watched};
use crate::support::metrics::Scrape;
use crate::support::{TestApp, sqlite_database};

fn posts(page: &Scrape, outcome: &str) -> f64 {
    page.value("entremise_posts_total", &[("outcome", outcome)])
}

fn closed(page: &Scrape, code: &str, reason: &str) -> f64 {
    page.value("entremise_sockets_closed_total", &[("code", code), ("reason", reason)])
}

fn depth(page: &Scrape, queue: &str) -> f64 {
    page.value("entremise_queue_depth", &[("queue", queue)])
}

on_both_databases! {
    async fn a_message_is_counted_from_the_log_to_the_last_socket(database) {
        let app = watched(database);
        let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
        let (transaction, room) = ana.open_transaction("House").await;
        let (_, elsewhere) = app.broker("Otto").await.open_transaction("Flat").await;
        ana.add(transaction, &ben).await;
        let (mut one, mut two) = (ana.socket().await, ben.socket().await);
        one.join(room, None).await;
        two.join(room, None).await;
        let before = scrape(&app).await;
        for number in 0..20 {
            assert_eq!(one.post(room, &format!("n{number}"), "text").await["t"], "posted");
        }
        assert_eq!(one.post(room, "n3", "text").await["t"], "posted");
        assert_eq!(one.post(elsewhere, "n99", "text").await["code"], "room_unknown");
        assert_eq!(one.post(room, "", "text").await["code"], "nonce_invalid");
        two.expect_that("the last entry", |frame| frame["nonce"] == json!("n19")).await;
        let delivered = |page: &Scrape| page.value("entremise_deliveries_total", &[]);
        let page = eventually(&app, "all is delivered", |page| delivered(page) == delivered(&before) + 40.0).await;
        assert_eq!((posts(&page, "stored"), posts(&page, "repeated"), posts(&page, "refused")), (20.0, 1.0, 1.0));
        assert_eq!((posts(&page, "failed"), posts(&page, "expired")), (0.0, 0.0));
        assert_eq!(page.value("entremise_log_batch_posts_sum", &[]), 22.0, "what is malformed does not reach the log");
        let batches = page.value("entremise_log_batch_posts_count", &[]);
        assert!(batches <= 22.0);
        assert_eq!(page.sum("entremise_log_commit_seconds_count", &[]), batches);
        assert_eq!(page.value("entremise_log_wait_seconds_count", &[]), batches);
        assert!(page.value("entremise_fan_out_seconds_count", &[]) >= 1.0);
        for code in ["room_unknown", "nonce_invalid"] {
            assert_eq!(page.value("entremise_socket_refusals_total", &[("code", code)]), 1.0, "{code}");
        }
        // Rooms tell how they stand once a second.
        eventually(&app, "both are counted in the room", |page| {
            let value = |name| page.value(name, &[]);
            (value("entremise_rooms"), value("entremise_room_sessions"), value("entremise_room_sessions_max"))
                == (1.0, 2.0, 2.0)
        })
        .await;
    }

    async fn a_connection_that_resumes_is_counted_in_pages(database) {
        let app = watched(database);
        let ana = app.broker("Ana").await;
        let (transaction, room) = ana.open_transaction("House").await;
        let path = format!("/api/v1/transactions/{transaction}/messages");
        for number in 0..250 {
            ana.post(&path, json!({ "nonce": format!("n{number}"), "body": "text" })).await.expect(201);
        }
        let (_, entries) = ana.socket().await.join(room, Some(0)).await;
        let page = scrape(&app).await;
        assert_eq!(page.value("entremise_catch_up_entries_total", &[]), f64::from(u16::try_from(entries.len()).unwrap()));
        assert_eq!(page.value("entremise_catch_up_pages_total", &[]), 2.0);
    }
}

#[tokio::test]
async fn sockets_are_counted_when_they_come_and_by_why_they_go() {
    let database = sqlite_database();
    let settings = [("ENTREMISE_METRICS_BIND", "127.0.0.1:0"), ("ENTREMISE_SOCKETS_PER_ACCOUNT", "5")];
    let app = TestApp::start_with(&database, &settings);
    let ana = app.broker("Ana").await;
    let mut sockets = Vec::new();
    for _ in 0..5 {
        sockets.push(ana.socket().await);
    }
    assert_eq!(ana.socket().await.expect_close().await, 4103);
    let is_open = |page: &Scrape| page.value("entremise_sockets", &[]);
    let page = eventually(&app, "the sixth is gone", |page| is_open(page) == 5.0).await;
    assert_eq!(
        (page.value("entremise_sockets_opened_total", &[]), closed(&page, "4103", "too_many_sockets")),
        (6.0, 1.0)
    );

    let mut polite = sockets.pop().unwrap();
    polite.send_message(Message::Close(None)).await;
    polite.expect_close().await;
    eventually(&app, "one said goodbye", |page| closed(page, "none", "peer") == 1.0).await;
    drop(sockets.pop());
    eventually(&app, "one broke off", |page| closed(page, "none", "lost") == 1.0).await;
    let mut talking_nonsense = sockets.pop().unwrap();
    for _ in 0..10 {
        talking_nonsense.send_text("{").await;
    }
    assert_eq!(talking_nonsense.expect_close().await, 4104);
    let page = eventually(&app, "it is counted", |page| closed(page, "4104", "too_many_errors") == 1.0).await;
    assert_eq!(page.value("entremise_socket_refusals_total", &[("code", "frame_malformed")]), 10.0);
    ana.delete("/api/v1/sessions/current").await.expect(204);
    let page = eventually(&app, "the others are signed out", |page| is_open(page) == 0.0).await;
    assert_eq!(closed(&page, "4100", "signed_out"), 2.0);
}

/// The writer of a SQLite file is held, and so is everything behind it.
#[tokio::test]
async fn what_waits_is_seen_while_it_waits() {
    let settings = [("ENTREMISE_METRICS_BIND", "127.0.0.1:0"), ("ENTREMISE_DATABASE_DEADLINE_MS", "60000")];
    let database = sqlite_database();
    let app = TestApp::start_with(&database, &settings);
    let ana = app.broker("Ana").await;
    let (_, room) = ana.open_transaction("House").await;
    let mut socket = ana.socket().await;
    let (begun, has_begun) = sync_channel(1);
    let (release, released) = sync_channel::<()>(1);
    let released = std::sync::Mutex::new(released);
    let holding = tokio::spawn({
        let store = app.app.store.clone();
        async move {
            store
                .write(move |_| {
                    begun.send(()).unwrap();
                    let _ = released.lock().unwrap().recv();
                    Ok(())
                })
                .await
        }
    });
    tokio::task::spawn_blocking(move || has_begun.recv()).await.unwrap().unwrap();
    for number in 0..8 {
        socket.send(json!({ "t": "post", "room": room, "nonce": format!("n{number}"), "body": "text" })).await;
    }
    // Three more threads wait for the turn to write, two calls wait for a thread.
    let writes: Vec<_> = (0..5)
        .map(|_| {
            let store = app.app.store.clone();
            tokio::spawn(async move { store.write(|_| Ok(())).await })
        })
        .collect();
    // The lane holds what it took when the first came.
    let waiting = |page: &Scrape| {
        depth(page, "log_0") >= 1.0
            && depth(page, "log_0_bytes") >= 4.0
            && depth(page, "session_unanswered") == 8.0
            && depth(page, "database_calls") >= 2.0
    };
    let page = eventually(&app, "all of it waits", waiting).await;
    for (queue, limit) in [
        ("log_0", 4096.0),
        ("log_0_bytes", 16_777_216.0),
        ("database_calls", 256.0),
        ("hub", 8192.0),
        ("room", 2048.0),
        ("room_pending", 1024.0),
        ("room_pending_bytes", 4_194_304.0),
        ("session_bytes", 262_144.0),
        ("session_frames", 1280.0),
        ("session_unanswered", 256.0),
        ("passwords", 32.0),
    ] {
        assert_eq!(page.value("entremise_queue_limit", &[("queue", queue)]), limit, "{queue}");
    }
    // It is asked for with the page, and waits like everything.
    assert_eq!(page.value("entremise_ready", &[]), 0.0);
    release.send(()).unwrap();
    holding.await.unwrap().unwrap();
    for write in writes {
        write.await.unwrap().unwrap();
    }
    let empty = |page: &Scrape| {
        ["log_0", "session_unanswered", "database_calls", "hub", "room"].iter().all(|queue| depth(page, queue) == 0.0)
    };
    eventually(&app, "nothing waits any more", empty).await;
}
