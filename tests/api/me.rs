//! What a person does with their own account.

use serde_json::{Value, json};

use crate::support::{PASSWORD, Person, TestApp};

const NEW_PASSWORD: &str = "Autre-Phare-31-dune";

on_both_databases! {
    async fn a_new_password_ends_every_other_session(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let (phone, laptop) = (app.another_device(&ana).await, app.another_device(&ana).await);
        let form = json!({ "current_password": PASSWORD, "new_password": NEW_PASSWORD });
        let renewed = ana.put("/api/v1/me/password", form.clone()).await.expect(200)["token"].clone();
        // Who copied the token has nothing any more.
        ana.get("/api/v1/me").await.expect_refusal(401, "session_required");
        let old = ana.session();
        let ana = Person::new(&app.url, renewed.as_str().map(str::to_owned)).with_account(ana.account(), old, ana.email());
        let list = ana.get("/api/v1/sessions").await;
        assert_eq!(list.expect(200)["sessions"][0]["id"], json!(old), "the session is the same");
        for device in [&phone, &laptop] {
            device.get("/api/v1/me").await.expect_refusal(401, "session_required");
        }
        let sign_in = |password: &str| json!({ "email": ana.email(), "password": password });
        app.anonymous().post("/api/v1/sessions", sign_in(PASSWORD)).await.expect_refusal(401, "credentials_wrong");
        app.anonymous().post("/api/v1/sessions", sign_in(NEW_PASSWORD)).await.expect(201);
        ana.put("/api/v1/me/password", form).await.expect_fields(&[("current_password", "password_wrong")]);
    }

    async fn a_new_password_follows_the_rules(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let phone = app.another_device(&ana).await;
        let change = |new: &str| ana.put("/api/v1/me/password", json!({ "current_password": PASSWORD, "new_password": new }));
        let too_short = change("abc").await;
        assert_eq!(codes(&too_short.json), ["password_too_short", "password_needs_upper", "password_needs_digit",
            "password_needs_special"]);
        assert_eq!(too_short.status.as_u16(), 422);
        assert_eq!(codes(&change("Password1!").await.json), ["password_guessable"]);
        assert_eq!(codes(&change("ana.broker-77-Xq").await.json), ["password_guessable"], "the own address");
        assert_eq!(codes(&change(&"aA1!".repeat(33)).await.json), ["password_too_long"]);
        phone.get("/api/v1/me").await.expect(200);
        change("Žluťoučký 7 kůň 🐎").await.expect(200);
        let form = json!({ "email": ana.email(), "password": "Žluťoučký 7 kůň 🐎" });
        app.anonymous().post("/api/v1/sessions", form).await.expect(201);
    }

    async fn a_profile_is_changed_field_by_field(database) {
        let app = TestApp::start(database);
        let ana = app.broker("Ana").await;
        let change = |body: Value| ana.patch("/api/v1/me", body);
        let before = ana.get("/api/v1/me").await.expect(200)["account"].clone();
        assert_eq!(change(json!({})).await.expect(200)["account"], before, "nothing given, nothing changed");

        let changed = change(json!({ "first_name": " Anaïs ", "phone": "+33 6 12 34 56 78" })).await;
        assert_eq!(changed.expect(200)["account"]["first_name"], "Anaïs");
        assert_eq!(changed.json["account"]["last_name"], before["last_name"]);
        assert_eq!(changed.json["account"]["phone"], "+33 6 12 34 56 78");
        assert_eq!(change(json!({ "phone": null })).await.expect(200)["account"]["phone"], Value::Null);
        assert_eq!(change(json!({ "phone": "" })).await.expect(200)["account"]["phone"], Value::Null);

        change(json!({ "first_name": "", "last_name": "x".repeat(101), "phone": "call me" })).await.expect_fields(&[
            ("first_name", "value_missing"), ("last_name", "value_too_long"), ("phone", "phone_invalid")]);
        change(json!({ "first_name": "A\u{0}b" })).await.expect_fields(&[("first_name", "value_invalid")]);
        change(json!({ "first_name": "A\r\nBcc: all@example.org" })).await.expect_fields(&[("first_name", "value_invalid")]);
        change(json!({ "language": "de" })).await.expect_fields(&[("language", "value_invalid")]);
        change(json!({ "email": "other@example.org" })).await.expect_fields(&[("email", "field_unknown")]);
        assert_eq!(ana.get("/api/v1/me").await.expect(200)["account"]["first_name"], "Anaïs");
    }
}

pub fn codes(answer: &Value) -> Vec<&str> {
    let fields = answer["error"]["fields"].as_array().unwrap_or_else(|| panic!("no refusal: {answer}"));
    fields.iter().map(|field| field["code"].as_str().unwrap()).collect()
}
