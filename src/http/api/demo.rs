//! The demo's mailbox. Outside demo mode these routes do not exist.

use actix_web::{HttpResponse, http::header, web};
use serde_json::json;

use crate::domain::Code;
use crate::http::error::ApiResult;
use crate::http::guard::MAIL_POLICY;
use crate::http::route::routes;
use crate::http::state::HttpState;

fn only_in_demo(state: &HttpState) -> Result<(), Code> {
    if state.app.settings.demo { Ok(()) } else { Err(Code::RouteUnknown) }
}

pub async fn list(state: web::Data<HttpState>) -> ApiResult {
    only_in_demo(&state)?;
    let mails = state.app.demo_mails().await?;
    Ok(HttpResponse::Ok().json(json!({ "mails": mails })))
}

pub async fn show(state: web::Data<HttpState>, id: web::Path<i64>) -> ApiResult {
    only_in_demo(&state)?;
    let mail = state.app.demo_mail(*id).await?;
    Ok(HttpResponse::Ok().json(json!({ "mail": mail })))
}

/// The HTML part as a mail program would show it: a document of its own, without scripts.
pub async fn html(state: web::Data<HttpState>, id: web::Path<i64>) -> ApiResult {
    only_in_demo(&state)?;
    let mail = state.app.demo_mail(*id).await?;
    // A click leaves the frame, as it would leave a mail program.
    let html = mail.html.replacen("<head>", "<head><base target=\"_top\">", 1);
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_SECURITY_POLICY, MAIL_POLICY))
        .content_type("text/html; charset=utf-8")
        .body(html))
}

routes! { demo_mail:
    GET "/api/v1/demo/mails"      ANYONE list;
    GET "/api/v1/demo/mails/{id}" ANYONE show;
    GET "/demo/mails/{id}/html"   ANYONE html;
}
