//! Guessing is slow: from one address, for one account, whatever a client says of its address.

use reqwest::Method;
use serde_json::json;

use crate::support::{Answer, PASSWORD, TestApp, sqlite_database};

async fn attempt(app: &TestApp, email: &str, password: &str, forwarded: &[&str]) -> Answer {
    let nobody = app.anonymous();
    let request =
        nobody.request(Method::POST, "/api/v1/sessions").json(&json!({ "email": email, "password": password }));
    let request = forwarded.iter().fold(request, |request, value| request.header("x-forwarded-for", *value));
    nobody.send(request).await
}

/// From 198.51.100.<n>.
async fn from(app: &TestApp, n: usize, email: &str, password: &str) -> Answer {
    attempt(app, email, password, &[&format!("198.51.100.{n}")]).await
}

on_both_databases! {
    async fn one_address_may_try_only_so_often(database) {
        let settings = [("ENTREMISE_SIGN_INS_PER_ADDRESS", "3"), ("ENTREMISE_SIGN_IN_ADDRESS_WINDOW_SECONDS", "20")];
        let (app, hand) = TestApp::start_with_clock(database, &settings);
        let ana = app.broker("Ana").await;
        for n in 0..3 {
            attempt(&app, &format!("guess{n}@example.org"), "x", &[]).await.expect_refusal(401, "credentials_wrong");
        }
        hand.forward_seconds(5);
        // Whoever it is, and with the right password: the address has had its turns.
        let refused = attempt(&app, ana.email(), PASSWORD, &[]).await;
        refused.expect_refusal(429, "too_many_attempts");
        assert_eq!(refused.header("retry-after"), "15");
        // What a client says of its own address is not believed.
        attempt(&app, ana.email(), PASSWORD, &["198.51.100.7"]).await.expect_refusal(429, "too_many_attempts");
        // Signed-in people are not harmed.
        ana.get("/api/v1/me").await.expect(200);
        hand.forward_seconds(15);
        attempt(&app, ana.email(), PASSWORD, &[]).await.expect(201);
    }

    async fn one_account_may_be_tried_only_so_often_from_anywhere(database) {
        let settings = [
            ("ENTREMISE_SIGN_INS_PER_ACCOUNT", "4"),
            ("ENTREMISE_SIGN_IN_ACCOUNT_WINDOW_SECONDS", "60"),
            ("ENTREMISE_TRUSTED_PROXIES", "127.0.0.1"),
        ];
        let (app, hand) = TestApp::start_with_clock(database, &settings);
        let ana = app.broker("Ana").await;
        for n in 0..3 {
            from(&app, n, ana.email(), "wrong").await.expect_refusal(401, "credentials_wrong");
        }
        // A success takes the count back: its owner is not locked out by his own typing errors.
        from(&app, 3, ana.email(), PASSWORD).await.expect(201);
        for n in 0..4 {
            // However the address is written.
            let email = if n % 2 == 0 { ana.email().to_uppercase() } else { format!(" {} ", ana.email()) };
            from(&app, n, &email, "wrong").await.expect_refusal(401, "credentials_wrong");
        }
        from(&app, 9, ana.email(), PASSWORD).await.expect_refusal(429, "too_many_attempts");
        from(&app, 9, "somebody.else@example.org", "x").await.expect_refusal(401, "credentials_wrong");
        // Nobody can tell an account from an unknown address by it.
        for n in 0..4 {
            from(&app, n, "unknown@example.org", "x").await.expect_refusal(401, "credentials_wrong");
        }
        from(&app, 9, "unknown@example.org", "x").await.expect_refusal(429, "too_many_attempts");
        hand.forward_seconds(60);
        from(&app, 9, ana.email(), PASSWORD).await.expect(201);
    }

    async fn the_current_password_cannot_be_guessed_through_its_change(database) {
        let app = TestApp::start_with(database, &[("ENTREMISE_SIGN_INS_PER_ACCOUNT", "3")]);
        let ana = app.broker("Ana").await;
        let form = json!({ "current_password": "wrong", "new_password": "Autre-Phare-31-dune" });
        for _ in 0..3 {
            ana.put("/api/v1/me/password", form.clone()).await.expect_fields(&[("current_password", "password_wrong")]);
        }
        ana.put("/api/v1/me/password", form).await.expect_refusal(429, "too_many_attempts");
    }
}

