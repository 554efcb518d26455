//! Sessions: the cookie, the list, the end of each.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, PASSWORD, Person, TestApp, sqlite_database};

const SESSIONS: &str = "/api/v1/sessions";

async fn sign_in(app: &TestApp, person: &Person) -> Answer {
    app.anonymous().post(SESSIONS, json!({ "email": person.email(), "password": PASSWORD })).await
}

/// Name, value and attributes (in lower case) of the one cookie that an answer sets.
fn cookie_of(answer: &Answer) -> (String, String, BTreeMap<String, String>) {
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies.len(), 1, "{cookies:?}");
    let mut parts = cookies[0].to_str().unwrap().split("; ").map(|part| part.split_once('=').unwrap_or((part, "")));
    let (name, value) = parts.next().unwrap();
    let attributes = parts.map(|(name, value)| (name.to_lowercase(), value.to_lowercase())).collect();
    (name.to_owned(), value.to_owned(), attributes)
}

fn ids(answer: &Answer) -> Vec<Value> {
    answer.expect(200)["sessions"].as_array().unwrap().iter().map(|session| session["id"].clone()).collect()
}

#[tokio::test]
async fn the_cookie_is_kept_from_scripts_and_other_sites() {
    let app = TestApp::start(&sqlite_database());
    let ana = app.broker("Ana").await;
    let answer = sign_in(&app, &ana).await;
    let (name, token, attributes) = cookie_of(&answer);
    assert_eq!((name.as_str(), token.len()), ("entremise", 64));
    assert_eq!(attributes["path"], "/");
    assert_eq!(attributes["samesite"], "lax");
    assert!(attributes.contains_key("httponly") && !attributes.contains_key("domain"), "{attributes:?}");
    assert!(!attributes.contains_key("secure"), "a browser would drop it on plain http");
    assert!(answer.expect(201)["account"]["email"] == ana.email() && answer.json.get("token").is_none());
    assert!(!answer.text.contains(&token), "the token is in the body too: {}", answer.text);

    let cookie = format!("entremise={token}");
    let me = app.anonymous().request(Method::GET, "/api/v1/me").header("cookie", &cookie);
    ana.send(me).await.expect(200);

    let out = app.anonymous().request(Method::DELETE, "/api/v1/sessions/current");
    let out = ana.send(out.header("cookie", &cookie).header("x-requested-with", "entremise")).await;
    out.expect(204);
    let (name, value, attributes) = cookie_of(&out);
    assert_eq!((name.as_str(), value.as_str(), attributes["max-age"].as_str()), ("entremise", "", "0"));
    assert_eq!(attributes["path"], "/");
    let me = app.anonymous().request(Method::GET, "/api/v1/me").header("cookie", &cookie);
    ana.send(me).await.expect_refusal(401, "session_required");
}

#[tokio::test]
async fn on_https_the_cookie_is_bound_to_the_host() {
    let app = TestApp::start_with(&sqlite_database(), &[("ENTREMISE_PUBLIC_URL", "https://portal.example")]);
    let ana = app.broker("Ana").await;
    let (name, token, attributes) = cookie_of(&sign_in(&app, &ana).await);
    assert_eq!(name, "__Host-entremise");
    assert!(attributes.contains_key("secure") && attributes.contains_key("httponly"), "{attributes:?}");
    assert!(attributes["path"] == "/" && !attributes.contains_key("domain"), "{attributes:?}");
    let with =
        |name: &str| app.anonymous().request(Method::GET, "/api/v1/me").header("cookie", format!("{name}={token}"));
    ana.send(with("__Host-entremise")).await.expect(200);
    // Another host of the same domain could have set a cookie of the plain name.
    ana.send(with("entremise")).await.expect_refusal(401, "session_required");
}

#[tokio::test]
async fn a_program_gets_its_token_in_the_body_and_no_cookie() {
    let app = TestApp::start(&sqlite_database());
    let ana = app.broker("Ana").await;
    let form = json!({ "email": "  ANA.broker@Example.org ", "password": PASSWORD, "transport": "bearer" });
    let answer = app.anonymous().post(SESSIONS, form).await;
    let token = answer.expect(201)["token"].as_str().unwrap().to_owned();
    assert!(answer.headers.get("set-cookie").is_none());
    let program = Person::new(&app.url, Some(token));
    assert_eq!(program.get("/api/v1/me").await.expect(200)["account"]["id"], json!(ana.account()));
    assert_ne!(program.get("/api/v1/me").await.json["account"]["last_login_at"], Value::Null);
    for bad in ["", "x", &"0".repeat(64), &"A".repeat(64), &"0".repeat(65)] {
        Person::new(&app.url, Some(bad.to_owned())).get("/api/v1/me").await.expect_refusal(401, "session_required");
    }
    let form = json!({ "email": ana.email(), "password": PASSWORD, "transport": "pigeon" });
    app.anonymous().post(SESSIONS, form).await.expect_fields(&[("transport", "value_invalid")]);
}

on_both_databases! {
    async fn a_person_sees_and_ends_his_own_sessions(database) {
        let app = TestApp::start(database);
        let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
        let phone = app.another_device(&ana).await;
        let request = app.anonymous().request(Method::POST, SESSIONS).header("user-agent", "Lynx/2.9");
        let form = json!({ "email": ana.email(), "password": PASSWORD, "transport": "bearer" });
        let laptop = ana.send(request.json(&form)).await.expect(201)["session"].clone();

        let list = ana.get(SESSIONS).await;
        let mut found = ids(&list);
        found.sort_by_key(Value::as_i64);
        assert_eq!(found, [json!(ana.session()), json!(phone.session()), laptop.clone()]);
        for session in list.json["sessions"].as_array().unwrap() {
            assert_eq!(session["current"], json!(session["id"] == json!(ana.session())));
            if session["id"] == laptop {
                assert_eq!((&session["ip"], &session["user_agent"]), (&json!("127.0.0.1"), &json!("Lynx/2.9")));
            }
        }
        assert!(!list.text.contains("token") && !list.text.contains("hash"), "{}", list.text);
        assert_eq!(ids(&ben.get(SESSIONS).await), [json!(ben.session())]);

        ben.delete(&format!("{SESSIONS}/{}", phone.session())).await.expect_refusal(404, "session_unknown");
        phone.get("/api/v1/me").await.expect(200);
        ana.delete(&format!("{SESSIONS}/{laptop}")).await.expect(204);
        phone.delete(&format!("{SESSIONS}/current")).await.expect(204);
        phone.get("/api/v1/me").await.expect_refusal(401, "session_required");
        assert_eq!(ids(&ana.get(SESSIONS).await), [json!(ana.session())]);
    }

    async fn a_session_ends_when_it_is_not_used_and_after_ninety_days_in_any_case(database) {
        let (app, hand) = TestApp::start_with_clock(database, &[]);
        let (ana, idle) = (app.broker("Ana").await, app.broker("Ida").await);
        for _ in 0..6 {
            hand.forward_days(13);
            ana.get("/api/v1/me").await.expect(200);
        }
        idle.get("/api/v1/me").await.expect_refusal(401, "session_required");
        hand.forward_days(11);
        ana.get("/api/v1/me").await.expect(200);
        hand.forward_days(2);
        ana.get("/api/v1/me").await.expect_refusal(401, "session_required");
        ana.get("/api/v1/transactions").await.expect_refusal(401, "session_required");

        let fresh = app.another_device(&ana).await;
        assert_eq!(ids(&fresh.get(SESSIONS).await), [json!(fresh.session())], "dead sessions are not listed");
    }
}
