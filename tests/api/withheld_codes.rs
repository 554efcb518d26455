//! What becomes of a person whose mailbox strangers have filled with codes.

use super::password_resets::{PROXIED, ask_from, code_in, confirm_from};
use crate::support::TestApp;

on_both_databases! {
    async fn a_code_that_a_stranger_had_sent_serves_whoever_reads_the_mailbox(database) {
        let app = TestApp::start_with(database, PROXIED);
        let ana = app.broker("Ana").await;
        for network in 1..=10 {
            ask_from(&app, &format!("203.0.113.{network}"), ana.email()).await.expect(202);
        }
        // Too many: none is sent to Ana, who then tries what has come.
        ask_from(&app, "198.51.100.7", ana.email()).await.expect(202);
        let mails = app.mails_to(ana.email(), 10).await;
        assert_eq!(mails.len(), 10);
        confirm_from(&app, "198.51.100.7", ana.email(), &code_in(&mails[9])).await.expect(204);
    }
}
