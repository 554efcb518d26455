//! Codes that strangers ask for, guess at and would like to use up.

use super::*;

on_both_databases! {
    async fn nobody_learns_whether_an_address_has_an_account(database) {
        let app = TestApp::start_with(database, PROXIED);
        let (admin, ana, gone) = (app.admin().await, app.broker("Ana").await, app.broker("Gone").await);
        admin.post(&format!("/api/v1/accounts/{}/deactivate", gone.account()), json!({})).await.expect(200);
        let mut seen: Vec<Vec<String>> = Vec::new();
        for (n, email) in [ana.email(), "nobody@example.org", gone.email()].into_iter().enumerate() {
            let ip = format!("198.51.100.{n}");
            let mut told = Vec::new();
            let mut note = |answer: HttpAnswer| {
                let mut names: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
                names.sort_unstable();
                let code = answer.json["error"]["code"].to_string();
                let body = if answer.status == 202 { answer.text.clone() } else { code };
                told.push(format!("{} {body} {names:?}", answer.status));
            };
            for _ in 0..4 {
                note(ask_from(&app, &ip, email).await);
            }
            for _ in 0..7 {
                note(confirm_from(&app, &ip, email, "not it").await);
                // One in a million.
                note(confirm_from(&app, &ip, email, "000000").await);
            }
            seen.push(told);
        }
        assert_eq!(seen[0], seen[1]);
        assert_eq!(seen[0], seen[2]);
        // The same work was done: as many rows, as many mails, of which those to nobody never leave.
        assert_eq!(database.count("SELECT 1 FROM password_resets"), 9);
        assert_eq!(database.count("SELECT 1 FROM mails WHERE kind = 'reset_code'"), 9);
        assert_eq!(database.count("SELECT 1 FROM mails WHERE kind = 'reset_link'"), 3);
        assert_eq!(database.count("SELECT 1 FROM mails WHERE recipient = 'nobody@unknown.invalid' AND state = 'dropped'"), 8);
        assert_eq!(app.mails_to("nobody@unknown.invalid", 0).await.len(), 0);
        assert_eq!(app.mails_to(gone.email(), 0).await.len(), 0);
        // An hour later nothing of them is left.
        database.execute("UPDATE mails SET due_at = due_at - 3700000");
        entremise::app::housekeeping::prune(&app.app).await.unwrap();
        assert_eq!(database.count("SELECT 1 FROM mails WHERE recipient = 'nobody@unknown.invalid'"), 0);
    }

    async fn a_stranger_can_neither_use_up_a_persons_tries_nor_their_codes(database) {
        let app = TestApp::start_with(database, PROXIED);
        let ana = app.client("Ana").await;
        ask_from(&app, "192.0.2.1", ana.email()).await.expect(202);
        let code = mailed_code(&app, ana.email(), 1).await;
        // Codes asked for elsewhere replace nothing here, and wrong ones count there.
        for n in 0..12 {
            let ip = format!("198.51.100.{n}");
            ask_from(&app, &ip, ana.email()).await.expect(202);
            for _ in 0..8 {
                let answer = confirm_from(&app, &ip, ana.email(), &wrong(&code)).await;
                assert!(matches!(answer.status.as_u16(), 422 | 429), "{}", answer.text);
            }
        }
        // Some strangers never ask for one of their own.
        for n in 0..12 {
            confirm_from(&app, &format!("203.0.113.{n}"), ana.email(), &wrong(&code)).await.expect(422);
        }
        confirm_from(&app, "192.0.2.1", ana.email(), &code).await.expect(204);
        // Nor was the mailbox flooded: ten codes and a link in an hour, and the word that the password has changed.
        assert_eq!(app.mails_to(ana.email(), 12).await.len(), 12);
    }

    async fn strangers_cannot_use_up_the_codes_of_a_device_that_is_known(database) {
        let app = TestApp::start_with(database, PROXIED);
        let ana = app.client("Ana").await;
        let device = device_of(&app, &ana).await;
        for n in 0..12 {
            ask_from(&app, &format!("198.51.100.{n}"), ana.email()).await.expect(202);
        }
        app.mails_to(ana.email(), 11).await;
        // From a new network, on a device that signed in before.
        ask_as(&app, "192.0.2.77", &device, ana.email()).await.expect(202);
        let code = mailed_code(&app, ana.email(), 12).await;
        confirm_from(&app, "192.0.2.77", ana.email(), &code).await.expect(204);
    }

    async fn five_wrong_codes_end_a_code_where_it_was_asked_for(database) {
        let app = TestApp::start_with(database, PROXIED);
        let ana = app.client("Ana").await;
        ask_from(&app, "192.0.2.1", ana.email()).await.expect(202);
        let code = mailed_code(&app, ana.email(), 1).await;
        for _ in 0..5 {
            confirm_from(&app, "192.0.2.1", ana.email(), &wrong(&code)).await.expect_refusal(422, "reset_code_wrong");
        }
        let refused = confirm_from(&app, "192.0.2.1", ana.email(), &code).await;
        refused.expect_refusal(429, "too_many_attempts");
        assert!(refused.header("retry-after").parse::<u32>().is_ok_and(|wait| (1..=900).contains(&wait)));
        // From nowhere else either: it is dead.
        confirm_from(&app, "192.0.2.2", ana.email(), &code).await.expect_refusal(422, "reset_code_wrong");
        // A new one comes with new tries.
        ask_from(&app, "192.0.2.1", ana.email()).await.expect(202);
        let newer = mailed_code(&app, ana.email(), 2).await;
        confirm_from(&app, "192.0.2.1", ana.email(), &wrong(&newer)).await.expect_refusal(422, "reset_code_wrong");
        confirm_from(&app, "192.0.2.1", ana.email(), &newer).await.expect(204);
    }

    async fn a_code_may_be_typed_on_another_device_and_strangers_share_five_tries(database) {
        let app = TestApp::start_with(database, PROXIED);
        let ana = app.client("Ana").await;
        ask_from(&app, "192.0.2.1", ana.email()).await.expect(202);
        let code = mailed_code(&app, ana.email(), 1).await;
        for n in 0..4 {
            confirm_from(&app, &format!("203.0.113.{n}"), ana.email(), &wrong(&code)).await.expect(422);
        }
        confirm_from(&app, "198.51.100.7", ana.email(), &code).await.expect(204);

        let ben = app.client("Ben").await;
        let asked = ask_from(&app, "192.0.2.1", ben.email()).await;
        let cookie = asked.header("set-cookie").split(';').next().unwrap().to_owned();
        let attributes = asked.header("set-cookie").to_lowercase();
        assert!(attributes.contains("httponly") && attributes.contains("samesite=strict"), "{attributes}");
        let code = mailed_code(&app, ben.email(), 1).await;
        for n in 0..5 {
            confirm_from(&app, &format!("203.0.113.{n}"), ben.email(), &wrong(&code)).await.expect(422);
        }
        confirm_from(&app, "198.51.100.8", ben.email(), &code).await.expect_refusal(422, "reset_code_wrong");
        // The browser that asked is known wherever it goes, and nobody can use up what is its own.
        confirm_as(&app, "198.51.100.9", &cookie, ben.email(), &code).await.expect(204);
    }

    async fn asking_too_often_sends_no_code_and_kills_none(database) {
        let app = TestApp::start_with(database, PROXIED);
        let ana = app.client("Ana").await;
        for sent in 1..=5 {
            ask_from(&app, "192.0.2.1", ana.email()).await.expect(202);
            // A mail that has not left when its code is replaced never leaves.
            app.mails_to(ana.email(), sent.min(4)).await;
        }
        // The same network, in another spelling.
        ask_from(&app, "::ffff:192.0.2.1", ana.email()).await.expect(202);
        let mails = app.mails_to(ana.email(), 4).await;
        assert!(mails.len() == 4 && mails[3]["text"].as_str().unwrap().contains("/access/"), "one link");
        confirm_from(&app, "192.0.2.1", ana.email(), &code_in(&mails[2])).await.expect(204);
        // Ten for anybody from one network, in an hour.
        for n in 0..10 {
            let other = app.client(&format!("Person{n}")).await;
            ask_from(&app, "192.0.2.1", other.email()).await.expect(202);
        }
        assert_eq!(database.count("SELECT 1 FROM password_resets"), 10);
        ask_from(&app, "192.0.2.2", ana.email()).await.expect(202);
        assert_eq!(database.count("SELECT 1 FROM password_resets"), 11);
    }
}
