//! The live conversation: post, hear, miss and resume, read, remove.

use serde_json::json;

use crate::support::TestApp;

on_both_databases! {
    async fn a_post_is_acknowledged_and_heard_by_everybody(database) {
        let app = TestApp::start(database);
        let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
        let (transaction, room) = ana.open_transaction("House").await;
        ana.add(transaction, &ben).await;
        let (mut for_ana, mut for_ben) = (ana.socket().await, ben.socket().await);
        for_ana.join(room, None).await;
        let (joined, entries) = for_ben.join(room, Some(0)).await;
        assert_eq!(entries.iter().map(|e| e["seq"].as_i64().unwrap()).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(joined["head"], 3);

        let posted = for_ana.post(room, "n1", "hello").await;
        assert_eq!((posted["t"].as_str(), posted["seq"].as_i64()), (Some("posted"), Some(4)));
        for socket in [&mut for_ana, &mut for_ben] {
            let entry = socket.expect("entry").await;
            assert_eq!((&entry["seq"], &entry["body"], &entry["author"]), (&json!(4), &json!("hello"), &json!(ana.account())));
        }
    }

    async fn a_nonce_counts_once(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let (_, room) = ana.open_transaction("House").await;
        let mut socket = ana.socket().await;
        let first = socket.post(room, "same", "text").await;
        let again = socket.post(room, "same", "text").await;
        assert_eq!(first["seq"], again["seq"]);
        let other = socket.post(room, "same", "other").await;
        assert_eq!((&other["code"], &other["seq"]), (&json!("nonce_reused"), &first["seq"]));
    }
}
