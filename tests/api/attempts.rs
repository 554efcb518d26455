//! Guessing is slow: from one address, for one account. Which addresses count as one caller is in [`callers`].

mod callers;

use diesel::RunQueryDsl;
use entremise::store::{Db, StoreResult};
use reqwest::Method;
use serde_json::json;

use crate::activation::activate;
use crate::metrics::scrape;
use crate::support::{Counted, HttpAnswer, PASSWORD, TestApp, postgres_database, sqlite_database};

async fn attempt(app: &TestApp, email: &str, password: &str, forwarded: &[&str]) -> HttpAnswer {
    let nobody = app.anonymous();
    let request =
        nobody.request(Method::POST, "/api/v1/sessions").json(&json!({ "email": email, "password": password }));
    let request = forwarded.iter().fold(request, |request, value| request.header("x-forwarded-for", *value));
    nobody.send(request).await
}

/// From 198.51.100.<n>.
async fn from(app: &TestApp, n: usize, email: &str, password: &str) -> HttpAnswer {
    attempt(app, email, password, &[&format!("198.51.100.{n}")]).await
}

/// In a browser that has this cookie of its device.
pub async fn sign_in_on(app: &TestApp, email: &str, password: &str, device: Option<&str>) -> HttpAnswer {
    let nobody = app.anonymous();
    let form = json!({ "email": email, "password": password });
    let request = nobody.request(Method::POST, "/api/v1/sessions").json(&form);
    let request = match device {
        Some(device) => request.header("cookie", device),
        None => request,
    };
    nobody.send(request).await
}

pub fn device_of(answer: &HttpAnswer) -> String {
    answer.expect(201);
    let mut cookies = answer.headers.get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().ok());
    let device = cookies.find(|cookie| cookie.contains("-device=")).expect("a device's cookie");
    device.split(';').next().unwrap().to_owned()
}

