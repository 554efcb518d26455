//! How many mails leave on somebody's order.

use serde_json::{Value, json};

use super::invitations::INVITATIONS;
use crate::support::mailbox::invitation_form;
use crate::support::{HttpAnswer, PASSWORD, Person, TestApp, postgres_database};

const HOUR: (&str, &str) = ("ENTREMISE_MAILS_PER_SENDER_HOUR", "2");

async fn invite(broker: &Person, email: &str) -> HttpAnswer {
    broker.post(INVITATIONS, invitation_form(email)).await
}

fn id_of(made: &HttpAnswer) -> Value {
    made.expect(201)["invitation"]["id"].clone()
}

/// Refused for a while, which the header and the text tell alike.
#[track_caller]
fn expect_wait(answer: &HttpAnswer, code: &str, longest: u32, words: &str) {
    let text = answer.expect_refusal(429, code)["message"].as_str().unwrap().to_owned();
    let wait: u32 = answer.header("retry-after").parse().unwrap();
    assert!((1..=longest).contains(&wait), "{wait}");
    assert!(text.contains(words), "{text}");
}

on_both_databases! {
    /// Each way to make a mail counts, and each is refused when too many were made on whatever way.
    async fn one_person_orders_so_many_mails_in_an_hour(database) {
        let (app, hand) = TestApp::start_with_clock(database, &[HOUR]);
        let (ana, ben, admin) = (app.broker("Ana").await, app.broker("Ben").await, app.admin().await);
        let (carl, dora) = (app.client("Carl").await, app.client("Dora").await);
        for client in [&carl, &dora] {
            for broker in [&ana, &ben] {
                app.join(broker.open_transaction("House").await.0, client).await;
            }
        }
        let first = id_of(&invite(&ana, "first@example.org").await);
        let resend = format!("{INVITATIONS}/{first}/resend");
        ana.post(&resend, json!({})).await.expect(200);
        let to_carl = format!("/api/v1/clients/{}/access-link", ana.record_of(&carl).await);
        let cases = [
            (INVITATIONS.to_owned(), invitation_form("next@example.org")),
            (resend.clone(), json!({})),
            (to_carl.clone(), json!({})),
        ];
        for (path, form) in &cases {
            expect_wait(&ana.post(path, form.clone()).await, "too_many_mails", 3600, "in 60 minutes");
        }
        let list = ana.get(INVITATIONS).await;
        assert_eq!(list.expect(200)["invitations"].as_array().unwrap().len(), 1, "nothing was made");
        ana.patch("/api/v1/me", json!({ "language": "fr" })).await.expect(200);
        let french = invite(&ana, "next@example.org").await;
        expect_wait(&french, "too_many_mails", 3600, "dans 60\u{a0}minutes");
        // What was refused is not counted, and others are not concerned.
        hand.forward_seconds(3601);
        ana.post(&to_carl, json!({})).await.expect(202);
        ana.post(&resend, json!({})).await.expect(200);
        expect_wait(&invite(&ana, "next@example.org").await, "too_many_mails", 3600, "minutes");
        id_of(&invite(&ben, "next@example.org").await);

        // An admin's links count too.
        for person in [&ana, &ben] {
            admin.post(&format!("/api/v1/accounts/{}/access-link", person.account()), json!({})).await.expect(202);
        }
        let third = admin.post(&format!("/api/v1/accounts/{}/access-link", dora.account()), json!({})).await;
        expect_wait(&third, "too_many_mails", 3600, "minutes");
    }

    async fn and_so_many_in_a_day(database) {
        let (app, hand) = TestApp::start_with_clock(database, &[("ENTREMISE_MAILS_PER_SENDER_DAY", "3")]);
        let ana = app.broker("Ana").await;
        for number in 0..3 {
            id_of(&invite(&ana, &format!("c{number}@example.org")).await);
            hand.forward_seconds(3601);
        }
        expect_wait(&invite(&ana, "more@example.org").await, "too_many_mails", 86_400, "in 21 hours");
        hand.forward_days(1);
        id_of(&invite(&ana, "more@example.org").await);
    }

    /// Whatever the others send, the first of the day goes through.
    async fn one_address_is_sent_so_many_and_nobody_keeps_others_from_writing(database) {
        let settings = [("ENTREMISE_MAILS_PER_SENDER_AND_RECIPIENT_DAY", "2"), ("ENTREMISE_MAILS_PER_RECIPIENT_DAY", "3")];
        let (app, hand) = TestApp::start_with_clock(database, &settings);
        let email = "paul@example.org";
        let mut rogues = Vec::new();
        for name in ["Rogue", "Rufus"] {
            let rogue = app.broker(name).await;
            let id = id_of(&invite(&rogue, email).await);
            rogue.post(&format!("{INVITATIONS}/{id}/cancel"), json!({})).await.expect(200);
            rogues.push(rogue);
        }
        // Spelled otherwise it is the same address.
        let id = id_of(&invite(&rogues[0], "Paul@Example.org").await);
        rogues[0].post(&format!("{INVITATIONS}/{id}/cancel"), json!({})).await.expect(200);
        expect_wait(&invite(&rogues[0], email).await, "mailed_enough", 86_400, "in 24 hours");
        expect_wait(&invite(&rogues[1], email).await, "mailed_enough", 86_400, "hours");
        let ana = app.broker("Ana").await;
        let of_ana = id_of(&invite(&ana, email).await);
        expect_wait(&ana.post(&format!("{INVITATIONS}/{of_ana}/resend"), json!({})).await, "mailed_enough", 86_400, "hours");
        id_of(&invite(&rogues[0], "anne@example.org").await);
        hand.forward_days(1);
        ana.post(&format!("{INVITATIONS}/{of_ana}/resend"), json!({})).await.expect(200);
    }

    async fn an_invitation_is_sent_again_after_a_while(database) {
        let (app, hand) = TestApp::start_with_clock(database, &[("ENTREMISE_INVITATION_RESEND_SECONDS", "300")]);
        let ana = app.broker("Ana").await;
        let made = invite(&ana, "paul@example.org").await;
        let path = format!("{INVITATIONS}/{}", id_of(&made));
        assert_eq!(made.json["invitation"]["resend_at"], json!("2027-01-15T08:05:00.000Z"), "{}", made.text);
        hand.forward_seconds(30);
        let resend = format!("{path}/resend");
        expect_wait(&ana.post(&resend, json!({})).await, "invitation_recent", 270, "in 5 minutes");
        ana.patch("/api/v1/me", json!({ "language": "fr" })).await.expect(200);
        expect_wait(&ana.post(&resend, json!({})).await, "invitation_recent", 270, "dans 5\u{a0}minutes");
        hand.forward_seconds(270);
        assert_eq!(ana.get(&path).await.expect(200)["invitation"]["resend_at"], Value::Null);
        let again = ana.post(&resend, json!({})).await;
        assert_eq!(again.expect(200)["invitation"]["resend_at"], json!("2027-01-15T08:10:00.000Z"));

        // Another address has been sent nothing, and says so; a link of it proves as little as the mail that it stands for.
        let mut form = invitation_form("paula@example.org");
        let saved = ana.put(&path, form.clone()).await;
        let saved = &saved.expect(200)["invitation"];
        assert_eq!((&saved["mail"]["state"], &saved["resend_at"]), (&json!("none"), &Value::Null));
        ana.post(&format!("{path}/link"), json!({})).await.expect_refusal(409, "invitation_unsent");
        ana.post(&resend, json!({})).await.expect(200);
        ana.post(&format!("{path}/link"), json!({})).await.expect(201);
        app.mailed_token("paula@example.org", 1).await;
        // What else is edited changes nothing of that.
        form["first_name"] = json!("Paula");
        assert_ne!(ana.put(&path, form).await.expect(200)["invitation"]["resend_at"], Value::Null);
    }

    async fn a_repeated_request_counts_once(database) {
        let app = TestApp::start_with(database, &[HOUR]);
        let ana = app.broker("Ana").await;
        let once = |key: &'static str, email: &'static str| ana.post_once(key, INVITATIONS, invitation_form(email));
        let first = id_of(&once("a", "a@example.org").await);
        for _ in 0..3 {
            assert_eq!(id_of(&once("a", "a@example.org").await), first);
        }
        id_of(&once("b", "b@example.org").await);
        expect_wait(&once("c", "c@example.org").await, "too_many_mails", 3600, "minutes");
        // Also while this node knows that no more may leave.
        assert_eq!(id_of(&once("a", "a@example.org").await), first);
        expect_wait(&once("c", "c@example.org").await, "too_many_mails", 3600, "minutes");
    }

    /// The mail of it goes to an address that the account may not even own.
    async fn a_password_is_changed_so_often_in_a_day(database) {
        let settings = [("ENTREMISE_MAILS_PER_SENDER_AND_RECIPIENT_DAY", "1")];
        let app = TestApp::start_with(database, &settings);
        let mut ana = app.broker("Ana").await;
        let change = |old: &str, new: &str| json!({ "current_password": old, "new_password": new });
        let changed = ana.put("/api/v1/me/password", change(PASSWORD, "Autre-Phare-31-dune")).await;
        ana.token = changed.expect(200)["token"].as_str().map(str::to_owned);
        let again = ana.put("/api/v1/me/password", change("Autre-Phare-31-dune", PASSWORD)).await;
        expect_wait(&again, "mailed_enough", 86_400, "hours");
        let sign_in = json!({ "email": ana.email(), "password": "Autre-Phare-31-dune" });
        app.anonymous().post("/api/v1/sessions", sign_in).await.expect(201);
    }
}

#[tokio::test]
async fn two_nodes_count_together() {
    let database = postgres_database();
    let (here, there) = (TestApp::start_with(&database, &[HOUR]), TestApp::start_with(&database, &[HOUR]));
    let ana = here.broker("Ana").await;
    id_of(&invite(&ana, "a@example.org").await);
    id_of(&invite(&ana.at(&there.url), "b@example.org").await);
    for node in [&here, &there] {
        expect_wait(&invite(&ana.at(&node.url), "c@example.org").await, "too_many_mails", 3600, "minutes");
    }
}
