//! The commands that an operator types beside `serve`.

use std::time::Duration;

use serde_json::json;

use crate::harness::{Node, run};
use crate::support::{PASSWORD, Person, postgres_database};

fn create<'a>(command: &'a str, email: &'a str) -> [&'a str; 9] {
    [command, "--email", email, "--first-name", "Ada", "--last-name", "Verger", "--language", "en"]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_are_made_from_the_command_line_beside_a_running_node() {
    let database = postgres_database();
    let settings = [("DATABASE_URL", database.url_text())];
    let (succeeded, said) = run(&["migrate"], &settings, "").await;
    assert!(succeeded && said.contains("up to date"), "{said}");
    assert!(run(&["migrate"], &settings, "").await.0, "a second time there is nothing to do");

    for (command, email) in [("create-admin", "ada@example.org"), ("create-broker", "bob@example.org")] {
        let (succeeded, said) = run(&create(command, email), &settings, &format!("{PASSWORD}\n")).await;
        assert!(succeeded, "{said}");
        assert!(!said.contains(PASSWORD), "the password is shown");
    }
    let mut node = Node::start(&[settings[0], ("ENTREMISE_WORKERS", "1")]).await;
    let nobody = Person::new(&node.url, None);
    for (email, role) in [("ada@example.org", "admin"), ("bob@example.org", "broker")] {
        let form = json!({ "email": email, "password": PASSWORD, "transport": "bearer" });
        let signed_in = nobody.post("/api/v1/sessions", form).await;
        assert_eq!(signed_in.expect(201)["account"]["role"], role);
        assert_eq!(signed_in.json["account"]["language"], "en");
    }
    node.terminate();
    assert!(node.ended(Duration::from_secs(10)).await.success());
    assert!(!node.said("/setup/"), "there is an admin, and a link was printed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_will_not_do_is_refused_with_the_reason() {
    let database = postgres_database();
    let settings = [("DATABASE_URL", database.url_text())];
    for (email, password, reason) in [
        ("ada", PASSWORD, "email"),
        ("ada@example.org", "short", "password_too_short"),
        ("ada@example.org", "", "password_too_short"),
        ("ada@example.org", "all-of-it-in-lower-case-1", "password_needs_upper"),
    ] {
        let (succeeded, said) = run(&create("create-admin", email), &settings, &format!("{password}\n")).await;
        assert!(!succeeded && said.contains(reason), "{email}/{password}: {said}");
    }
    let line = format!("{PASSWORD}\r\n");
    assert!(run(&create("create-admin", "ada@example.org"), &settings, &line).await.0);
    let (succeeded, said) = run(&create("create-broker", "Ada@Example.org"), &settings, &line).await;
    assert!(!succeeded && said.contains("email_taken"), "{said}");
    let (succeeded, _) = run(&["create-admin", "--email", "eve@example.org"], &settings, &line).await;
    assert!(!succeeded, "an account without a name was made");
}
