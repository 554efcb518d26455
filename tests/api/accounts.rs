//! What an admin does with accounts.

use serde_json::{Value, json};

use super::me::codes;
use crate::support::{HttpAnswer, PASSWORD, TestApp};

const ACCOUNTS: &str = "/api/v1/accounts";

fn form(email: &str, role: &str) -> Value {
    json!({ "email": email, "first_name": "Nora", "last_name": "Neuve", "role": role, "password": PASSWORD, "language": "fr" })
}

fn emails(answer: &HttpAnswer) -> Vec<&str> {
    answer.expect(200)["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|account| account["email"].as_str().unwrap())
        .collect()
}

on_both_databases! {
    async fn a_new_account_can_sign_in(database) {
        let app = TestApp::start(database);
        let admin = app.admin().await;
        for (email, role) in [("Nora@Example.org", "broker"), ("root@example.org", "admin")] {
            let made = admin.post(ACCOUNTS, form(email, role)).await;
            let account = &made.expect(201)["account"];
            assert_eq!((&account["email"], &account["role"]), (&json!(email.to_lowercase()), &json!(role)));
            assert_eq!((&account["state"], &account["last_login_at"]), (&json!("active"), &Value::Null));
            assert!(!made.text.contains("password") && !made.text.contains("argon2"), "{}", made.text);
            let sign_in = json!({ "email": email, "password": PASSWORD });
            app.anonymous().post("/api/v1/sessions", sign_in).await.expect(201);
        }
        admin.post(ACCOUNTS, form(" NORA@example.org", "admin")).await.expect_refusal(409, "email_taken");
        admin.post(ACCOUNTS, form("c@example.org", "client")).await.expect_fields(&[("role", "value_invalid")]);
        admin.post(ACCOUNTS, form("c@example.org", "owner")).await.expect_fields(&[("role", "value_invalid")]);
        let mut bad = form("nora", "broker");
        bad["first_name"] = json!("");
        admin.post(ACCOUNTS, bad).await.expect_fields(&[("email", "email_invalid"), ("first_name", "value_missing")]);
        let mut weak = form("c@example.org", "broker");
        weak["password"] = json!("nora");
        let weak = admin.post(ACCOUNTS, weak).await;
        assert_eq!(codes(&weak.json).len(), 4, "{}", weak.text);
        let racing = (0..8).map(|_| admin.post(ACCOUNTS, form("race@example.org", "broker")));
        let answers = futures_util::future::join_all(racing).await;
        assert_eq!(answers.iter().filter(|answer| answer.status.as_u16() == 201).count(), 1);
        answers.iter().filter(|answer| answer.status.as_u16() != 201).for_each(|answer| {
            answer.expect_refusal(409, "email_taken");
        });
    }

    async fn the_list_is_filtered_searched_and_paged(database) {
        let app = TestApp::start(database);
        let admin = app.admin().await;
        for name in ["Ana", "Ben", "Cora"] {
            app.broker(name).await;
        }
        app.client("Carl").await;
        let everybody = ["carl.client", "cora.broker", "ben.broker", "ana.broker", "ada.admin"].map(|n| format!("{n}@example.org"));
        assert_eq!(emails(&admin.get(ACCOUNTS).await), everybody);
        assert_eq!(emails(&admin.get(&format!("{ACCOUNTS}?role=client")).await), everybody[..1]);
        assert_eq!(emails(&admin.get(&format!("{ACCOUNTS}?q=BEN.")).await), everybody[2..3]);
        assert_eq!(emails(&admin.get(&format!("{ACCOUNTS}?q=cora&role=client")).await), [""; 0]);
        assert_eq!(emails(&admin.get(&format!("{ACCOUNTS}?q=%25")).await), [""; 0]);
        let (mut paged, mut before) = (Vec::new(), String::new());
        loop {
            let page = admin.get(&format!("{ACCOUNTS}?limit=2{before}")).await;
            paged.extend(emails(&page).into_iter().map(str::to_owned));
            match page.json["next"].as_i64() {
                Some(next) => before = format!("&before={next}"),
                None => break,
            }
        }
        assert_eq!(paged, everybody);
    }

    async fn a_deactivation_ends_sessions_and_sockets_at_once(database) {
        let app = TestApp::start(database);
        let (admin, ana) = (app.admin().await, app.broker("Ana").await);
        let mut socket = ana.socket().await;
        let path = format!("{ACCOUNTS}/{}", ana.account());
        let closed = admin.post(&format!("{path}/deactivate"), json!({})).await;
        assert_eq!(closed.expect(200)["account"]["state"], "deactivated");
        assert_eq!(socket.expect_close().await, 4101);
        ana.get("/api/v1/me").await.expect_refusal(401, "session_required");
        // Twice is as good as once.
        admin.post(&format!("{path}/deactivate"), json!({})).await.expect(200);
        let opened = admin.post(&format!("{path}/reactivate"), json!({})).await;
        assert_eq!(opened.expect(200)["account"]["state"], "active");
        app.another_device(&ana).await.get("/api/v1/me").await.expect(200);

        let own = format!("{ACCOUNTS}/{}/deactivate", admin.account());
        admin.post(&own, json!({})).await.expect_refusal(409, "own_account");
        for verb in ["deactivate", "reactivate"] {
            admin.post(&format!("{ACCOUNTS}/12345/{verb}"), json!({})).await.expect_refusal(404, "account_unknown");
        }
    }
}
