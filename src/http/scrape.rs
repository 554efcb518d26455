//! The page that a scrape of the metrics reads. It is answered on an address of its own (`ENTREMISE_METRICS_BIND`), never on
//! the one that people use.

use std::sync::Arc;

use actix_web::{HttpResponse, web};

use super::health;
use super::state::HttpState;
use crate::telemetry::metrics::{CONTENT_TYPE, ProcessMetrics, Source, render};

/// The routes of the metrics' own address.
pub fn configure_metrics(config: &mut web::ServiceConfig) {
    config.route("/metrics", web::get().to(show));
}

async fn show(state: web::Data<HttpState>, process: web::Data<ProcessMetrics>) -> HttpResponse {
    let health = health::look(&state).await;
    let sources: Vec<Arc<dyn Source>> = vec![
        process.into_inner(),
        Arc::new(health),
        Arc::new(state.realtime.sample().await),
        state.metrics.clone(),
        state.connections.clone(),
        state.app.clone(),
    ];
    match render(sources) {
        Ok(text) => {
            HttpResponse::Ok().content_type(CONTENT_TYPE).insert_header(("cache-control", "no-store")).body(text)
        }
        Err(error) => {
            tracing::error!(%error, "cannot write the metrics");
            HttpResponse::InternalServerError().finish()
        }
    }
}
