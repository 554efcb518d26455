//! The invited person's side: look as often as they like, come in once.

use diesel::prelude::*;
use entremise::store::Db;
use reqwest::Method;
use serde_json::{Value, json};

use super::invitations::{INVITATIONS, dead, link_state, live};
use super::me::codes;
use crate::support::mailbox::invitation_form;
use crate::support::{HttpAnswer, PASSWORD, Person, TestApp};

pub async fn activate(app: &TestApp, token: &str, form: Value) -> HttpAnswer {
    app.anonymous().post(&format!("{INVITATIONS}/activate/{token}"), form).await
}

/// Whoever the cookie of this answer signs in.
pub fn signed_in(app: &TestApp, answer: &HttpAnswer) -> Person {
    let cookie = answer.header("set-cookie");
    let (_, rest) = cookie.split_once('=').unwrap_or_else(|| panic!("no session in {cookie:?}"));
    Person::new(&app.url, Some(rest.chars().take(64).collect()))
}

#[derive(QueryableByName)]
struct Trace {
    #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::Text>)]
    accepted_ip: Option<String>,
    #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::Text>)]
    accepted_user_agent: Option<String>,
}

async fn trace(app: &TestApp, invitation: i64) -> (Option<String>, Option<String>) {
    let sql = format!("SELECT accepted_ip, accepted_user_agent FROM invitations WHERE id = {invitation}");
    let load = move |conn: &mut Db| {
        let query = diesel::sql_query(&sql);
        let row: Trace = match conn {
            Db::Postgres(conn) => query.get_result(conn)?,
            Db::Sqlite(conn) => query.get_result(conn)?,
        };
        Ok((row.accepted_ip, row.accepted_user_agent))
    };
    app.app.store.read(load).await.unwrap()
}

