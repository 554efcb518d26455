//! What requests count, and the page that a scrape reads. That page is answered on an address of its own
//! (`ENTREMISE_METRICS_BIND`), never on the one that people use.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::health;
use super::routes::ROUTES;
use super::state::HttpState;
use crate::domain::{Code, Refusals};
use crate::telemetry::metrics::{
    CONTENT_TYPE, Counter, Counters, Histogram, Page, ProcessMetrics, SLOW_SECONDS, Source, render,
};

pub struct HttpMetrics {
    /// In the order of [`ROUTES`], and one more for what matches none.
    routes: Box<[RouteMetrics]>,
    refusals: Counters<Code>,
}

struct RouteMetrics {
    method: &'static str,
    path: &'static str,
    /// 1xx to 5xx.
    answered: [Counter; 5],
    took: Histogram,
}

const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

impl Default for HttpMetrics {
    fn default() -> Self {
        let known = ROUTES.iter().map(|route| (route.method, route.path));
        let route = |(method, path)| RouteMetrics {
            method,
            path,
            answered: Default::default(),
            took: Histogram::of_time(SLOW_SECONDS),
        };
        Self { routes: known.chain([("any", "none")]).map(route).collect(), refusals: Counters::default() }
    }
}

impl HttpMetrics {
    /// `route` is the place in the table, `None` for what stands nowhere.
    pub fn answered(&self, route: Option<usize>, status: StatusCode, took: Duration) {
        let Some(route) = route.map_or(self.routes.last(), |place| self.routes.get(place)) else { return };
        let class = usize::from(status.as_u16() / 100).saturating_sub(1);
        if let Some(counter) = route.answered.get(class) {
            counter.one();
        }
        route.took.took(took);
    }

    pub fn refused(&self, refusals: &Refusals) {
        if let Some(first) = refusals.first() {
            self.refusals.one(first.code);
        }
    }
}

impl Source for HttpMetrics {
    fn write(&self, page: &mut Page<'_>) -> fmt::Result {
        let of = |route: &RouteMetrics| [("method", route.method), ("route", route.path)];
        page.counters(
            "entremise_http_requests_total",
            "Requests answered, by the pattern of their route.",
            self.routes.iter().flat_map(|route| {
                let [method, path] = of(route);
                let answered = CLASSES.iter().zip(&route.answered);
                answered.map(move |(class, counter)| ([method, path, ("status", *class)], counter.get()))
            }),
        )?;
        page.distributions(
            "entremise_http_request_seconds",
            "From a request's head to its answer's.",
            self.routes.iter().map(|route| (of(route), route.took.read())),
        )?;
        page.counted("entremise_http_refusals_total", "Requests refused, by the code of the refusal.", &self.refusals)
    }
}

/// All that the metrics' own address answers.
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
