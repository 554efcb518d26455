//! A request that makes something and whose answer is lost is sent again, and makes nothing more.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::mailbox::invitation_form;
use crate::support::{PASSWORD, Person, TestApp};

const ACCOUNTS: &str = "/api/v1/accounts";
const INVITATIONS: &str = "/api/v1/client-invitations";
const TRANSACTIONS: &str = "/api/v1/transactions";

fn account(email: &str, password: &str) -> Value {
    json!({ "email": email, "first_name": "Ben", "last_name": "Test", "role": "broker", "password": password, "language": "en" })
}

on_both_databases! {
    async fn a_transaction_is_opened_once(database) {
        let (app, hand) = TestApp::start_with_clock(database, &[]);
        let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
        let form = || json!({ "title": "House", "kind": "sale", "offered_price": { "amount_minor": 5, "currency": "EUR" } });
        let answers = join_all((0..20).map(|_| ana.post_once("k", TRANSACTIONS, form()))).await;
        let first = answers[0].expect(201)["transaction"].clone();
        for answer in &answers {
            assert_eq!(answer.expect(201)["transaction"], first);
        }
        // Another request is not that one; another person's key is another key.
        let other = json!({ "title": "House", "kind": "sale" });
        ana.post_once("k", TRANSACTIONS, other.clone()).await.expect_refusal(409, "idempotency_key_reused");
        ana.post_once("k", INVITATIONS, invitation_form("x@example.org")).await.expect_refusal(409, "idempotency_key_reused");
        ben.post_once("k", TRANSACTIONS, other.clone()).await.expect(201);
        // What is made is shown as it is now.
        ana.patch(&format!("{TRANSACTIONS}/{}", first["id"]), json!({ "progress": 40 })).await.expect(200);
        let again = ana.post_once("k", TRANSACTIONS, form()).await;
        assert_eq!((&again.expect(201)["transaction"]["id"], &again.json["transaction"]["progress"]), (&first["id"], &json!(40)));
        // A refused request leaves no key behind.
        ana.post_once("l", TRANSACTIONS, json!({ "title": "", "kind": "sale" })).await.expect_fields(&[("title", "value_missing")]);
        ana.post_once("l", TRANSACTIONS, other.clone()).await.expect(201);
        // Without a key each request is its own.
        ana.post(TRANSACTIONS, other.clone()).await.expect(201);
        let count = || async { ana.get(TRANSACTIONS).await.expect(200)["transactions"].as_array().unwrap().len() };
        assert_eq!(count().await, 3);
        for wrong in ["", "a b", &"x".repeat(65)] {
            let refused = ana.post_once(wrong, TRANSACTIONS, other.clone()).await;
            refused.expect_refusal(422, "idempotency_key_invalid");
        }
        hand.forward_seconds(86_401);
        entremise::app::housekeeping::prune(&app.app).await.unwrap();
        let ana = app.another_device(&ana).await;
        ana.post_once("k", TRANSACTIONS, form()).await.expect(201);
        assert_eq!(ana.get(TRANSACTIONS).await.expect(200)["transactions"].as_array().unwrap().len(), 4, "a day later it is forgotten");
    }

    async fn an_invitation_is_made_and_sent_once(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let invite = || ana.post_once("k", INVITATIONS, invitation_form("paul@example.org"));
        let answers = join_all((0..10).map(|_| invite())).await;
        let id = answers[0].expect(201)["invitation"]["id"].clone();
        assert!(answers.iter().all(|answer| answer.expect(201)["invitation"]["id"] == id));
        let path = format!("{INVITATIONS}/{id}/resend");
        let resend = || ana.post_once("r", &path, json!({}));
        for answer in join_all((0..10).map(|_| resend())).await {
            answer.expect(200);
        }
        app.invite(&ana, "after@example.org").await;
        // The first mail may have left before it was sent again.
        assert!(app.mails_to("paul@example.org", 1).await.len() <= 2);
    }

    async fn a_link_whose_answer_was_lost_dies_when_it_is_asked_for_again(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let (id, mailed) = app.invite(&ana, "paul@example.org").await;
        let token_of = |link: &Value| link["link"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        let path = format!("{INVITATIONS}/{id}/link");
        let ask = || ana.post_once("k", &path, json!({}));
        let lost = token_of(ask().await.expect(201));
        let known = token_of(ask().await.expect(201));
        let nobody = app.anonymous();
        let look = |token: String| {
            let nobody = nobody.clone();
            async move { nobody.get(&format!("{INVITATIONS}/token/{token}")).await }
        };
        look(lost).await.expect_refusal(410, "invitation_cancelled");
        look(known).await.expect(200);
        look(mailed).await.expect(200);
        // Of many repetitions at once one link is left too.
        let mut living = 0;
        for answer in join_all((0..12).map(|_| ask())).await {
            living += usize::from(look(token_of(answer.expect(201))).await.status == 200);
        }
        assert_eq!(living, 1);
    }

    async fn a_link_for_a_new_password_is_sent_once(database) {
        let app = TestApp::start(database);
        let (admin, ana, carl) = (app.admin().await, app.broker("Ana").await, app.client("Carl").await);
        app.join(ana.open_transaction("House").await.0, &carl).await;
        let record = ana.record_of(&carl).await;
        let path = |person: &Person| format!("/api/v1/accounts/{}/access-link", person.account());
        let of_ana = path(&ana);
        for answer in join_all((0..10).map(|_| admin.post_once("k", &of_ana, json!({})))).await {
            answer.expect(202);
        }
        // Another key is another request, and the key of one request is that of no other.
        admin.post_once("l", &of_ana, json!({})).await.expect_refusal(429, "access_link_recent");
        let of_carl = path(&carl);
        admin.post_once("k", &of_carl, json!({})).await.expect_refusal(409, "idempotency_key_reused");
        for _ in 0..2 {
            ana.post_once("k", &format!("/api/v1/clients/{record}/access-link"), json!({})).await.expect(202);
        }
        for person in [&ana, &carl] {
            assert_eq!(app.mails_to(person.email(), 1).await.len(), 1, "{}", person.email());
        }
    }

    async fn a_participant_and_an_account_are_made_once(database) {
        let app = TestApp::start(database);
        let (ana, admin) = (app.broker("Ana").await, app.admin().await);
        let make = |password: &str| admin.post_once("k", ACCOUNTS, account("ben@example.org", password));
        let first = make(PASSWORD).await.expect(201)["account"]["id"].clone();
        assert_eq!(make(PASSWORD).await.expect(201)["account"]["id"], first);
        // Also a request that differs in the password alone, of which no digest is kept.
        make("Autre-Phare-31-dune").await.expect_refusal(409, "idempotency_key_reused");
        admin.post(ACCOUNTS, account("ben@example.org", PASSWORD)).await.expect_refusal(409, "email_taken");

        let (transaction, _) = ana.open_transaction("House").await;
        let path = format!("{TRANSACTIONS}/{transaction}/participants");
        let paul = app.client("Paul").await;
        app.join(ana.open_transaction("Flat").await.0, &paul).await;
        let add = || ana.post_once("p", &path, json!({ "account_id": paul.account() }));
        for answer in join_all((0..10).map(|_| add())).await {
            assert_eq!(answer.expect(201)["participant"]["account_id"], json!(paul.account()));
        }
        ana.post(&path, json!({ "account_id": paul.account() })).await.expect_refusal(409, "participant_exists");
        let shown = ana.get(&format!("{TRANSACTIONS}/{transaction}")).await;
        assert_eq!(shown.expect(200)["transaction"]["room"]["head"], 3, "one entry says it");
    }
}
