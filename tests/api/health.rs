//! What a load balancer is told.

use diesel::connection::SimpleConnection;
use serde_json::json;

use super::metrics::{scrape, watched};
use crate::support::{TestApp, sqlite_database};

on_both_databases! {
    async fn a_node_is_ready_while_its_database_works(database) {
        let app = watched(database);
        let nobody = app.anonymous();
        assert_eq!(nobody.get("/health/live").await.expect(200), &json!({ "status": "live" }));
        assert_eq!(nobody.get("/health/ready").await.expect(200), &json!({ "status": "ready" }));
        assert_eq!(scrape(&app).await.value("entremise_ready", &[]), 1.0);
        app.app.store.write(|conn| Ok(conn.batch_execute("ALTER TABLE accounts RENAME TO gone")?)).await.unwrap();
        let refused = nobody.get("/health/ready").await;
        refused.expect_refusal(503, "unavailable");
        assert!(!refused.header("retry-after").is_empty());
        assert_eq!(scrape(&app).await.value("entremise_ready", &[]), 0.0);
        // To restart it would help nobody.
        nobody.get("/health/live").await.expect(200);
        app.app.store.write(|conn| Ok(conn.batch_execute("ALTER TABLE gone RENAME TO accounts")?)).await.unwrap();
        nobody.get("/health/ready").await.expect(200);
    }
}

#[tokio::test]
async fn without_redis_a_node_is_degraded_and_stays_in_rotation() {
    // Nobody listens at port 1.
    let settings = [("REDIS_URL", "redis://127.0.0.1:1"), ("ENTREMISE_METRICS_BIND", "127.0.0.1:0")];
    let database = sqlite_database();
    let app = TestApp::start_with(&database, &settings);
    assert_eq!(app.anonymous().get("/health/ready").await.expect(200), &json!({ "status": "degraded" }));
    let page = scrape(&app).await;
    assert_eq!(page.value("entremise_ready", &[]), 1.0);
    assert_eq!(page.value("entremise_bus_state", &[("state", "broken")]), 1.0);
    assert_eq!(page.value("entremise_bus_state", &[("state", "connected")]), 0.0);
}
