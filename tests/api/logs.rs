//! What a log must not hold: passwords, tokens, addresses (EML-3).

use std::io::Write;
use std::sync::{Mutex, OnceLock};

use serde_json::json;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use super::invitations::INVITATIONS;
use crate::support::TestApp;

/// Everything that the servers of this process have logged since the first test asked.
static LOG: OnceLock<Mutex<Vec<u8>>> = OnceLock::new();

struct Memory;

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.get_or_init(Mutex::default).lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Memory {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        Self
    }
}

fn record() {
    let filter = EnvFilter::new("info,entremise=trace");
    // The second database's test finds it installed.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(Memory).try_init();
}

on_both_databases! {
    async fn no_log_holds_a_secret(database) {
        record();
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

        let log = String::from_utf8(LOG.get().expect("something was logged").lock().unwrap().clone()).unwrap();
        assert!(log.contains(last.header("x-request-id")), "the log does not know the last request:\n{log}");
        for secret in [&mailed, &copied, &session, &token, &guest] {
            assert!(!log.contains(secret.as_str()), "{secret} is in the log");
        }
        for secret in [password, "Wrong-Sesame-17"] {
            assert!(!log.contains(secret), "{secret} is in the log");
        }
        let about_her = log.lines().find(|line| line.to_lowercase().contains("logana"));
        assert_eq!(about_her, None, "a person is in the log");
    }
}
