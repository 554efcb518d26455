//! The demo's mailbox. Outside demo mode these routes do not exist.

use actix_web::web;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app;
use crate::domain::{Code, EmailAddress, Timestamp};
use crate::http::answer::{Html, Shown};
use crate::http::error::ApiResult;
use crate::http::route::routes;
use crate::http::state::HttpState;

#[derive(Serialize, ToSchema)]
pub struct DemoMailList {
    mails: Vec<DemoMailSummaryView>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = DemoMailSummary)]
struct DemoMailSummaryView {
    id: i64,
    to: EmailAddress,
    subject: String,
    sent_at: Timestamp,
}

#[derive(Serialize, ToSchema)]
pub struct DemoMailAnswer {
    mail: DemoMailView,
}

#[derive(Serialize, ToSchema)]
#[schema(as = DemoMail)]
struct DemoMailView {
    id: i64,
    to: EmailAddress,
    subject: String,
    text: String,
    html: String,
    sent_at: Timestamp,
}

/// A mail shown in a frame: its own styles, no scripts, no origin. A click may open the link in the whole window.
const MAIL_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data: https:; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'self'; \
     sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation";

fn only_in_demo(state: &HttpState) -> Result<(), Code> {
    if state.app.settings.demo { Ok(()) } else { Err(Code::RouteUnknown) }
}

pub async fn list(state: web::Data<HttpState>) -> ApiResult<Shown<DemoMailList>> {
    only_in_demo(&state)?;
    let mails = app::demo::mails(&state.app).await?;
    let summary = |mail: crate::store::demo_mails::DemoMailSummary| DemoMailSummaryView {
        id: mail.id,
        to: mail.to,
        subject: mail.subject,
        sent_at: mail.sent_at,
    };
    Ok(Shown::of(DemoMailList { mails: mails.into_iter().map(summary).collect() }))
}

pub async fn show(state: web::Data<HttpState>, id: web::Path<i64>) -> ApiResult<Shown<DemoMailAnswer>> {
    only_in_demo(&state)?;
    let mail = app::demo::mail(&state.app, *id).await?;
    let mail = DemoMailView {
        id: mail.id,
        to: mail.to,
        subject: mail.subject,
        text: mail.text,
        html: mail.html,
        sent_at: mail.sent_at,
    };
    Ok(Shown::of(DemoMailAnswer { mail }))
}

/// The HTML part as a mail program would show it: a document of its own, without scripts.
pub async fn html(state: web::Data<HttpState>, id: web::Path<i64>) -> ApiResult<Html> {
    only_in_demo(&state)?;
    let mail = app::demo::mail(&state.app, *id).await?;
    // A click leaves the frame, as it would leave a mail program.
    let text = mail.html.replacen("<head>", "<head><base target=\"_top\">", 1);
    Ok(Html { text, policy: MAIL_POLICY })
}

routes! { demo_mail:
    /// The mails that would have left, newest first. Only in demo mode.
    GET "/api/v1/demo/mails" ANYONE list { refuses: &[&[Code::RouteUnknown]] };
    /// One of them.
    GET "/api/v1/demo/mails/{id}" ANYONE show { refuses: &[&[Code::MailUnknown]] };
    /// Its HTML as a page of its own, for a sandboxed frame.
    GET "/demo/mails/{id}/html" ANYONE html { refuses: &[&[Code::MailUnknown]] };
}
