//! Sessions: the cookie, the list, the end of each.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{HttpAnswer, PASSWORD, Person, TestApp, sqlite_database};

const SESSIONS: &str = "/api/v1/sessions";

async fn sign_in(app: &TestApp, person: &Person) -> HttpAnswer {
    app.anonymous().post(SESSIONS, json!({ "email": person.email(), "password": PASSWORD })).await
}

/// Name, value and attributes (in lower case) of the cookie of the session that an answer sets.
fn cookie_of(answer: &HttpAnswer) -> (String, String, BTreeMap<String, String>) {
    cookie_named(answer, |name| !name.ends_with("-device"))
}

fn cookie_named(answer: &HttpAnswer, is_it: impl Fn(&str) -> bool) -> (String, String, BTreeMap<String, String>) {
    let cookies = answer.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
    let found: Vec<&str> = cookies.filter(|cookie| is_it(cookie.split('=').next().unwrap())).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    let mut parts = found[0].split("; ").map(|part| part.split_once('=').unwrap_or((part, "")));
    let (name, value) = parts.next().unwrap();
    let attributes = parts.map(|(name, value)| (name.to_lowercase(), value.to_lowercase())).collect();
    (name.to_owned(), value.to_owned(), attributes)
}

fn ids(answer: &HttpAnswer) -> Vec<Value> {
    answer.expect(200)["sessions"].as_array().unwrap().iter().map(|session| session["id"].clone()).collect()
}

#[tokio::test]
async fn the_cookie_is_kept_from_scripts_and_other_sites() {
    let app = TestApp::start(&sqlite_database());
    let ana = app.broker("Ana").await;
    let answer = sign_in(&app, &ana).await;
    let (name, token, attributes) = cookie_of(&answer);
    assert_eq!((name, token.len()), (app.cookie_name(), 64));
    assert_eq!(attributes["path"], "/");
    assert_eq!(attributes["samesite"], "lax");
    assert!(attributes.contains_key("httponly") && !attributes.contains_key("domain"), "{attributes:?}");
    assert!(!attributes.contains_key("secure"), "a browser would drop it on plain http");
    assert!(answer.expect(201)["account"]["email"] == ana.email() && answer.json.get("token").is_none());
    assert!(!answer.text.contains(&token), "the token is in the body too: {}", answer.text);

    let cookie = app.cookie(&token);
    let me = app.anonymous().request(Method::GET, "/api/v1/me").header("cookie", &cookie);
    ana.send(me).await.expect(200);

    let out = app.anonymous().request(Method::DELETE, "/api/v1/sessions/current");
    let out = ana.send(out.header("cookie", &cookie).header("x-requested-with", "entremise")).await;
    out.expect(204);
    let (name, value, attributes) = cookie_of(&out);
    assert_eq!((name, value.as_str(), attributes["max-age"].as_str()), (app.cookie_name(), "", "0"));
    assert_eq!(attributes["path"], "/");
    let me = app.anonymous().request(Method::GET, "/api/v1/me").header("cookie", &cookie);
    ana.send(me).await.expect_refusal(401, "session_required");
}

