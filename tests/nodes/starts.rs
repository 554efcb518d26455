//! How a node starts, and when it says why it will not.

use std::time::Duration;

use serde_json::json;

use crate::harness::{Node, Process, entremise, eventually, run};
use crate::support::{PASSWORD, Person, postgres_database, sqlite_database};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_start_together_on_an_empty_database() {
    let database = postgres_database();
    let settings = [("DATABASE_URL", database.url_text()), ("ENTREMISE_WORKERS", "1")];
    let (a, b) = tokio::join!(Node::start(&settings), Node::start(&settings));
    for node in [&a, &b] {
        Person::new(&node.url, None).get("/health/ready").await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_process_on_the_same_sqlite_file_is_refused() {
    let database = sqlite_database();
    let settings = [("DATABASE_URL", database.url_text()), ("ENTREMISE_BIND", "127.0.0.1:0")];
    let mut node = Node::start(&settings).await;
    for command in [
        &["serve"][..],
        &["migrate"],
        &["create-admin", "--email", "a@example.org", "--first-name", "A", "--last-name", "B"],
    ] {
        let (succeeded, said) = run(command, &settings, &format!("{PASSWORD}\n")).await;
        assert!(!succeeded, "{command:?} went ahead");
        assert!(said.contains("in use by another process"), "{said}");
    }
    Person::new(&node.url, None).get("/health/ready").await.expect(200);
    // A killed process leaves no lock behind.
    node.kill();
    Node::start(&settings).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_value_names_its_variable_and_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    for (variable, value) in [
        ("DATABASE_URL", "postgress://office:hidden-word@db.example/portal"),
        ("DATABASE_URL", "portal.sqlite3"),
        ("DATABASE_URL", "mysql://office:hidden-word@db.example/portal"),
        ("REDIS_URL", "http://default:hidden-word@127.0.0.1"),
        ("SMTP_URL", "smpt://office:hidden-word@mail.example"),
        ("ENTREMISE_BIND", "8080"),
        ("ENTREMISE_PUBLIC_URL", "portal.example"),
        ("ENTREMISE_WORKERS", "none"),
        ("ENTREMISE_HEAD_POLL_MS", "1"),
        ("ENTREMISE_LOG_FORMAT", "xml"),
        ("ENTREMISE_LOG_FILTER", "entremise=shout"),
        ("ENTREMISE_CONFIG", "/nowhere/entremise.toml"),
    ] {
        for command in ["serve", "check-config", "migrate"] {
            let settings = [("ENTREMISE_DATA_DIR", data), (variable, value)];
            let (succeeded, said) = run(&[command], &settings, "").await;
            assert!(!succeeded, "{command} took {variable}={value}");
            let place = if variable == "ENTREMISE_CONFIG" { value } else { variable };
            assert!(said.contains(place), "{variable} is not named: {said}");
            assert!(!said.contains("hidden-word"), "{said}");
        }
    }
    assert_eq!(std::fs::read_dir(data).unwrap().count(), 0, "a refused start left something behind");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_reached_is_said_without_a_secret() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let database = sqlite_database();
    let (succeeded, said) =
        run(&["serve"], &[("DATABASE_URL", database.url_text()), ("ENTREMISE_BIND", &address)], "").await;
    assert!(!succeeded && said.contains(&format!("cannot listen on {address}")), "{said}");

    let nowhere = format!("postgres://office:hidden-word@127.0.0.1:{}/portal", crate::harness::free_port());
    let (succeeded, said) = run(&["serve"], &[("DATABASE_URL", &nowhere), ("ENTREMISE_BIND", "127.0.0.1:0")], "").await;
    assert!(!succeeded && said.contains("the database cannot be reached"), "{said}");
    assert!(!said.contains("hidden-word"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_config_says_what_is_meant_and_every_problem() {
    let (succeeded, said) = run(
        &["check-config"],
        &[("DATABASE_URL", "postgres://office:hidden-word@db.example/portal"), ("ENTREMISE_BNID", "x")],
        "",
    )
    .await;
    assert!(succeeded && said.contains("The configuration is good."), "{said}");
    assert!(said.contains("postgres://") && !said.contains("hidden-word"), "{said}");
    assert!(
        said.contains("ENTREMISE_BNID") && said.contains("ENTREMISE_BIND"),
        "a mistyped name goes unnoticed: {said}"
    );
    assert!(said.contains("warning   DATABASE_URL leads to another machine and does not insist on TLS"), "{said}");
    let redis = ("REDIS_URL", "redis://:hidden-word@cache.example");
    let (succeeded, said) = run(&["check-config"], &[redis], "").await;
    assert!(succeeded && said.contains("warning   REDIS_URL leads to another machine without TLS"), "{said}");
    assert!(!said.contains("hidden-word"), "{said}");
    let (succeeded, said) =
        run(&["check-config"], &[("ENTREMISE_BIND", "x"), ("ENTREMISE_WORKERS", "0"), ("SMTP_URL", "x")], "").await;
    assert!(!succeeded);
    for variable in ["ENTREMISE_BIND", "ENTREMISE_WORKERS", "SMTP_URL"] {
        assert!(said.contains(variable), "{variable} is missing: {said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_start_prints_a_link_that_makes_one_admin() {
    let database = sqlite_database();
    let settings = [("DATABASE_URL", database.url_text()), ("ENTREMISE_PUBLIC_URL", "https://portal.example")];
    let node = Node::start(&settings).await;
    eventually("the link is printed", || async { link_of(&node).is_some() }).await;
    let link = link_of(&node).unwrap();
    let path =
        format!("/api/v1/setup/{}", link.strip_prefix("https://portal.example/setup/").expect("the public address"));
    let person = Person::new(&node.url, None);
    person.get(&path).await.expect(200);
    let form = |email: &str| json!({ "email": email, "first_name": "Ada", "last_name": "Verger", "password": PASSWORD, "language": "en" });
    assert_eq!(person.post(&path, form("ada@example.org")).await.expect(201)["account"]["role"], "admin");
    person.post(&path, form("eve@example.org")).await.expect_refusal(404, "setup_unknown");
    person.get(&path).await.expect_refusal(404, "setup_unknown");
    drop(node);
    let mut again = Node::start(&settings).await;
    again.terminate();
    assert!(again.ended(Duration::from_secs(10)).await.success());
    assert!(link_of(&again).is_none(), "there is an admin, and a link was printed");
}

fn link_of(node: &Node) -> Option<String> {
    node.lines().iter().find(|line| line.contains("/setup/")).map(|line| line.trim().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_shows_accounts_that_work_and_keeps_its_data() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("office");
    let start =
        || Process::start("the demo", entremise(&["demo", "--data", data.to_str().unwrap(), "--port", "0"], &[]), "");
    let mut demo = start();
    let url = running_at(&demo).await;
    for role in ["broker", "client", "admin"] {
        let signed_in = sign_in(&demo, &url, role).await;
        assert_eq!(signed_in.get("/api/v1/me").await.expect(200)["account"]["role"], role);
    }
    let broker = sign_in(&demo, &url, "broker").await;
    let transactions = broker.get("/api/v1/transactions").await.expect(200)["transactions"].clone();
    let path = format!("/api/v1/transactions/{}/messages", transactions[0]["id"]);
    broker.post(&path, json!({ "nonce": "kept", "body": "this stays" })).await.expect(201);
    let mails = broker.get("/api/v1/demo/mails").await.expect(200)["mails"].clone();
    assert_eq!(mails.as_array().map(Vec::len), Some(1), "{mails}");
    demo.signal("TERM");
    assert!(demo.ended(Duration::from_secs(10)).await.success());

    let again = start();
    let url = running_at(&again).await;
    let broker = sign_in(&again, &url, "broker").await;
    let entries = broker.get(&path).await.expect(200)["entries"].clone();
    assert_eq!(entries.as_array().unwrap().last().unwrap()["body"], "this stays");
    assert_eq!(broker.get("/api/v1/transactions").await.expect(200)["transactions"].as_array().map(Vec::len), Some(1));
}

async fn running_at(demo: &Process) -> String {
    let printed = || demo.lines().iter().any(|line| line.contains("Stop with Ctrl-C"));
    eventually("the demo is ready", || async { printed() }).await;
    let line = demo.lines().into_iter().find(|line| line.contains("running at")).expect("the address");
    line.rsplit(' ').next().expect("the address").to_owned()
}

/// With what is printed for this role.
async fn sign_in(demo: &Process, url: &str, role: &str) -> Person {
    let line = demo.lines().into_iter().find(|line| line.trim().starts_with(role)).expect("the account is printed");
    let words: Vec<&str> = line.split_whitespace().collect();
    let form = json!({ "email": words[1], "password": words[2], "transport": "bearer" });
    let nobody = Person::new(url, None);
    let token = nobody.post("/api/v1/sessions", form).await.expect(201)["token"].as_str().unwrap().to_owned();
    Person::new(url, Some(token))
}