/// Rows of counters in the database.
async fn counters(app: &TestApp) -> i64 {
    let read = |conn: &mut Db| -> StoreResult<i64> {
        let query = diesel::sql_query("SELECT count(*) AS count FROM throttles");
        let row: Counted = match conn {
            Db::Postgres(conn) => query.get_result(conn)?,
            Db::Sqlite(conn) => query.get_result(conn)?,
        };
        Ok(row.count)
    };
    app.app.store.read(read).await.unwrap()
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

    async fn one_network_may_guess_at_one_account_only_so_often(database) {
        let settings = [
            ("ENTREMISE_SIGN_INS_PER_ACCOUNT", "4"),
            ("ENTREMISE_SIGN_IN_ACCOUNT_WINDOW_SECONDS", "60"),
            ("ENTREMISE_SIGN_IN_LONGEST_WAIT_MS", "1"),
            ("ENTREMISE_TRUSTED_PROXIES", "127.0.0.1"),
        ];
        let (app, hand) = TestApp::start_with_clock(database, &settings);
        let ana = app.broker("Ana").await;
        for _ in 0..3 {
            from(&app, 1, ana.email(), "wrong").await.expect_refusal(401, "credentials_wrong");
        }
        // A success takes the count back: typing errors keep nobody out.
        from(&app, 1, ana.email(), PASSWORD).await.expect(201);
        // Nobody can tell an account from an unknown address by it.
        for email in [ana.email(), "unknown@example.org"] {
            for n in 0..4 {
                // However the address is written.
                let email = if n % 2 == 0 { email.to_uppercase() } else { format!(" {email} ") };
                from(&app, 1, &email, "wrong").await.expect_refusal(401, "credentials_wrong");
            }
            from(&app, 1, email, PASSWORD).await.expect_refusal(429, "too_many_attempts");
        }
        from(&app, 1, "somebody.else@example.org", "x").await.expect_refusal(401, "credentials_wrong");
        hand.forward_seconds(60);
        from(&app, 1, ana.email(), PASSWORD).await.expect(201);
    }

    async fn strangers_who_guess_keep_nobody_out(database) {
        let settings = [
            ("ENTREMISE_SIGN_INS_PER_ACCOUNT", "4"),
            ("ENTREMISE_SIGN_IN_LONGEST_WAIT_MS", "1"),
            ("ENTREMISE_TRUSTED_PROXIES", "127.0.0.1"),
            ("ENTREMISE_METRICS_BIND", "127.0.0.1:0"),
        ];
        let app = TestApp::start_with(database, &settings);
        let (ana, paul) = (app.broker("Ana").await, app.client("Paul").await);
        let (_, token) = app.invite(&ana, paul.email()).await;
        for email in [ana.email(), paul.email()] {
            for n in 0..10 {
                for _ in 0..4 {
                    from(&app, n, email, "wrong").await.expect_refusal(401, "credentials_wrong");
                }
                from(&app, n, email, "wrong").await.expect_refusal(429, "too_many_attempts");
            }
        }
        // On a device that was never seen, from a network that guessed nothing.
        from(&app, 200, ana.email(), PASSWORD).await.expect(201);
        // It had to wait, as all but the first few had: how long is a bounded matter of the strangers' number.
        assert!(scrape(&app).await.value("entremise_attempts_slowed_total", &[]) >= 30.0);
        activate(&app, &token, json!({ "password": PASSWORD })).await.expect(201);
        let form = json!({ "current_password": PASSWORD, "new_password": "Autre-Phare-31-dune" });
        ana.put("/api/v1/me/password", form).await.expect(200);
    }

    async fn a_device_that_signed_in_before_is_not_kept_out_by_its_own_network(database) {
        let settings = [("ENTREMISE_SIGN_INS_PER_ADDRESS", "3"), ("ENTREMISE_SIGN_INS_PER_ACCOUNT", "5")];
        let (app, hand) = TestApp::start_with_clock(database, &settings);
        let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
        let device = device_of(&sign_in_on(&app, ana.email(), PASSWORD, None).await);
        for n in 0..3 {
            attempt(&app, &format!("guess{n}@example.org"), "x", &[]).await.expect_refusal(401, "credentials_wrong");
        }
        sign_in_on(&app, ana.email(), PASSWORD, None).await.expect_refusal(429, "too_many_attempts");
        sign_in_on(&app, ana.email(), PASSWORD, Some(&device)).await.expect(201);
        sign_in_on(&app, ben.email(), PASSWORD, Some(&device)).await.expect_refusal(429, "too_many_attempts");
        let forged = device.replace(['0', '1', '2', '3'], "4");
        sign_in_on(&app, ana.email(), PASSWORD, Some(&forged)).await.expect_refusal(429, "too_many_attempts");
        // Whoever has the device may guess on it only so often.
        for _ in 0..5 {
            sign_in_on(&app, ana.email(), "x", Some(&device)).await.expect_refusal(401, "credentials_wrong");
        }
        sign_in_on(&app, ana.email(), PASSWORD, Some(&device)).await.expect_refusal(429, "too_many_attempts");

        // Another password makes the device a stranger: whoever knew the old one may have it.
        hand.forward_seconds(1000);
        let form = json!({ "current_password": PASSWORD, "new_password": "Autre-Phare-31-dune" });
        app.another_device(&ana).await.put("/api/v1/me/password", form).await.expect(200);
        for n in 0..3 {
            attempt(&app, &format!("guess{n}@example.org"), "x", &[]).await.expect_refusal(401, "credentials_wrong");
        }
        let refused = sign_in_on(&app, ana.email(), "Autre-Phare-31-dune", Some(&device)).await;
        refused.expect_refusal(429, "too_many_attempts");
    }

    async fn what_is_refused_for_one_account_counts_for_no_other(database) {
        let settings = [("ENTREMISE_SIGN_INS_PER_ADDRESS", "4"), ("ENTREMISE_SIGN_INS_PER_ACCOUNT", "2")];
        let (app, _hand) = TestApp::start_with_clock(database, &settings);
        let ana = app.broker("Ana").await;
        for _ in 0..2 {
            attempt(&app, ana.email(), "x", &[]).await.expect_refusal(401, "credentials_wrong");
        }
        for _ in 0..10 {
            attempt(&app, ana.email(), "x", &[]).await.expect_refusal(429, "too_many_attempts");
        }
        for n in 0..2 {
            attempt(&app, &format!("guess{n}@example.org"), "x", &[]).await.expect_refusal(401, "credentials_wrong");
        }
        attempt(&app, "guess3@example.org", "x", &[]).await.expect_refusal(429, "too_many_attempts");
    }

    async fn an_office_behind_one_address_signs_in_as_often_as_it_likes(database) {
        let app = TestApp::start_with(database, &[("ENTREMISE_SIGN_INS_PER_ADDRESS", "2")]);
        let (ana, ben) = (app.broker("Ana").await, app.broker("Ben").await);
        attempt(&app, ana.email(), "a typing error", &[]).await.expect_refusal(401, "credentials_wrong");
        let all = (0..20).map(|n| attempt(&app, if n % 2 == 0 { ana.email() } else { ben.email() }, PASSWORD, &[]));
        for answer in futures_util::future::join_all(all).await {
            answer.expect(201);
        }
    }

    async fn a_flood_from_one_address_writes_nothing(database) {
        let settings = [("ENTREMISE_SIGN_INS_PER_ADDRESS", "3")];
        let (app, _hand) = TestApp::start_with_clock(database, &settings);
        let flood = |from: usize, to: usize| {
            let attempts = (from..to).map(|n| {
                let app = &app;
                async move { attempt(app, &format!("guess{n}@example.org"), "x", &[]).await }
            });
            futures_util::future::join_all(attempts)
        };
        flood(0, 10).await;
        // One for the address; for each of the three, one from here and one from anywhere.
        assert_eq!(counters(&app).await, 7);
        for answer in flood(10, 60).await {
            answer.expect_refusal(429, "too_many_attempts");
        }
        assert_eq!(counters(&app).await, 7);
    }

    async fn counters_are_kept_as_long_as_their_window(database) {
        let settings = [
            ("ENTREMISE_SIGN_INS_PER_ACCOUNT", "2"),
            ("ENTREMISE_SIGN_IN_ACCOUNT_WINDOW_SECONDS", "86400"),
        ];
        let (app, hand) = TestApp::start_with_clock(database, &settings);
        let ana = app.broker("Ana").await;
        for _ in 0..2 {
            attempt(&app, ana.email(), "x", &[]).await.expect_refusal(401, "credentials_wrong");
        }
        hand.forward_seconds(80_000);
        entremise::app::housekeeping::prune(&app.app).await.unwrap();
        assert_eq!(counters(&app).await, 2);
        hand.forward_seconds(6_400);
        entremise::app::housekeeping::prune(&app.app).await.unwrap();
        assert_eq!(counters(&app).await, 0);
    }

    async fn passwords_are_checked_in_turn_of_the_networks(database) {
        let settings = [("ENTREMISE_PASSWORD_HASH_THREADS", "1"), ("ENTREMISE_TRUSTED_PROXIES", "127.0.0.1")];
        let app = TestApp::start_with(database, &settings);
        let ana = app.broker("Ana").await;
        let device = device_of(&sign_in_on(&app, ana.email(), PASSWORD, None).await);
        // So many that the line is full also where they come slowly.
        let flood = (0..200).map(|n| {
            let app = &app;
            async move { attempt(app, &format!("guess{n}@example.org"), "x", &[&format!("2001:db8:7:{n:x}::1")]).await }
        });
        let owner = async {
            for _ in 0..3 {
                attempt(&app, ana.email(), PASSWORD, &["203.0.113.9"]).await.expect(201);
                sign_in_on(&app, ana.email(), PASSWORD, Some(&device)).await.expect(201);
            }
        };
        let (flooded, ()) = tokio::join!(futures_util::future::join_all(flood), owner);
        let refused = flooded.iter().filter(|answer| answer.status == 503).count();
        assert!(refused > 0, "the line was never full");
    }

    async fn estimates_are_counted_by_link_and_address_and_what_is_cheap_is_not(database) {
        let settings = [("ENTREMISE_SIGN_INS_PER_ACCOUNT", "3")];
        let app = TestApp::start_with(database, &settings);
        let (admin, ana) = (app.admin().await, app.broker("Ana").await);
        let (_, token) = app.invite(&ana, "paul@example.org").await;
        let new_account = |password: &str| {
            json!({ "email": "new@example.org", "first_name": "New", "last_name": "Broker", "role": "broker",
                "password": password, "language": "en" })
        };
        let set = async |place: usize, password: &str| match place {
            0 => activate(&app, &token, json!({ "password": password })).await,
            1 => ana.put("/api/v1/me/password", json!({ "current_password": PASSWORD, "new_password": password })).await,
            _ => admin.post("/api/v1/accounts", new_account(password)).await,
        };
        for place in 0..3 {
            for cheap in ["short", "ALL UPPER 1", &"aA1!".repeat(33)] {
                for _ in 0..3 {
                    assert_eq!(set(place, cheap).await.status, 422, "{place} {cheap}");
                }
            }
            for _ in 0..3 {
                assert_eq!(set(place, "Password1!").await.json["error"]["code"], "password_guessable", "{place}");
            }
            set(place, "Password1!").await.expect_refusal(429, "too_many_attempts");
        }
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
async fn nodes_count_together() {
    let database = postgres_database();
    let settings = [("ENTREMISE_SIGN_INS_PER_ACCOUNT", "3")];
    let nodes = [TestApp::start_with(&database, &settings), TestApp::start_with(&database, &settings)];
    let ana = nodes[0].broker("Ana").await;
    for node in [0, 1, 0] {
        attempt(&nodes[node], ana.email(), "x", &[]).await.expect_refusal(401, "credentials_wrong");
    }
    for node in &nodes {
        attempt(node, ana.email(), PASSWORD, &[]).await.expect_refusal(429, "too_many_attempts");
    }
}