#[tokio::test]
async fn two_installations_on_one_host_name_share_no_cookie() {
    let (one, other) = (TestApp::start(&sqlite_database()), TestApp::start(&sqlite_database()));
    let (ana, ben) = (one.broker("Ana").await, other.broker("Ben").await);
    // A browser sends every cookie of `localhost` to every port.
    let both = format!("{}; {}", one.cookie(ana.token.as_ref().unwrap()), other.cookie(ben.token.as_ref().unwrap()));
    for (app, person) in [(&one, &ana), (&other, &ben)] {
        let me = app.anonymous().request(Method::GET, "/api/v1/me").header("cookie", &both);
        assert_eq!(ana.send(me).await.expect(200)["account"]["email"], person.email());
    }
    for (url, name) in [
        ("http://portal.example", "entremise"),
        ("http://portal.example:8081", "entremise-8081"),
        ("https://portal.example:8443", "__Host-entremise-8443"),
    ] {
        let app = TestApp::start_with(&sqlite_database(), &[("ENTREMISE_PUBLIC_URL", url)]);
        assert_eq!(cookie_of(&sign_in(&app, &app.broker("Ana").await).await).0, name, "{url}");
    }
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
async fn the_cookie_of_a_device_opens_nothing_and_outlasts_the_session() {
    let app = TestApp::start(&sqlite_database());
    let ana = app.broker("Ana").await;
    let answer = sign_in(&app, &ana).await;
    let (name, value, attributes) = cookie_named(&answer, |name| name.ends_with("-device"));
    assert_eq!(
        (name.starts_with("entremise-"), attributes["path"].as_str(), attributes["samesite"].as_str()),
        (true, "/", "lax")
    );
    assert!(attributes.contains_key("httponly") && attributes["max-age"].parse::<i64>().unwrap() > 86_400 * 365);
    assert!(!value.contains("ana") && !answer.text.contains(&value));
    for cookie in [format!("entremise-device={value}"), format!("entremise={value}")] {
        let me = app.anonymous().request(Method::GET, "/api/v1/me").header("cookie", cookie);
        ana.send(me).await.expect_refusal(401, "session_required");
    }
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
    async fn a_person_sees_and_ends_their_own_sessions(database) {
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

    async fn one_request_ends_every_session_but_the_own(database) {
        let app = TestApp::start(database);
        let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
        let (phone, laptop) = (app.another_device(&ana).await, app.another_device(&ana).await);
        ana.delete(&format!("{SESSIONS}/others")).await.expect(204);
        for ended in [&phone, &laptop] {
            let refused = ended.get("/api/v1/me").await;
            assert_eq!(refused.expect_refusal(401, "session_required")["reason"], "signed_out");
        }
        assert_eq!(ids(&ana.get(SESSIONS).await), [json!(ana.session())]);
        assert_eq!(ids(&ben.get(SESSIONS).await), [json!(ben.session())]);
        ana.delete(&format!("{SESSIONS}/others")).await.expect(204);
    }

    async fn who_comes_back_with_a_dead_session_is_told_why(database) {
        let (app, hand) = TestApp::start_with_clock(database, &[]);
        let (admin, ana, ben, ida) = (app.admin().await, app.broker("Ana").await, app.broker("Ben").await, app.broker("Ida").await);
        let (phone, laptop) = (app.another_device(&ana).await, app.another_device(&ana).await);
        let reason = async |person: &Person| {
            let refused = person.get("/api/v1/me").await;
            refused.expect_refusal(401, "session_required")["reason"].clone()
        };
        ana.delete(&format!("{SESSIONS}/{}", phone.session())).await.expect(204);
        let form = json!({ "current_password": PASSWORD, "new_password": "Autre-Phare-31-dune" });
        ana.put("/api/v1/me/password", form).await.expect(200);
        admin.post(&format!("/api/v1/accounts/{}/deactivate", ben.account()), json!({})).await.expect(200);
        assert_eq!(reason(&phone).await, "signed_out");
        assert_eq!(reason(&laptop).await, "password_changed");
        assert_eq!(reason(&ben).await, "deactivated");
        assert_eq!(reason(&ana).await, Value::Null, "a token that was renewed is nobody's");
        hand.forward_days(15);
        assert_eq!(reason(&ida).await, "expired", "before it is tidied away");
        entremise::app::housekeeping::prune(&app.app).await.unwrap();
        assert_eq!(reason(&ida).await, "expired");
        assert_eq!(reason(&laptop).await, "password_changed", "a device that was off for two weeks");
        let stranger = Person::new(&app.url, Some("0".repeat(64)));
        assert_eq!(reason(&stranger).await, Value::Null);
    }

    async fn a_sign_in_ends_the_session_that_the_browser_had(database) {
        let app = TestApp::start(database);
        let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
        let phone = app.another_device(&ana).await;
        // In the same browser: the token that somebody may have planted there, or copied, is worth nothing.
        for person in [&ana, &ben] {
            let (name, old, _) = cookie_of(&sign_in(&app, &ana).await);
            let form = json!({ "email": person.email(), "password": PASSWORD });
            let request = app.anonymous().request(Method::POST, SESSIONS).json(&form);
            let request = request.header("cookie", format!("{name}={old}")).header("x-requested-with", "entremise");
            let (_, new, _) = cookie_of(&ana.send(request).await);
            Person::new(&app.url, Some(old)).get("/api/v1/me").await.expect_refusal(401, "session_required");
            Person::new(&app.url, Some(new)).get("/api/v1/me").await.expect(200);
        }
        phone.get("/api/v1/me").await.expect(200);
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