#[tokio::test]
async fn only_a_trusted_proxy_says_where_somebody_comes_from() {
    let settings = [("ENTREMISE_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8")];
    let behind = TestApp::start_with(&sqlite_database(), &settings);
    let bare = TestApp::start(&sqlite_database());
    let cases: &[(&[&str], &str)] = &[
        (&[], "127.0.0.1"),
        (&["203.0.113.9"], "203.0.113.9"),
        // The client's own invention stands first; the proxy appends what it saw.
        (&["1.2.3.4, 203.0.113.9"], "203.0.113.9"),
        (&["1.2.3.4, 203.0.113.9, 10.1.2.3"], "203.0.113.9"),
        // Some proxies append a header of their own instead.
        (&["1.2.3.4", "203.0.113.9"], "203.0.113.9"),
        (&["10.1.2.3"], "127.0.0.1"),
        (&["2001:db8::7"], "2001:db8::7"),
        (&["unknown"], "127.0.0.1"),
        // With a port, in brackets, with a zone, inside IPv6: the same caller.
        (&["6.6.6.6, 203.0.113.10:5555"], "203.0.113.10"),
        (&["6.6.6.6, [2001:db8::7]:443"], "2001:db8::7"),
        (&["6.6.6.6, [2001:db8::7]"], "2001:db8::7"),
        (&["6.6.6.6, fe80::7%eth0"], "fe80::7"),
        (&["6.6.6.6, ::ffff:203.0.113.10"], "203.0.113.10"),
        (&["6.6.6.6, 203.0.113.9, ::ffff:10.1.2.3"], "203.0.113.9"),
        // Behind what cannot be read anything may have been invented: the proxy itself counts.
        (&["6.6.6.6, unknown"], "127.0.0.1"),
        (&["6.6.6.6, unknown, 10.1.2.3"], "127.0.0.1"),
        (&["6.6.6.6, _hidden:80"], "127.0.0.1"),
        (&["6.6.6.6, "], "127.0.0.1"),
        (&["6.6.6.6", "unknown"], "127.0.0.1"),
        (&["6.6.6.6", "\u{e9}"], "127.0.0.1"),
    ];
    for (app, trusted) in [(&behind, true), (&bare, false)] {
        let ana = app.broker("Ana").await;
        for (forwarded, expected) in cases {
            let session = attempt(app, ana.email(), PASSWORD, forwarded).await.expect(201)["session"].clone();
            let list = ana.get("/api/v1/sessions").await;
            let sessions = list.expect(200)["sessions"].as_array().unwrap();
            let found = sessions.iter().find(|s| s["id"] == session).unwrap();
            assert_eq!(found["ip"], if trusted { *expected } else { "127.0.0.1" }, "{forwarded:?}");
        }
    }
}

#[tokio::test]
async fn a_caller_by_ipv4_is_the_same_on_a_socket_that_listens_on_both() {
    let settings = [("ENTREMISE_BIND", "[::]:0"), ("ENTREMISE_PUBLIC_URL", "http://127.0.0.1:1")];
    let app = TestApp::start_with(&sqlite_database(), &settings);
    let ana = app.broker("Ana").await;
    let by_ipv4 = app.anonymous().at(&app.url.replace("localhost", "127.0.0.1"));
    let form = json!({ "email": ana.email(), "password": PASSWORD, "transport": "bearer" });
    let session = by_ipv4.post("/api/v1/sessions", form).await.expect(201)["session"].clone();
    let list = ana.at(by_ipv4.url()).get("/api/v1/sessions").await;
    let found = list.expect(200)["sessions"].as_array().unwrap().iter().find(|s| s["id"] == session).cloned();
    assert_eq!(found.unwrap()["ip"], "127.0.0.1");
}
