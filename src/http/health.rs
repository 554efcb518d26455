//! The checks of a load balancer. `live`: the process runs. `ready`: it can do its work, or the answer says why not.

use std::fmt;
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::web;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::Shown;
use super::error::ApiResult;
use super::route::routes;
use super::state::HttpState;
use crate::adapters::bus::BusHealth;
use crate::app::AppError;
use crate::domain::Code;
use crate::telemetry::metrics::{Page, Source};

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// The state of this node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    Ready,
    /// The node works, and other nodes get its events late, because Redis is away.
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
            // A balancer asks every few seconds, so only the change is logged.
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

#[derive(Serialize, ToSchema)]
pub struct HealthAnswer {
    status: HealthStatus,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum HealthStatus {
    /// The process runs.
    Live,
    Ready,
    /// Redis is away: it serves its people, and other nodes hear of it late. It must stay in rotation.
    Degraded,
}

pub async fn live() -> Shown<HealthAnswer> {
    Shown::of(HealthAnswer { status: HealthStatus::Live })
}

pub async fn ready(state: web::Data<HttpState>) -> ApiResult<Shown<HealthAnswer>> {
    match look(&state).await {
        Health::Ready => Ok(Shown::of(HealthAnswer { status: HealthStatus::Ready })),
        Health::Degraded => Ok(Shown::of(HealthAnswer { status: HealthStatus::Degraded })),
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
    /// The process runs. It asks nothing of the database; restart the process when it does not answer.
    GET "/health/live" ANYONE live;
    /// This node can do its work: its database answers within a second, and it has not been told to stop.
    GET "/health/ready" ANYONE ready;
}
