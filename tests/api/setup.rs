//! The first admin comes from a single-use link, and from nowhere else.

use serde_json::{Value, json};

use crate::support::{PASSWORD, Person, TestApp};

fn form() -> Value {
    json!({ "email": "Root@Example.org", "first_name": "Rosa", "last_name": "Root", "password": PASSWORD, "language": "en" })
}

/// The path of a new link, below the page's address and the API's alike.
async fn link(app: &TestApp) -> String {
    let link = entremise::app::setup::link(&app.app).await.unwrap().expect("there is no admin yet");
    let token = link.strip_prefix(&format!("{}/setup/", app.url)).unwrap().to_owned();
    assert_eq!(token.len(), 64);
    format!("/setup/{token}")
}

on_both_databases! {
    async fn the_link_makes_one_admin_and_dies(database) {
        let app = TestApp::start(database);
        let nobody = app.anonymous();
        let path = link(&app).await;
        let api = format!("/api/v1{path}");
        for _ in 0..10 {
            assert_eq!(nobody.get(&api).await.expect(200), &json!({}));
            nobody.get(&path).await.expect(200);
            assert_eq!(nobody.head(&path).await.status.as_u16(), 200);
        }
        let mut bad = form();
        bad["password"] = json!("Password1!");
        nobody.post(&api, bad).await.expect_fields(&[("password", "password_guessable")]);
        let mut bad = form();
        bad["role"] = json!("broker");
        nobody.post(&api, bad).await.expect_fields(&[("role", "field_unknown")]);

        let answer = nobody.post(&api, form()).await;
        let account = &answer.expect(201)["account"];
        assert_eq!((&account["role"], &account["email"]), (&json!("admin"), &json!("root@example.org")));
        let token: String = answer.header("set-cookie").chars().skip_while(|c| *c != '=').skip(1).take(64).collect();
        assert!(!answer.text.contains(&token));
        let admin = Person::new(&app.url, Some(token));
        admin.get("/api/v1/accounts").await.expect(200);

        nobody.get(&api).await.expect_refusal(404, "setup_unknown");
        nobody.get(&path).await.expect(404);
        nobody.post(&api, form()).await.expect_refusal(404, "setup_unknown");
        assert!(entremise::app::setup::link(&app.app).await.unwrap().is_none(), "there is an admin now");
    }

    async fn of_many_at_once_one_becomes_admin(database) {
        let app = TestApp::start(database);
        let api = format!("/api/v1{}", link(&app).await);
        let racing = (0..10).map(|n| {
            let mut form = form();
            form["email"] = json!(format!("root{n}@example.org"));
            let (nobody, api) = (app.anonymous(), api.clone());
            async move { nobody.post(&api, form).await }
        });
        let answers = futures_util::future::join_all(racing).await;
        assert_eq!(answers.iter().filter(|answer| answer.status.as_u16() == 201).count(), 1);
        answers.iter().filter(|answer| answer.status.as_u16() != 201).for_each(|answer| {
            answer.expect_refusal(404, "setup_unknown");
        });
    }

    async fn only_the_newest_link_counts_and_only_for_an_hour(database) {
        let (app, hand) = TestApp::start_with_clock(database, &[]);
        let nobody = app.anonymous();
        let first = link(&app).await;
        let second = link(&app).await;
        nobody.get(&format!("/api/v1{first}")).await.expect_refusal(404, "setup_unknown");
        hand.forward_seconds(3599);
        nobody.get(&format!("/api/v1{second}")).await.expect(200);
        hand.forward_seconds(1);
        nobody.get(&format!("/api/v1{second}")).await.expect_refusal(404, "setup_unknown");
        nobody.post(&format!("/api/v1{second}"), form()).await.expect_refusal(404, "setup_unknown");
        for other in ["x", &"0".repeat(64)] {
            nobody.post(&format!("/api/v1/setup/{other}"), form()).await.expect_refusal(404, "setup_unknown");
        }
        // An admin made otherwise makes every link worthless.
        let third = link(&app).await;
        app.admin().await;
        nobody.post(&format!("/api/v1{third}"), form()).await.expect_refusal(404, "setup_unknown");
    }
}
