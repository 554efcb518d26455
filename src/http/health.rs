use std::time::Duration;

use actix_web::{HttpResponse, web};

use super::error::ApiResult;
use super::state::HttpState;

/// The process runs.
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}

/// The process can do its work: its database answers within a second.
pub async fn ready(state: web::Data<HttpState>) -> ApiResult {
    let asked = state.app.is_ready();
    match tokio::time::timeout(Duration::from_secs(1), asked).await {
        Ok(result) => result?,
        Err(_) => return Err(crate::domain::Code::Unavailable.into()),
    }
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n"))
}
