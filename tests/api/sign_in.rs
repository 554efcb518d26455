use serde_json::json;

use crate::support::{PASSWORD, TestApp};

on_both_databases! {
    async fn a_right_password_opens_a_session(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let body = json!({ "email": ana.email(), "password": PASSWORD, "transport": "bearer" });
        let answer = app.anonymous().post("/api/v1/sessions", body).await;
        assert_eq!(answer.expect(201)["token"].as_str().unwrap().len(), 64);
    }

    async fn unknown_and_wrong_look_the_same(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        for (email, password) in [(ana.email(), "wrong"), ("nobody@example.org", PASSWORD), ("", ""), ("no address", "x")] {
            let answer = app.anonymous().post("/api/v1/sessions", json!({ "email": email, "password": password })).await;
            answer.expect_refusal(401, "credentials_wrong");
        }
    }
}
