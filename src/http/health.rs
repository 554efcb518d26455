//! What a load balancer asks. `live`: the process runs. `ready`: it can do its work, or it is told why not.

use std::fmt;
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::error::ApiResult;
use super::route::routes;
use super::state::HttpState;
use crate::adapters::bus::BusHealth;
use crate::app::AppError;
use crate::domain::Code;
use crate::telemetry::metrics::{Page, Source};

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// How this node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    Ready,
    /// It works, and other nodes hear of it late: Redis is away.
    Degraded,
    NotReady,
}

pub async fn look(state: &HttpState) -> Health {
    let asked = tokio::time::timeout(PATIENCE, state.app.is_ready());
    let health = match (asked.await, state.app.bus.health()) {
        _ if state.stopping.load(Ordering::Relaxed) => Health::NotReady,
        (Ok(Ok(())), BusHealth::Broken) => Health::Degraded,
        (Ok(Ok(())), _) => Health::Ready,
        (Ok(Err(AppError::Internal(cause))), _) => {
            // A balancer asks every few seconds; one line is enough.
            if !state.unready_logged.swap(true, Ordering::Relaxed) {
                tracing::error!(error = %cause, "not ready: the database answers, and not as it should");
            }
            return Health::NotReady;
        }
        _ => Health::NotReady,
    };
    if health != Health::NotReady && state.unready_logged.swap(false, Ordering::Relaxed) {
        tracing::info!("ready again");
    }
    health
}

pub async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "live" }))
}

pub async fn ready(state: web::Data<HttpState>) -> ApiResult {
    match look(&state).await {
        Health::Ready => Ok(HttpResponse::Ok().json(json!({ "status": "ready" }))),
        Health::Degraded => Ok(HttpResponse::Ok().json(json!({ "status": "degraded" }))),
        Health::NotReady => Err(Code::Unavailable.into()),
    }
}

impl Source for Health {
    fn write(&self, page: &mut Page<'_>) -> fmt::Result {
        let is_ready = u32::from(*self != Self::NotReady);
        page.gauge("entremise_ready", "1 if /health/ready says yes, at this moment.", is_ready)
    }
}

routes! { health:
    GET "/health/live"  ANYONE live;
    GET "/health/ready" ANYONE ready;
}
