//! What becomes of a person whose mailbox strangers have filled with codes.

use serde_json::json;

use super::access_links::mailed_link;
use super::password_resets::{PROXIED, ask_as, ask_from, code_in, confirm_as, confirm_from, device_of, wrong};
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
        let mails = app.mails_to(ana.email(), 11).await;
        assert_eq!(mails.len(), 11, "and a link");
        confirm_from(&app, "198.51.100.7", ana.email(), &code_in(&mails[9])).await.expect(204);
    }

    async fn who_is_sent_no_code_finds_a_link_that_strangers_cannot_use_up(database) {
        let app = TestApp::start_with(database, PROXIED);
        let (ana, otto) = (app.client("Ana").await, app.client("Otto").await);
        for network in 1..=11 {
            for email in [ana.email(), "nobody@example.org"] {
                ask_from(&app, &format!("203.0.113.{network}"), email).await.expect(202);
            }
        }
        app.mails_to(ana.email(), 11).await;
        // All that strangers may try is tried, and the codes are as good as old.
        for network in 1..=30 {
            confirm_from(&app, &format!("192.0.2.{network}"), ana.email(), "000000").await.expect(422);
        }
        database.execute("UPDATE password_resets SET expires_at = expires_at - 900000");
        ask_from(&app, "198.51.100.7", ana.email()).await.expect(202);
        let path = format!("/api/v1/access-links/{}", mailed_link(&app, ana.email(), 11).await);
        let nobody = app.anonymous();
        assert_eq!(nobody.get(&path).await.expect(200)["access"]["email"], ana.email());
        nobody.post(&path, json!({ "new_password": "Autre-Phare-31-dune" })).await.expect(204);
        nobody.post(&path, json!({ "new_password": "Autre-Phare-31-dune" })).await.expect_refusal(410, "access_link_used");
        // One an hour, and as much is written for nobody.
        assert_eq!(database.count("SELECT 1 FROM mails WHERE kind = 'reset_link'"), 2);
        assert_eq!(app.mails_to(otto.email(), 0).await.len(), 0);
    }

    async fn a_neighbour_uses_up_nothing_of_a_device_that_is_known(database) {
        let app = TestApp::start_with(database, PROXIED);
        let ana = app.client("Ana").await;
        let (device, network) = (device_of(&app, &ana).await, "203.0.113.9");
        for sent in 1..=4 {
            ask_from(&app, network, ana.email()).await.expect(202);
            app.mails_to(ana.email(), sent).await;
        }
        ask_as(&app, network, &device, ana.email()).await.expect(202);
        let code = code_in(&app.mails_to(ana.email(), 5).await[4]);
        // A code that the neighbour asks for now replaces nothing, and their tries count for them.
        ask_from(&app, network, ana.email()).await.expect(202);
        let tried = async || confirm_from(&app, network, ana.email(), &wrong(&code)).await.status.as_u16();
        for _ in 0..7 {
            assert!(matches!(tried().await, 422 | 429));
        }
        assert_eq!(tried().await, 429);
        confirm_as(&app, network, &device, ana.email(), &code).await.expect(204);
    }
}
