//! What an account was before its owner came: nothing of it reaches them, and no letter for somebody else proves an address.

use serde_json::{Value, json};

use super::activation::{activate, signed_in};
use super::invitations::{INVITATIONS, link_state};
use super::proofs::{OTHER, copied, impostor};
use crate::support::mailbox::{invitation_form, token_in};
use crate::support::{PASSWORD, Person, TestApp};

const TRIES: usize = 20;

/// The account of the address, taken over by whoever reads its mailbox, on the `count`th mail.
async fn taken_over(app: &TestApp, broker: &Person, email: &str, count: usize) -> Person {
    broker.post(INVITATIONS, invitation_form(email)).await.expect(201);
    let mails = app.mails_to(email, count).await;
    let texts: Vec<&str> = mails.iter().filter_map(|mail| mail["text"].as_str()).collect();
    let token = token_in(texts.iter().rev().find(|text| text.contains("/client/invitation/")).unwrap());
    let answer = activate(app, &token, json!({ "password": OTHER })).await;
    assert_eq!(answer.expect(201)["account"]["address_proved"], true);
    signed_in(app, &answer)
}

on_both_databases! {
    async fn no_link_leaves_for_an_address_that_was_changed_meanwhile(database) {
        let app = TestApp::start(database);
        let rogue = app.broker("Rogue").await;
        for number in 0..TRIES {
            let (own, victim) = (format!("own{number}@example.org"), format!("victim{number}@example.org"));
            let (id, first) = app.invite(&rogue, &own).await;
            let path = format!("{INVITATIONS}/{id}");
            let resend_path = format!("{path}/resend");
            let (changed, resent) = tokio::join!(
                rogue.put(&path, invitation_form(&victim)),
                rogue.post(&resend_path, json!({})),
            );
            changed.expect(200);
            assert!(matches!(resent.status.as_u16(), 200 | 503), "{}", resent.text);
            // Whatever was sent stands in the mailbox before this one.
            app.invite(&rogue, &format!("after{number}@example.org")).await;
            let mails = app.mails_to(&own, 1).await;
            for token in mails.iter().filter_map(|mail| mail["text"].as_str()).map(token_in) {
                assert_eq!(link_state(&app, &token).await.0, 410, "a link for {victim} went to {own}");
            }
            assert_eq!(link_state(&app, &first).await.0, 410);
        }
    }

    async fn the_owner_comes_in_also_while_somebody_makes_the_account(database) {
        let app = TestApp::start(database);
        let (rogue, ana) = (app.broker("Rogue").await, app.broker("Ana").await);
        for number in 0..8 {
            let email = format!("paul{number}@example.org");
            let copied = copied(&rogue, &email).await;
            let before = app.mails_to(&email, 1).await.len();
            ana.post(INVITATIONS, invitation_form(&email)).await.expect(201);
            let mailed = app.mailed_token(&email, before + 1).await;
            let (owner, other) = tokio::join!(
                activate(&app, &mailed, json!({ "password": OTHER })),
                activate(&app, &copied, json!({ "password": PASSWORD })),
            );
            assert_eq!(owner.expect(201)["account"]["address_proved"], true);
            if other.status != 201 {
                other.expect_refusal(409, "invitation_needs_mail");
            }
            signed_in(&app, &owner).get("/api/v1/me").await.expect(200);
        }
    }

    async fn what_was_sent_before_an_account_was_taken_over_opens_nothing(database) {
        let app = TestApp::start(database);
        let (rogue, ana, email) = (app.broker("Rogue").await, app.broker("Ana").await, "paul@example.org");
        let (_, made) = impostor(&app, &rogue, email).await;
        app.anonymous().post("/api/v1/password-resets", json!({ "email": email })).await.expect(202);
        let list = rogue.get(&format!("/api/v1/clients?account_id={}", made["account"]["id"])).await;
        let record = &list.expect(200)["clients"][0]["id"];
        rogue.post(&format!("/api/v1/clients/{record}/access-link"), json!({})).await.expect(202);
        let mails = app.mails_to(email, 3).await;
        let texts: Vec<String> = mails.iter().map(|mail| mail["text"].as_str().unwrap().to_owned()).collect();
        let access = texts.iter().find_map(|text| text.split_once("/access/")).unwrap().1;
        let access: String = access.chars().take_while(char::is_ascii_hexdigit).collect();
        let digits = |line: &&str| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit());
        let code = texts.iter().flat_map(|text| text.lines()).map(str::trim).find(digits).unwrap().to_owned();

        taken_over(&app, &ana, email, 4).await;
        let link = app.anonymous().get(&format!("/api/v1/access-links/{access}")).await;
        link.expect_refusal(410, "access_link_expired");
        let form = json!({ "email": email, "code": code, "new_password": "Encore-Falaise-12-pin" });
        let confirmed = app.anonymous().post("/api/v1/password-resets/confirm", form).await;
        confirmed.expect_refusal(422, "reset_code_wrong");
    }

    async fn a_broker_whose_invitation_the_owner_never_accepted_is_told_no_number(database) {
        let app = TestApp::start(database);
        let (rogue, ana, email) = (app.broker("Rogue").await, app.broker("Ana").await, "paul@example.org");
        impostor(&app, &rogue, email).await;
        let paul = taken_over(&app, &ana, email, 2).await;
        paul.patch("/api/v1/me", json!({ "phone": "+33 6 12 34 56 78" })).await.expect(200);
        let phone_for = |broker: &Person| {
            let broker = broker.clone();
            async move { broker.get("/api/v1/clients").await.expect(200)["clients"][0]["phone"].clone() }
        };
        assert_eq!(phone_for(&ana).await, json!("+33 6 12 34 56 78"));
        assert_eq!(phone_for(&rogue).await, Value::Null);
    }

    /// The broker shares no room with the account, and the name that it had before was published less than a second ago.
    async fn who_knew_the_account_is_told_of_it_by_the_takeover_itself(database) {
        let app = TestApp::start_with(database, &[("ENTREMISE_HEAD_POLL_MS", "60000")]);
        let (rogue, ana, email) = (app.broker("Rogue").await, app.broker("Ana").await, "paul@example.org");
        let mut of_rogue = rogue.socket().await;
        let (impostor, made) = impostor(&app, &rogue, email).await;
        // The invitation was made, sent, copied and accepted, and opened a transaction.
        for _ in 0..5 {
            of_rogue.expect("changed").await;
        }
        let (account, transaction) = (&made["account"]["id"], &made["transaction_id"]);
        let access = json!({ "messaging": false, "documents": true, "tasks": true, "calendar": true, "properties": true });
        let part = format!("/api/v1/transactions/{transaction}/participants/{account}");
        rogue.patch(&part, json!({ "access": access })).await.expect(200);
        ana.post(INVITATIONS, invitation_form(email)).await.expect(201);
        let token = app.mailed_token(email, 2).await;
        impostor.patch("/api/v1/me", json!({ "first_name": "Imposter" })).await.expect(200);
        of_rogue.expect("changed").await;
        let changes = || database.count(&format!("SELECT 1 FROM account_changes WHERE account_id = {}", rogue.account()));
        let before = changes();
        activate(&app, &token, json!({ "password": OTHER, "first_name": "Paul" })).await.expect(201);
        assert_eq!(changes(), before + 2);
        let mut topics = [of_rogue.expect("changed").await, of_rogue.expect("changed").await].map(|frame| frame["topic"].clone());
        topics.sort_by_key(Value::to_string);
        assert_eq!(topics, ["invitation", "transaction"], "the invitation has lost its account, and the participant has another name");
    }
}
