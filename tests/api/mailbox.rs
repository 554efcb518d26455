//! The demo's mailbox.

use crate::support::TestApp;

on_both_databases! {
    async fn a_mail_that_is_not_there_is_unknown(database) {
        let app = TestApp::start(database);
        let nobody = app.anonymous();
        nobody.get("/api/v1/demo/mails/999").await.expect_refusal(404, "mail_unknown");
        nobody.get("/demo/mails/999/html").await.expect_refusal(404, "mail_unknown");
    }
}
