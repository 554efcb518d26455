//! The metrics of requests.

use std::fmt;
use std::time::Duration;

use actix_web::http::StatusCode;

use super::route::Route;
use crate::domain::{Code, Refusals};
use crate::telemetry::metrics::{Counter, Counters, Histogram, Page, SLOW_SECONDS, Source};

pub struct HttpMetrics {
    /// One for each route in the order of the table, and one for requests without a route.
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

impl HttpMetrics {
    pub fn of(routes: impl Iterator<Item = &'static Route>) -> Self {
        let known = routes.map(|route| (route.method, route.path));
        let route = |(method, path)| RouteMetrics {
            method,
            path,
            answered: Default::default(),
            took: Histogram::of_time(SLOW_SECONDS),
        };
        Self { routes: known.chain([("any", "none")]).map(route).collect(), refusals: Counters::default() }
    }

    /// `route` is the index in the table, `None` for a request without a route.
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
