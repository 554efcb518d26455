//! What a log must not hold: passwords, tokens, addresses (EML-3).

use entremise::domain::Backend;
use serde_json::{Value, json};

use super::invitations::INVITATIONS;
use crate::support::logs::{keep_all, kept};
use crate::support::{PASSWORD, Person, TestApp};

on_both_databases! {
    async fn no_log_holds_a_secret(database) {
        keep_all();
        let app = TestApp::start(database);
        let ana = app.broker("Logana").await;
        let guest = format!("secret.guest.{:?}@example.org", database.backend()).to_lowercase();
        let (id, mailed) = app.invite(&ana, &guest).await;
        let link = ana.post(&format!("{INVITATIONS}/{id}/link"), json!({})).await;
        let copied = link.expect(201)["link"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        let nobody = app.anonymous();
        nobody.get(&format!("/client/invitation/{mailed}")).await.expect(200);
        nobody.get(&format!("{INVITATIONS}/token/{copied}")).await.expect(200);
        let password = "Sesame-Ouvre-91-toi";
        let form = json!({ "password": password });
        let answer = nobody.post(&format!("{INVITATIONS}/activate/{mailed}"), form).await;
        let session: String = answer.header("set-cookie").chars().skip_while(|c| *c != '=').skip(1).take(64).collect();
        answer.expect(201);
        let sign_in = json!({ "email": guest, "password": password, "transport": "bearer" });
        let token = nobody.post("/api/v1/sessions", sign_in).await.expect(201)["token"].as_str().unwrap().to_owned();
        let wrong = json!({ "email": guest, "password": "Wrong-Sesame-17" });
        nobody.post("/api/v1/sessions", wrong).await.expect_refusal(401, "credentials_wrong");
        nobody.get(&format!("/no/such/{copied}?token={copied}")).await.expect_refusal(404, "route_unknown");
        let last = nobody.get(&format!("{INVITATIONS}/token/{copied}")).await;
        last.expect_refusal(410, "invitation_used");

        let log = kept();
        assert!(log.contains(last.header("x-request-id")), "the log does not know the last request:\n{log}");
        for secret in [&mailed, &copied, &session, &token, &guest] {
            assert!(!log.contains(secret.as_str()), "{secret} is in the log");
        }
        for secret in [password, "Wrong-Sesame-17"] {
            assert!(!log.contains(secret), "{secret} is in the log");
        }
        let about_them = log.lines().find(|line| line.to_lowercase().contains("logana"));
        assert_eq!(about_them, None, "a person is in the log");
    }
}

/// What was logged about the doors from this network, as `event outcome account`.
fn at_the_doors(network: &str) -> Vec<String> {
    let log = kept();
    let value = |line: &str, name: &str| {
        let (_, rest) = line.split_once(&format!(" {name}="))?;
        Some(rest.split([' ', '\n']).next().unwrap_or_default().trim_matches('"').to_owned())
    };
    log.lines()
        .filter(|line| line.contains(" entremise::security: ") && value(line, "network").as_deref() == Some(network))
        .map(|line| {
            let of = |name: &str| value(line, name).unwrap_or_else(|| "-".to_owned());
            format!("{} {} {}", of("event"), of("outcome"), of("account.id"))
        })
        .collect()
}

on_both_databases! {
    async fn what_happens_at_the_doors_is_told_to_one_target(database) {
        keep_all();
        let settings = [("ENTREMISE_TRUSTED_PROXIES", "127.0.0.1"), ("ENTREMISE_SIGN_INS_PER_ADDRESS", "10000")];
        let app = TestApp::start_with(database, &settings);
        let (admin, ana) = (app.admin().await, app.broker("Anadoor").await);
        // A network that no other test uses, and neither database's the other's.
        let ip = if database.backend() == Backend::Sqlite { "203.0.113.201" } else { "203.0.113.202" };
        let nobody = app.anonymous();
        let ask = async |person: &Person, method: &str, path: &str, body: Value| {
            let request = person.request(method.parse().unwrap(), path).header("x-forwarded-for", ip).json(&body);
            person.send(request).await
        };
        let sign_in = |password: &str| json!({ "email": ana.email(), "password": password, "transport": "bearer" });
        // Twice: another test may meet this line of the log for the first time while ours begins to listen.
        for _ in 0..2 {
            ask(&nobody, "POST", "/api/v1/sessions", sign_in("Wrong-Sesame-17")).await.expect(401);
        }
        let signed_in = ask(&nobody, "POST", "/api/v1/sessions", sign_in(PASSWORD)).await;
        let token = signed_in.expect(201)["token"].as_str().unwrap().to_owned();
        let here = Person::new(&app.url, Some(token));
        let change = json!({ "current_password": PASSWORD, "new_password": "Encore-Brume-57-quai" });
        ask(&here, "PUT", "/api/v1/me/password", change).await.expect(200);
        ask(&app.another_device(&ana).await, "DELETE", "/api/v1/sessions/current", json!({})).await.expect(204);
        let account = json!({ "email": ana.email() });
        ask(&nobody, "POST", "/api/v1/password-resets", account).await.expect(202);
        let unknown = json!({ "email": "nobody.anadoor@example.org" });
        ask(&nobody, "POST", "/api/v1/password-resets", unknown).await.expect(202);
        let wrong = json!({ "email": ana.email(), "code": "0000000", "new_password": "Autre-Phare-31-dune" });
        ask(&nobody, "POST", "/api/v1/password-resets/confirm", wrong).await.expect(422);
        for number in 0..6 {
            let wrong = json!({ "email": "x.anadoor@example.org", "code": format!("00000{number}"), "new_password": "Autre-Phare-31-dune" });
            ask(&nobody, "POST", "/api/v1/password-resets/confirm", wrong).await;
        }
        let path = format!("/api/v1/accounts/{}", ana.account());
        ask(&admin, "POST", &format!("{path}/access-link"), json!({})).await.expect(202);
        ask(&admin, "POST", &format!("{path}/deactivate"), json!({})).await.expect(200);
        ask(&admin, "POST", &format!("{path}/reactivate"), json!({})).await.expect(200);

        let id = ana.account();
        let told = at_the_doors(&format!("{ip}/32"));
        for line in [
            format!("sign_in refused {id}"),
            format!("sign_in done {id}"),
            format!("password_change done {id}"),
            format!("session_ended done {id}"),
            format!("reset_code_request done {id}"),
            "reset_code_request refused -".to_owned(),
            "password_reset refused -".to_owned(),
            "password_reset limited -".to_owned(),
            format!("access_link_sent done {id}"),
            format!("account_deactivated done {id}"),
            format!("account_reactivated done {id}"),
        ] {
            assert!(told.contains(&line), "{line} is missing in {told:#?}");
        }
        let log = kept();
        let about_them = log.lines().find(|line| line.to_lowercase().contains("anadoor"));
        assert_eq!(about_them, None, "a person is in the log");
    }
}
