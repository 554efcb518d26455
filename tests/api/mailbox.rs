//! The demo's mailbox.

use crate::support::{TestApp, sqlite_database};
use entremise::domain::DatabaseUrl;

on_both_databases! {
    async fn a_mail_that_is_not_there_is_unknown(database) {
        let app = TestApp::start(database);
        let nobody = app.anonymous();
        nobody.get("/api/v1/demo/mails/999").await.expect_refusal(404, "mail_unknown");
        nobody.get("/demo/mails/999/html").await.expect_refusal(404, "mail_unknown");
    }

    async fn a_mail_can_be_read_as_long_as_its_link_is_good(database) {
        let (app, hand) = TestApp::start_with_clock(database, &[]);
        let ana = app.broker("Ana").await;
        app.invite(&ana, "paul@example.org").await;
        hand.forward_days(6);
        entremise::app::housekeeping::prune(&app.app).await.unwrap();
        assert!(app.mails_to("paul@example.org", 1).await[0]["text"].as_str().unwrap().contains("/client/invitation/"));
        hand.forward_days(2);
        entremise::app::housekeeping::prune(&app.app).await.unwrap();
        let mail = app.mails_to("paul@example.org", 1).await.remove(0);
        assert_eq!((&mail["text"], &mail["html"]), (&"".into(), &"".into()));
        assert!(mail["subject"].as_str().unwrap().contains("Ana"), "that there was one can be seen");
    }
}

/// SQLite leaves what is deleted in free pages and in its log of writes.
#[tokio::test]
async fn the_link_of_an_emptied_mail_is_nowhere_in_the_files() {
    let database = sqlite_database();
    let (app, hand) = TestApp::start_with_clock(&database, &[]);
    let ana = app.broker("Ana").await;
    let (_, token) = app.invite(&ana, "paul@example.org").await;
    // The worker empties its own row of the mail when the mailbox has it.
    for _ in 0..500 {
        if database.count("SELECT 1 FROM mails WHERE state = 'sent'") == 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let DatabaseUrl::Sqlite(path) = database.url() else { panic!("another database") };
    let holds = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        let bytes = std::fs::read(name).unwrap_or_default();
        bytes.windows(token.len()).any(|part| part == token.as_bytes())
    };
    assert!(holds("") || holds("-wal"), "the mail can be read");
    // Only what waits for a reader who is in the way is left to the next round.
    hand.forward_days(8);
    for _ in 0..500 {
        entremise::app::housekeeping::prune(&app.app).await.unwrap();
        if !holds("-wal") {
            break;
        }
    }
    assert_eq!((holds(""), holds("-wal")), (false, false));
}
