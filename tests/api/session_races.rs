//! What happens at the same moment as a sign-in: an old password lets nobody in, and a closed account opens nothing later.

use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::{Argon2, PasswordHasher};
use diesel::connection::SimpleConnection;
use futures_util::future::join_all;
use serde_json::json;

use crate::activation::{activate, signed_in};
use crate::invitations::INVITATIONS;
use crate::support::mailbox::{invitation_form, token_in};
use crate::support::{HttpAnswer, PASSWORD, Person, TestApp};

const TRIES: usize = 25;
const AT_ONCE: usize = 4;

/// Each try has a password of its own.
fn password(number: usize) -> String {
    format!("Phare-{number:03}-Dune-tuile")
}

async fn sign_in(app: &TestApp, email: &str, password: &str) -> HttpAnswer {
    let form = json!({ "email": email, "password": password, "transport": "bearer" });
    app.anonymous().post("/api/v1/sessions", form).await
}

/// A password as an earlier version hashed it, as it was typed. The next sign-in renews the hash.
const TYPED: &str = "C\u{327}orail-Tuile\u{301}-84-ve\u{301}nt";

async fn hash_as_an_earlier_version(app: &TestApp, person: &Person) {
    let hash = Argon2::default().hash_password(TYPED.as_bytes()).unwrap().to_string();
    let sql = format!("UPDATE accounts SET password_hash = '{hash}' WHERE id = {}", person.account());
    app.app.store.write(move |conn| Ok(conn.batch_execute(&sql)?)).await.unwrap();
}

async fn expect_dead(app: &TestApp, answers: &[HttpAnswer], what: &str) -> usize {
    let tokens: Vec<_> = answers.iter().filter_map(|answer| answer.json["token"].as_str()).collect();
    for token in &tokens {
        let status = Person::new(&app.url, Some((*token).to_owned())).get("/api/v1/me").await.status;
        assert_eq!(status, 401, "{what}");
    }
    tokens.len()
}

on_both_databases! {
    async fn an_old_password_leaves_no_session_behind(database) {
        let app = TestApp::start_with(database, &[("ENTREMISE_SIGN_INS_PER_ACCOUNT", "100000")]);
        let ana = app.broker("Ana").await;
        let let_in = AtomicUsize::new(0);
        let mut old = PASSWORD.to_owned();
        for number in 0..TRIES {
            let new = password(number);
            let owner = app.another_device(&ana).await;
            let form = json!({ "current_password": old, "new_password": new });
            let (changed, answers) = tokio::join!(
                owner.put("/api/v1/me/password", form),
                join_all((0..AT_ONCE).map(|_| sign_in(&app, ana.email(), &old))),
            );
            changed.expect(200);
            for answer in &answers {
                assert!(matches!(answer.status.as_u16(), 201 | 401), "{}", answer.text);
            }
            let_in.fetch_add(expect_dead(&app, &answers, "the old password").await, Ordering::Relaxed);
            sign_in(&app, ana.email(), &old).await.expect_refusal(401, "credentials_wrong");
            sign_in(&app, ana.email(), &new).await.expect(201);
            old = new;
        }
        assert!(let_in.into_inner() > 0, "none of them raced");
    }

    async fn a_hash_that_is_renewed_meanwhile_makes_no_password_wrong(database) {
        let app = TestApp::start_with(database, &[("ENTREMISE_SIGN_INS_PER_ACCOUNT", "100000")]);
        let (ana, paul) = (app.broker("Ana").await, app.client("Paul").await);
        for number in 0..TRIES / 2 {
            hash_as_an_earlier_version(&app, &paul).await;
            let made = ana.post(INVITATIONS, invitation_form(paul.email())).await;
            made.expect(201);
            let mails = app.mails_to(paul.email(), 2 * number + 1).await;
            let mut texts = mails.iter().rev().filter_map(|mail| mail["text"].as_str());
            let token = token_in(texts.find(|text| text.contains("/client/invitation/")).unwrap());
            let form = json!({ "password": TYPED });
            let (accepted, answers) = tokio::join!(
                activate(&app, &token, form),
                join_all((0..AT_ONCE).map(|_| sign_in(&app, paul.email(), TYPED))),
            );
            accepted.expect(201);
            for answer in &answers {
                answer.expect(201);
            }

            let owner = app.another_device(&paul).await;
            hash_as_an_earlier_version(&app, &paul).await;
            let form = json!({ "current_password": TYPED, "new_password": password(number) });
            let (changed, _) = tokio::join!(
                owner.put("/api/v1/me/password", form),
                join_all((0..AT_ONCE).map(|_| sign_in(&app, paul.email(), TYPED))),
            );
            changed.expect(200);
            sign_in(&app, paul.email(), TYPED).await.expect_refusal(401, "credentials_wrong");
        }
    }

    async fn a_closed_account_has_no_session_when_it_opens_again(database) {
        let app = TestApp::start_with(database, &[("ENTREMISE_SIGN_INS_PER_ACCOUNT", "100000")]);
        let (admin, ana) = (app.admin().await, app.broker("Ana").await);
        let path = |verb: &str| format!("/api/v1/accounts/{}/{verb}", ana.account());
        for _ in 0..TRIES {
            let closing = async {
                // In the middle of them: the first has its answer.
                sign_in(&app, ana.email(), PASSWORD).await.expect(201);
                admin.post(&path("deactivate"), json!({})).await.expect(200);
            };
            let ((), answers) = tokio::join!(closing, join_all((0..AT_ONCE).map(|_| sign_in(&app, ana.email(), PASSWORD))));
            admin.post(&path("reactivate"), json!({})).await.expect(200);
            expect_dead(&app, &answers, "a closed account").await;
        }
    }

    async fn an_invitation_is_not_accepted_by_an_old_password(database) {
        let settings = [("ENTREMISE_SIGN_INS_PER_ACCOUNT", "100000")];
        let app = TestApp::start_with(database, &settings);
        let (ana, paul) = (app.broker("Ana").await, app.client("Paul").await);
        let mut old = PASSWORD.to_owned();
        for number in 0..TRIES {
            let made = ana.post(INVITATIONS, invitation_form(paul.email())).await;
            let invitation = made.expect(201)["invitation"]["id"].as_i64().unwrap();
            // Each change of the password is told by mail too.
            let mails = app.mails_to(paul.email(), 2 * number + 1).await;
            let mut texts = mails.iter().rev().filter_map(|mail| mail["text"].as_str());
            let token = token_in(texts.find(|text| text.contains("/client/invitation/")).unwrap());
            let new = password(number);
            let owner = app.another_device(&paul).await;
            let form = json!({ "current_password": old, "new_password": new });
            let (changed, accepted) = tokio::join!(
                owner.put("/api/v1/me/password", form),
                activate(&app, &token, json!({ "password": old })),
            );
            changed.expect(200);
            if accepted.status == 201 {
                signed_in(&app, &accepted).get("/api/v1/me").await.expect_refusal(401, "session_required");
            } else {
                accepted.expect_fields(&[("password", "password_wrong")]);
                ana.post(&format!("{INVITATIONS}/{invitation}/cancel"), json!({})).await.expect(200);
            }
            old = new;
        }
    }
}
