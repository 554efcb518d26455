//! The demo's mailbox.

use crate::support::TestApp;

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
        app.app.tidy_up().await.unwrap();
        assert!(app.mails_to("paul@example.org", 1).await[0]["text"].as_str().unwrap().contains("/client/invitation/"));
        hand.forward_days(2);
        app.app.tidy_up().await.unwrap();
        let mail = app.mails_to("paul@example.org", 1).await.remove(0);
        assert_eq!((&mail["text"], &mail["html"]), (&"".into(), &"".into()));
        assert!(mail["subject"].as_str().unwrap().contains("Ana"), "that there was one can be seen");
    }
}
