//! The address that counts for a request: a client's own words about it are not believed.

use super::*;

on_both_databases! {
    async fn a_whole_48_is_one_attacker(database) {
        let settings = [("ENTREMISE_SIGN_INS_PER_ADDRESS", "1"), ("ENTREMISE_TRUSTED_PROXIES", "127.0.0.1")];
        let (app, _hand) = TestApp::start_with_clock(database, &settings);
        for n in 0..4 {
            let refused = attempt(&app, &format!("guess{n}@example.org"), "x", &[&format!("2001:db8:7:{n:x}::1")]).await;
            refused.expect_refusal(401, "credentials_wrong");
        }
        let refused = attempt(&app, "guess@example.org", "x", &["2001:db8:7:ffff::1"]).await;
        refused.expect_refusal(429, "too_many_attempts");
        let other = attempt(&app, "guess@example.org", "x", &["2001:db8:8::1"]).await;
        other.expect_refusal(401, "credentials_wrong");
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
