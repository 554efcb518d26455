//! Access given back by hand: the link that an admin or a broker sends to somebody's mailbox.

use serde_json::json;

use crate::support::{PASSWORD, Person, TestApp};

const NEW: &str = "Autre-Phare-31-dune";

pub async fn mailed_link(app: &TestApp, email: &str, count: usize) -> String {
    let mails = app.mails_to(email, count).await;
    let text = mails.last().unwrap()["text"].as_str().unwrap().to_owned();
    let (_, rest) = text.split_once("/access/").unwrap_or_else(|| panic!("no link in {text}"));
    rest.chars().take_while(char::is_ascii_hexdigit).collect()
}

fn of_account(person: &Person) -> String {
    format!("/api/v1/accounts/{}/access-link", person.account())
}

fn of_record(id: &serde_json::Value) -> String {
    format!("/api/v1/clients/{id}/access-link")
}

async fn of_client(broker: &Person, client: &Person) -> String {
    of_record(&json!(broker.record_of(client).await))
}

on_both_databases! {
    async fn an_admin_sends_anybody_a_link_for_a_new_password(database) {
        let app = TestApp::start(database);
        let (admin, ana) = (app.admin().await, app.broker("Ana").await);
        let mut socket = ana.socket().await;
        let sent = admin.post(&of_account(&ana), json!({})).await;
        assert_eq!(sent.expect(202), &json!({}), "whoever sends it does not see it");
        let token = mailed_link(&app, ana.email(), 1).await;
        let path = format!("/api/v1/access-links/{token}");
        let nobody = app.anonymous();
        for _ in 0..3 {
            // Mail scanners look, and use nothing up.
            nobody.get(&format!("/access/{token}")).await.expect(200);
            let seen = nobody.get(&path).await;
            assert_eq!(seen.expect(200)["access"]["email"], ana.email());
        }
        assert!(ana.get("/api/v1/me").await.status == 200, "until it is used nothing changes");
        let weak = nobody.post(&path, json!({ "new_password": "Password1!" })).await;
        weak.expect_fields(&[("new_password", "password_guessable")]);
        nobody.post(&path, json!({ "new_password": NEW })).await.expect(204);
        assert_eq!(socket.expect_close().await, 4105);
        ana.get("/api/v1/me").await.expect_refusal(401, "session_required");
        let sign_in = |password: &str| json!({ "email": ana.email(), "password": password });
        nobody.post("/api/v1/sessions", sign_in(PASSWORD)).await.expect_refusal(401, "credentials_wrong");
        nobody.post("/api/v1/sessions", sign_in(NEW)).await.expect(201);
        assert_eq!(database.count("SELECT 1 FROM accounts WHERE email LIKE 'ana%' AND email_verified_at IS NOT NULL"), 1);
        assert_eq!(app.mails_to(ana.email(), 2).await[1]["subject"], "Your password for Entremise was changed");

        nobody.post(&path, json!({ "new_password": NEW })).await.expect_refusal(410, "access_link_used");
        nobody.get(&path).await.expect_refusal(410, "access_link_used");
        assert_eq!(nobody.get(&format!("/access/{token}")).await.status, 410);
    }

    async fn a_broker_is_told_to_which_of_their_clients_a_link_can_be_sent(database) {
        let app = TestApp::start(database);
        let (admin, ana) = (app.admin().await, app.broker("Ana").await);
        let (carl, zoe, otto) = (app.client("Carl").await, app.client("Zoe").await, app.broker("Otto").await);
        let (transaction, _) = ana.open_transaction("House").await;
        for client in [&carl, &zoe, &otto] {
            app.join(transaction, client).await;
        }
        admin.post(&format!("/api/v1/accounts/{}/deactivate", zoe.account()), json!({})).await.expect(200);
        let answer = ana.get("/api/v1/clients").await;
        let clients = answer.expect(200)["clients"].as_array().unwrap();
        for (person, can, status) in [(&carl, true, 202), (&zoe, false, 409), (&otto, false, 404)] {
            let client = clients.iter().find(|client| client["account_id"] == json!(person.account())).unwrap();
            assert_eq!(client["can_send_access_link"], json!(can), "{client}");
            assert_eq!(ana.post(&of_record(&client["id"]), json!({})).await.status, status, "{client}");
        }
    }

    async fn a_broker_sends_one_to_their_clients_and_to_nobody_else(database) {
        let app = TestApp::start(database);
        let (admin, ana, otto) = (app.admin().await, app.broker("Ana").await, app.broker("Otto").await);
        let (carl, olga) = (app.client("Carl").await, app.client("Olga").await);
        let (transaction, _) = ana.open_transaction("House").await;
        app.join(transaction, &carl).await;
        ana.add(transaction, &otto).await;
        app.join(otto.open_transaction("Flat").await.0, &olga).await;
        let to_carl = of_client(&ana, &carl).await;
        ana.post(&to_carl, json!({})).await.expect(202);
        let mail = app.mails_to(carl.email(), 1).await.remove(0);
        assert!(mail["text"].as_str().unwrap().contains("Ana Test has sent you this link"), "{mail}");
        // The id is that of a record, and of an own one: another broker's, and that of an account, are unknown.
        for unknown in [of_client(&otto, &olga).await, of_record(&json!(olga.account())), of_record(&json!(12345))] {
            ana.post(&unknown, json!({})).await.expect_refusal(404, "client_unknown");
        }
        // Whoever writes down an address has nobody's account by that.
        for known in [&olga, &otto, &admin] {
            let form = json!({ "first_name": "Somebody", "last_name": "Else", "email": known.email() });
            let made = ana.post("/api/v1/clients", form).await;
            let path = of_record(&made.expect(201)["client"]["id"]);
            ana.post(&path, json!({})).await.expect_refusal(404, "account_unknown");
        }
        // One at a time, whoever sends it.
        let again = admin.post(&of_account(&carl), json!({})).await;
        again.expect_refusal(429, "access_link_recent");
        assert!(again.header("retry-after").parse::<u32>().is_ok_and(|wait| (1..=300).contains(&wait)));
        admin.post(&format!("/api/v1/accounts/{}/deactivate", carl.account()), json!({})).await.expect(200);
        ana.post(&to_carl, json!({})).await.expect_refusal(409, "account_deactivated");
        let token = mailed_link(&app, carl.email(), 1).await;
        let used = app.anonymous().post(&format!("/api/v1/access-links/{token}"), json!({ "new_password": NEW })).await;
        used.expect_refusal(410, "access_link_expired");
    }

    async fn a_newer_link_replaces_the_older_and_both_end_after_a_day(database) {
        let app = TestApp::start(database);
        let (admin, ana) = (app.admin().await, app.client("Ana").await);
        admin.post(&of_account(&ana), json!({})).await.expect(202);
        let older = mailed_link(&app, ana.email(), 1).await;
        database.execute("UPDATE throttles SET ends_at = ends_at - 300000");
        admin.post(&of_account(&ana), json!({})).await.expect(202);
        let newer = mailed_link(&app, ana.email(), 2).await;
        let nobody = app.anonymous();
        nobody.get(&format!("/api/v1/access-links/{older}")).await.expect_refusal(410, "access_link_expired");
        nobody.get(&format!("/api/v1/access-links/{newer}")).await.expect(200);
        database.execute("UPDATE access_links SET expires_at = expires_at - 86400000");
        nobody.get(&format!("/api/v1/access-links/{newer}")).await.expect_refusal(410, "access_link_expired");
        for unknown in ["0".repeat(64), "nonsense".to_owned()] {
            nobody.get(&format!("/api/v1/access-links/{unknown}")).await.expect_refusal(404, "access_link_unknown");
            let path = format!("/api/v1/access-links/{unknown}");
            nobody.post(&path, json!({ "new_password": NEW })).await.expect_refusal(404, "access_link_unknown");
        }
    }

    async fn of_twenty_uses_at_once_one_succeeds(database) {
        let app = TestApp::start(database);
        let (admin, ana) = (app.admin().await, app.client("Ana").await);
        admin.post(&of_account(&ana), json!({})).await.expect(202);
        let path = format!("/api/v1/access-links/{}", mailed_link(&app, ana.email(), 1).await);
        let nobody = app.anonymous();
        let uses = (0..20).map(|_| nobody.post(&path, json!({ "new_password": NEW })));
        let answers = futures_util::future::join_all(uses).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 204).count(), 1);
        for answer in answers.iter().filter(|answer| answer.status != 204) {
            answer.expect_refusal(410, "access_link_used");
        }
    }
}