on_both_databases! {
    async fn looking_consumes_nothing(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let (_, token) = app.invite(&ana, "paul@example.org").await;
        let nobody = app.anonymous();
        for _ in 0..10 {
            let shown = nobody.get(&format!("{INVITATIONS}/token/{token}")).await.expect(200)["invitation"].clone();
            assert_eq!((&shown["email"], &shown["broker_name"]), (&json!("paul@example.org"), &json!("Ana Test")));
            assert_eq!((&shown["first_name"], &shown["account_exists"]), (&json!("Paul"), &json!(false)));
            assert!(!shown.to_string().contains("\"id\""), "{shown}");
            nobody.get(&format!("/client/invitation/{token}")).await.expect(200);
            for path in [format!("{INVITATIONS}/token/{token}"), format!("/client/invitation/{token}")] {
                assert_eq!(nobody.head(&path).await.status.as_u16(), 200);
            }
            // A scanner that guesses where the form posts to.
            nobody.get(&format!("{INVITATIONS}/activate/{token}")).await.expect_refusal(405, "method_not_allowed");
        }
        activate(&app, &token, json!({ "password": PASSWORD })).await.expect(201);
    }

    async fn coming_in_makes_the_account_the_transaction_and_the_session(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let mut form = invitation_form("paul@example.org");
        form["access"] = json!({ "tasks": false });
        form["phone"] = json!("+33 1 23 45 67 89");
        let id = ana.post(INVITATIONS, form).await.expect(201)["invitation"]["id"].as_i64().unwrap();
        let token = app.mailed_token("paul@example.org", 1).await;

        let request = app.anonymous().request(Method::POST, &format!("{INVITATIONS}/activate/{token}"));
        let form = json!({ "password": PASSWORD, "first_name": "Paolo", "language": "fr" });
        let answer = ana.send(request.header("user-agent", "Lynx/2.9").json(&form)).await;
        let account = answer.expect(201)["account"].clone();
        assert_eq!((&account["role"], &account["email"]), (&json!("client"), &json!("paul@example.org")));
        assert_eq!((&account["first_name"], &account["last_name"]), (&json!("Paolo"), &json!("Durand")));
        assert_eq!((&account["language"], &account["phone"]), (&json!("fr"), &json!("+33 1 23 45 67 89")));
        assert!(answer.json.get("token").is_none());
        assert_eq!(trace(&app, id).await, (Some("127.0.0.1".to_owned()), Some("Lynx/2.9".to_owned())));

        let paul = signed_in(&app, &answer);
        let list = paul.get("/api/v1/transactions").await;
        let transaction = list.expect(200)["transactions"][0].clone();
        assert_eq!((&transaction["id"], &transaction["kind"]), (&answer.json["transaction_id"], &json!("purchase")));
        assert_eq!((&transaction["access"]["tasks"], &transaction["access"]["messaging"]), (&json!(false), &json!(true)));
        let shown = ana.get(&format!("{INVITATIONS}/{id}")).await.expect(200)["invitation"].clone();
        assert_eq!((&shown["state"], &shown["account_id"]), (&json!("accepted"), &account["id"]));
        assert_eq!(shown["transaction_id"], answer.json["transaction_id"]);
        let clients = ana.get("/api/v1/clients").await;
        assert_eq!(clients.expect(200)["clients"][0]["email"], "paul@example.org");
        assert_eq!(link_state(&app, &token).await, dead(410, "invitation_used"));
        activate(&app, &token, json!({ "password": PASSWORD })).await.expect_refusal(410, "invitation_used");
    }

    async fn what_is_wrong_with_the_form_comes_at_once_and_consumes_nothing(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let (_, token) = app.invite(&ana, "paul@example.org").await;
        let form = json!({ "password": "short", "first_name": "", "last_name": "x".repeat(101), "phone": "?" });
        let refused = activate(&app, &token, form).await;
        refused.expect_fields(&[
            ("first_name", "value_missing"), ("last_name", "value_too_long"), ("phone", "phone_invalid"),
            ("password", "password_too_short"), ("password", "password_needs_upper"),
            ("password", "password_needs_digit"), ("password", "password_needs_special"),
        ]);
        for (password, expected) in [
            ("", vec!["password_too_short", "password_needs_upper", "password_needs_lower", "password_needs_digit",
                "password_needs_special"]),
            ("ALL UPPER 1", vec!["password_needs_lower"]),
            ("Password1!", vec!["password_guessable"]),
            ("Durand-Paul-77-Xq", vec!["password_guessable"]),
        ] {
            assert_eq!(codes(&activate(&app, &token, json!({ "password": password })).await.json), expected, "{password}");
        }
        activate(&app, &token, json!({})).await.expect_fields(&[("password", "value_missing")]);
        assert_eq!(link_state(&app, &token).await, live());
        activate(&app, &token, json!({ "password": PASSWORD })).await.expect(201);
    }

    async fn of_fifty_at_once_one_comes_in(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let (_, token) = app.invite(&ana, "paul@example.org").await;
        let attempts = (0..50).map(|_| activate(&app, &token, json!({ "password": PASSWORD })));
        let answers = futures_util::future::join_all(attempts).await;
        let came_in = answers.iter().filter(|answer| answer.status.as_u16() == 201).count();
        for answer in answers.iter().filter(|answer| answer.status.as_u16() != 201) {
            // Too late, or told to come back while passwords were being hashed.
            let code = answer.json["error"]["code"].as_str().unwrap();
            assert!(matches!(code, "invitation_used" | "unavailable" | "too_many_attempts"), "{}", answer.text);
        }
        assert_eq!(came_in, 1);
        assert_eq!(ana.get("/api/v1/clients").await.expect(200)["clients"].as_array().unwrap().len(), 1);
        assert_eq!(ana.get("/api/v1/transactions").await.expect(200)["transactions"].as_array().unwrap().len(), 1);
    }

    async fn a_known_client_comes_in_with_their_own_password(database) {
        let app = TestApp::start(database);
        let (ana, paul) = (app.broker("Ana").await, app.client("Paul").await);
        let (house, _) = ana.open_transaction("House").await;
        let mut form = invitation_form(paul.email());
        form["transaction_id"] = json!(house);
        ana.post(INVITATIONS, form).await.expect(201);
        let token = app.mailed_token(paul.email(), 1).await;
        let shown = app.anonymous().get(&format!("{INVITATIONS}/token/{token}")).await;
        assert_eq!(shown.expect(200)["invitation"]["account_exists"], true);

        // A new password is no way into an old account.
        let refused = activate(&app, &token, json!({ "password": "Autre-Phare-31-dune" })).await;
        refused.expect_fields(&[("password", "password_wrong")]);
        assert_eq!(paul.get("/api/v1/transactions").await.expect(200)["transactions"], json!([]));
        let form = json!({ "password": PASSWORD, "first_name": "Somebody else" });
        let answer = activate(&app, &token, form).await;
        assert_eq!(answer.expect(201)["transaction_id"], json!(house));
        assert_eq!(answer.json["account"]["id"], json!(paul.account()));
        assert_eq!(answer.json["account"]["first_name"], "Paul");
        assert_eq!(paul.get(&format!("/api/v1/transactions/{house}")).await.expect(200)["transaction"]["title"], "House");
    }

    async fn a_broker_may_be_somebodys_client(database) {
        let app = TestApp::start(database);
        let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
        let (_, token) = app.invite(&ana, ben.email()).await;
        activate(&app, &token, json!({ "password": "x" })).await.expect_fields(&[("password", "password_wrong")]);
        let answer = activate(&app, &token, json!({ "password": PASSWORD })).await;
        assert_eq!(answer.expect(201)["account"]["role"], "broker");
        let path = format!("/api/v1/transactions/{}", answer.json["transaction_id"]);
        let shown = ben.get(&path).await.expect(200)["transaction"].clone();
        let roles: Vec<_> = shown["participants"].as_array().unwrap().iter().map(|p| (&p["name"], &p["role"])).collect();
        assert_eq!(roles, [(&json!("Ana Test"), &json!("broker")), (&json!("Ben Test"), &json!("client"))]);
        // A client here, whatever they are elsewhere.
        ben.patch(&path, json!({ "progress": 50 })).await.expect_refusal(403, "forbidden");
        ben.delete(&format!("{path}/participants/{}", ana.account())).await.expect_refusal(403, "forbidden");
        ben.post(&format!("{path}/messages"), json!({ "nonce": "n", "body": "Hello" })).await.expect(201);
        ben.open_transaction("Own").await;
    }

    async fn an_admin_takes_part_in_nothing(database) {
        let app = TestApp::start(database);
        let (ana, admin) = (app.broker("Ana").await, app.admin().await);
        let (_, token) = app.invite(&ana, admin.email()).await;
        let shown = app.anonymous().get(&format!("{INVITATIONS}/token/{token}")).await;
        assert_eq!(shown.expect(200)["invitation"]["password"], "none");
        activate(&app, &token, json!({ "password": PASSWORD })).await.expect_refusal(409, "email_has_other_role");
        assert_eq!(link_state(&app, &token).await, live());
    }

    async fn the_personal_note_is_the_first_message(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let mut form = invitation_form("paul@example.org");
        form["message"] = json!("Dear Paul,\n\nhere is your access.");
        let id = ana.post(INVITATIONS, form.clone()).await.expect(201)["invitation"]["id"].clone();
        let token = app.mailed_token("paul@example.org", 1).await;
        let answer = activate(&app, &token, json!({ "password": PASSWORD })).await;
        let house = answer.expect(201)["transaction_id"].clone();
        let paul = signed_in(&app, &answer);
        let messages = |page: Value| -> Vec<Value> {
            page["entries"].as_array().unwrap().iter().filter(|entry| entry["kind"] == "message").cloned().collect()
        };
        let path = format!("/api/v1/transactions/{house}/messages");
        let page = paul.get(&path).await.expect(200).clone();
        let note = &messages(page.clone())[0];
        assert_eq!((&note["author"], &note["body"]), (&json!(ana.account()), &json!("Dear Paul,\n\nhere is your access.")));
        assert_eq!((&note["nonce"], &page["unread"]), (&json!(format!("invitation-{id}")), &json!(1)));
        assert_eq!(note["seq"], page["head"], "after the client came");

        // A second client comes into a conversation that runs: a note for them alone is not read out to the others.
        form["email"] = json!("anne@example.org");
        form["transaction_id"] = house.clone();
        ana.post(INVITATIONS, form.clone()).await.expect(201);
        let token = app.mailed_token("anne@example.org", 1).await;
        activate(&app, &token, json!({ "password": PASSWORD })).await.expect(201);
        assert_eq!(messages(paul.get(&path).await.expect(200).clone()).len(), 1);

        // In a transaction that was prepared, and where nobody has written, it opens the conversation too.
        let (flat, _) = ana.open_transaction("Flat").await;
        form["email"] = json!("lou@example.org");
        form["transaction_id"] = json!(flat);
        ana.post(INVITATIONS, form.clone()).await.expect(201);
        let token = app.mailed_token("lou@example.org", 1).await;
        activate(&app, &token, json!({ "password": PASSWORD })).await.expect(201);
        assert_eq!(messages(ana.get(&format!("/api/v1/transactions/{flat}/messages")).await.expect(200).clone()).len(), 1);
        // Without the messages there is no conversation to open.
        let (land, _) = ana.open_transaction("Land").await;
        form["email"] = json!("max@example.org");
        form["transaction_id"] = json!(land);
        form["access"] = json!({ "messaging": false });
        ana.post(INVITATIONS, form).await.expect(201);
        let token = app.mailed_token("max@example.org", 1).await;
        activate(&app, &token, json!({ "password": PASSWORD })).await.expect(201);
        assert_eq!(messages(ana.get(&format!("/api/v1/transactions/{land}/messages")).await.expect(200).clone()).len(), 0);
    }

    async fn tokens_that_are_none_lead_nowhere(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let (_, token) = app.invite(&ana, "paul@example.org").await;
        let session = ana.token.clone().unwrap();
        let others = ["0".repeat(64), "x".to_owned(), token.to_uppercase(), token.chars().take(63).collect(), format!("{token}0"), session];
        for other in others {
            assert_eq!(link_state(&app, &other).await, dead(404, "invitation_unknown"), "{other}");
            activate(&app, &other, json!({ "password": PASSWORD })).await.expect_refusal(404, "invitation_unknown");
        }
        // Nor does an invitation's link open a session.
        Person::new(&app.url, Some(token)).get("/api/v1/me").await.expect_refusal(401, "session_required");
    }

    async fn what_the_inviter_may_no_longer_do_their_invitation_may_not_either(database) {
        let app = TestApp::start(database);
        let (admin, ana, ben) = (app.admin().await, app.broker("Ana").await, app.broker("Ben").await);
        let (_, of_deactivated) = app.invite(&ana, "paul@example.org").await;
        let (house, _) = ben.open_transaction("House").await;
        let other = app.broker("Cora").await;
        ben.add(house, &other).await;
        let mut form = invitation_form("anne@example.org");
        form["transaction_id"] = json!(house);
        ben.post(INVITATIONS, form).await.expect(201);
        let of_removed = app.mailed_token("anne@example.org", 1).await;

        admin.post(&format!("/api/v1/accounts/{}/deactivate", ana.account()), json!({})).await.expect(200);
        ben.delete(&format!("/api/v1/transactions/{house}/participants/{}", ben.account())).await.expect(204);
        for token in [of_deactivated, of_removed] {
            activate(&app, &token, json!({ "password": PASSWORD })).await.expect_refusal(410, "invitation_cancelled");
        }
        let sign_in = json!({ "email": "paul@example.org", "password": PASSWORD });
        app.anonymous().post("/api/v1/sessions", sign_in).await.expect_refusal(401, "credentials_wrong");
    }
}
