//! Reading the demo's mailbox, as the invited person would read their own.

use std::time::Duration;

use serde_json::{Value, json};

use super::person::Person;
use super::test_app::TestApp;

impl TestApp {
    /// The mails to this address, oldest first, as soon as there are `count` of them: mails leave after the request.
    pub async fn mails_to(&self, email: &str, count: usize) -> Vec<Value> {
        let reader = self.anonymous();
        for _ in 0..3_000 {
            let list = reader.get("/api/v1/demo/mails").await;
            let all = list.expect(200)["mails"].as_array().expect("a list").clone();
            let mut ids: Vec<i64> =
                all.iter().filter(|mail| mail["to"] == email).map(|mail| mail["id"].as_i64().expect("an id")).collect();
            if ids.len() >= count {
                ids.sort_unstable();
                let mut mails = Vec::new();
                for id in ids {
                    let answer = reader.get(&format!("/api/v1/demo/mails/{id}")).await;
                    mails.push(answer.expect(200)["mail"].clone());
                }
                return mails;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("no {count} mails to {email}");
    }

    /// The token in the newest of `count` mails to this address.
    pub async fn mailed_token(&self, email: &str, count: usize) -> String {
        let mails = self.mails_to(email, count).await;
        token_in(mails.last().expect("a mail")["text"].as_str().expect("a text"))
    }

    /// An invitation of this broker, with its id and the token of its mail.
    pub async fn invite(&self, broker: &Person, email: &str) -> (i64, String) {
        let answer = broker.post("/api/v1/client-invitations", invitation_form(email)).await;
        let id = answer.expect(201)["invitation"]["id"].as_i64().expect("an id");
        (id, self.mailed_token(email, 1).await)
    }
}

pub fn invitation_form(email: &str) -> Value {
    json!({ "first_name": "Paul", "last_name": "Durand", "email": email, "project_type": "purchase" })
}

/// The token in a text that holds an invitation's link.
pub fn token_in(text: &str) -> String {
    let (_, rest) = text.split_once("/client/invitation/").unwrap_or_else(|| panic!("no link in {text}"));
    let token: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
    assert_eq!(token.len(), 64, "not a token: {token}");
    token
}
