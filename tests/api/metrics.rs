//! What an operator's Prometheus reads.

mod bounded;
mod documented;
mod live;

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use reqwest::Method;
use serde_json::json;

use crate::support::metrics::Scrape;
use crate::support::{PASSWORD, Person, TestApp, TestDatabase, sqlite_database};

pub fn watched(database: &TestDatabase) -> TestApp {
    TestApp::start_with(database, &[("ENTREMISE_METRICS_BIND", "127.0.0.1:0")])
}

pub async fn scrape(app: &TestApp) -> Scrape {
    Scrape::of(app.metrics_url.as_deref().expect("it was asked for")).await
}

/// Scrapes until it is so.
pub async fn eventually(app: &TestApp, what: &str, is_so: impl Fn(&Scrape) -> bool) -> Scrape {
    let until = Instant::now() + Duration::from_secs(15);
    loop {
        let page = scrape(app).await;
        if is_so(&page) {
            return page;
        }
        assert!(Instant::now() < until, "it never came to this: {what}\n{}", page.text);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

on_both_databases! {
    async fn requests_are_counted_by_route_and_refusals_by_code(database) {
        let app = watched(database);
        let ana = app.broker("Ana").await;
        let (transaction, _) = ana.open_transaction("House").await;
        let path = format!("/api/v1/transactions/{transaction}");
        for _ in 0..3 {
            ana.get(&path).await.expect(200);
        }
        ana.get("/api/v1/transactions/9999").await.expect_refusal(404, "transaction_unknown");
        app.anonymous().get(&path).await.expect_refusal(401, "session_required");
        app.anonymous().get("/no/such/page").await.expect_refusal(404, "route_unknown");
        let page = scrape(&app).await;
        let route = [("method", "GET"), ("route", "/api/v1/transactions/{id}")];
        let requests = |status| page.value("entremise_http_requests_total", &[route[0], route[1], ("status", status)]);
        assert_eq!((requests("2xx"), requests("4xx"), requests("5xx")), (3.0, 2.0, 0.0));
        assert_eq!(page.value("entremise_http_request_seconds_count", &route), 5.0);
        let nowhere = [("method", "any"), ("route", "none"), ("status", "4xx")];
        assert_eq!(page.value("entremise_http_requests_total", &nowhere), 1.0);
        for code in ["transaction_unknown", "session_required", "route_unknown"] {
            assert_eq!(page.value("entremise_http_refusals_total", &[("code", code)]), 1.0, "{code}");
        }
        assert_eq!(page.value("entremise_http_refusals_total", &[("code", "internal")]), 0.0);
    }

    async fn the_work_of_the_database_is_counted(database) {
        let app = watched(database);
        let before = scrape(&app).await;
        let ana = app.broker("Ana").await;
        ana.get("/api/v1/transactions").await.expect(200);
        ana.open_transaction("House").await;
        let page = scrape(&app).await;
        for call in ["read", "write"] {
            let count = |page: &Scrape| page.value("entremise_database_call_seconds_count", &[("call", call)]);
            assert!(count(&page) > count(&before), "{call}");
        }
        assert!(page.value("entremise_database_wait_seconds_count", &[]) >= 3.0);
        assert_eq!(page.value("entremise_queue_limit", &[("queue", "database_calls")]), 256.0);
        assert_eq!(page.value("entremise_database_connections_limit", &[]), 4.0);
        assert!(page.value("entremise_database_connections", &[]) >= 1.0);
        let faults = |page: &Scrape| page.value("entremise_database_errors_total", &[("kind", "fault")]);
        assert_eq!(faults(&page), 0.0);
        app.app.store.write(|conn| Ok(conn.batch_execute("DROP TABLE demo_mails")?)).await.unwrap();
        ana.get("/api/v1/demo/mails").await.expect_refusal(500, "internal");
        assert_eq!(faults(&scrape(&app).await), 1.0);
    }

    async fn mails_and_passwords_are_counted(database) {
        let app = watched(database);
        let ana = app.broker("Ana").await;
        let mail = format!("counted.{:?}@example.org", database.backend()).to_lowercase();
        app.invite(&ana, &mail).await;
        let form = json!({ "email": ana.email(), "password": PASSWORD });
        app.anonymous().post("/api/v1/sessions", form).await.expect(201);
        let sent = [("outcome", "sent")];
        let is_sent = |page: &Scrape| page.value("entremise_mail_attempts_total", &sent) == 1.0;
        let page = eventually(&app, "the mail is counted", is_sent).await;
        assert_eq!(page.value("entremise_mail_attempts_total", &[("outcome", "parked")]), 0.0);
        assert_eq!(page.value("entremise_mails", &[("state", "parked")]), 0.0);
        assert_eq!(page.value("entremise_password_seconds_count", &[]), 1.0);
        assert_eq!(page.value("entremise_queue_limit", &[("queue", "passwords")]), 32.0);
    }
}

#[tokio::test]
async fn metrics_have_an_address_of_their_own_and_nothing_else_has() {
    let database = sqlite_database();
    let app = watched(&database);
    let ana = app.broker("Ana").await;
    ana.get("/metrics").await.expect_refusal(404, "route_unknown");
    let there = Person::new(app.metrics_url.as_deref().unwrap(), ana.token.clone());
    for path in
        ["/", "/metrics/", "/health/live", "/health/ready", "/api/v1/me", "/sign-in", "/static/manifest.webmanifest"]
    {
        there.get(path).await.expect(404);
    }
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let answer = there.send(there.request(method, "/metrics")).await;
        assert!(answer.status.is_client_error(), "{}", answer.status);
    }
    let database = sqlite_database();
    let quiet = TestApp::start(&database);
    assert_eq!(quiet.metrics_url, None, "nobody asked for metrics");
    quiet.anonymous().get("/metrics").await.expect_refusal(404, "route_unknown");
}

#[tokio::test]
async fn two_servers_in_one_process_count_apart() {
    let databases = [sqlite_database(), sqlite_database()];
    let [one, other] = databases.each_ref().map(watched);
    one.anonymous().get("/sign-in").await.expect(200);
    let visits = [("method", "GET"), ("route", "/sign-in"), ("status", "2xx")];
    assert_eq!(scrape(&one).await.value("entremise_http_requests_total", &visits), 1.0);
    assert_eq!(scrape(&other).await.value("entremise_http_requests_total", &visits), 0.0);
}
