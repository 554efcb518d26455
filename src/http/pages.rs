//! Every page is one document; its scripts read the address and show what belongs there.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};

use super::assets::{self, Reader};
use super::error::{ApiResult, status_of};
use super::route::{Layout, Matched, routes};
use super::state::{HttpState, language_of, token_of};
use crate::app::{self, AppResult};
use crate::domain::{Caller, Code, EndReason, Role};

pub async fn show(request: HttpRequest, state: web::Data<HttpState>) -> ApiResult {
    document(&request, &state, StatusCode::OK).await
}

/// Redirects to the page for the caller.
pub async fn home(request: HttpRequest, state: web::Data<HttpState>) -> ApiResult {
    let caller = visitor(&request, &state).await?;
    let place = match caller.map(|caller| caller.role) {
        None => "/sign-in",
        Some(Role::Admin) => "/admin",
        Some(Role::Broker) => "/broker",
        Some(Role::Client) => "/client",
    };
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, place)).finish())
}

/// The status of a dead link's page says so to programs too. Opening it does not use the link up.
pub async fn invitation(request: HttpRequest, state: web::Data<HttpState>, token: web::Path<String>) -> ApiResult {
    let status = match app::invitation_links::find(&state.app, &token).await {
        Ok(_) => StatusCode::OK,
        Err(error) => status_of(&error),
    };
    document(&request, &state, status).await
}

pub async fn access(request: HttpRequest, state: web::Data<HttpState>, token: web::Path<String>) -> ApiResult {
    let status = match app::access_links::find(&state.app, &token).await {
        Ok(_) => StatusCode::OK,
        Err(error) => status_of(&error),
    };
    document(&request, &state, status).await
}

pub async fn setup(request: HttpRequest, state: web::Data<HttpState>, token: web::Path<String>) -> ApiResult {
    let status = match app::setup::check(&state.app, &token).await {
        Ok(()) => StatusCode::OK,
        Err(error) => status_of(&error),
    };
    document(&request, &state, status).await
}

/// The page that says that there is nothing at this address.
pub async fn missing(request: &HttpRequest, state: &HttpState) -> ApiResult {
    document(request, state, StatusCode::NOT_FOUND).await
}

/// Answers every request without a route.
pub async fn unknown() -> ApiResult {
    Err(Code::RouteUnknown.into())
}

async fn document(request: &HttpRequest, state: &HttpState, status: StatusCode) -> ApiResult {
    let visitor = visitor(request, state).await;
    let caller = visitor.as_ref().ok().and_then(Option::as_ref);
    // Before anything else is read: the page follows what changes from here on.
    let changes = match caller {
        Some(caller) => app::account_changes::head(&state.app, caller).await.ok(),
        None => None,
    };
    // The page contains the account, so its scripts need not ask.
    let account = match caller {
        Some(caller) => {
            app::me::account(&state.app, caller).await.ok().and_then(|own| serde_json::to_string(&own).ok())
        }
        None => None,
    };
    let page = request.match_pattern();
    let layout = request.extensions().get::<Matched>().and_then(|matched| matched.route.page);
    let signed_in = visitor.is_err() || caller.is_some();
    let ended = if signed_in { None } else { why_ended(request, state).await };
    let html = assets::document(&Reader {
        language: caller.map_or_else(|| language_of(request), |caller| caller.language),
        brand: &state.app.settings.brand.name,
        broker_label: state.app.settings.brand.broker_label,
        // While the database is away this is unknown; then the page's scripts ask, and show the failure.
        signed_in,
        session_ended: ended,
        account,
        changes,
        page: page.as_deref(),
        layout: layout.unwrap_or(Layout::Own),
    })?;
    let mut response = HttpResponse::build(status);
    response.content_type("text/html; charset=utf-8").insert_header((header::VARY, "Accept-Encoding"));
    match assets::compressed(request.headers(), html.as_bytes()) {
        Some(packed) => Ok(response.insert_header((header::CONTENT_ENCODING, "gzip")).body(packed)),
        None => Ok(response.body(html)),
    }
}

/// Why the session of this browser ended, in the words of the close codes, for the notice on the page.
async fn why_ended(request: &HttpRequest, state: &HttpState) -> Option<&'static str> {
    let (token, _) = token_of(request, &state.site)?;
    let reason = app::sessions::why_ended(&state.app, &token).await.ok()??;
    Some(if reason == EndReason::Expired { "session_expired" } else { reason.as_str() })
}

async fn visitor(request: &HttpRequest, state: &HttpState) -> AppResult<Option<Caller>> {
    match token_of(request, &state.site) {
        Some((token, _)) => app::sessions::authenticate(&state.app, &token, state.site.origin_of(request)).await,
        None => Ok(None),
    }
}

routes! { page:
    GET "/"                           ANYONE home { page: Some(Layout::Own) };
    GET "/sign-in"                    ANYONE show { page: Some(Layout::Own) };
    GET "/reset"                      ANYONE show { page: Some(Layout::Gate) };
    GET "/reset/code"                 ANYONE show { page: Some(Layout::Gate) };
    GET "/access/{token}"             ANYONE access { page: Some(Layout::Gate) };
    GET "/setup/{token}"              ANYONE setup { page: Some(Layout::Gate) };
    GET "/client/invitation/{token}"  ANYONE invitation { page: Some(Layout::Gate) };
    GET "/broker"                     ANYONE show { page: Some(Layout::Own) };
    GET "/broker/clients"             ANYONE show { page: Some(Layout::Own) };
    GET "/broker/invite"              ANYONE show { page: Some(Layout::Own) };
    GET "/broker/transactions/{id}"   ANYONE show { page: Some(Layout::Room) };
    GET "/client"                     ANYONE show { page: Some(Layout::Own) };
    GET "/client/transactions/{id}"   ANYONE show { page: Some(Layout::Room) };
    GET "/admin"                      ANYONE show { page: Some(Layout::Own) };
    GET "/account"                    ANYONE show { page: Some(Layout::Own) };
    GET "/demo/mailbox"               ANYONE show { page: Some(Layout::Open) };
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::ROUTES;

    /// The browser's own table: where it stands is found, so that its modules may be sorted.
    fn browser_table() -> String {
        let mut folders = vec![std::path::PathBuf::from("static/js")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.file_name().is_some_and(|name| name == "routes.js") {
                    return fs::read_to_string(path).unwrap();
                }
            }
        }
        panic!("static/js has no routes.js");
    }

    #[test]
    fn the_browser_knows_the_same_pages() {
        let table = browser_table();
        let line = |line: &'static str| line.trim().strip_prefix('"')?.split_once("\": {").map(|(path, _)| path);
        let browser: BTreeSet<&str> = table.leak().lines().filter_map(line).collect();
        let server: BTreeSet<&str> = ROUTES.iter().map(|route| route.path).collect();
        assert_eq!(server, browser);
        assert!(ROUTES.iter().all(|route| route.page.is_some()), "a page without a layout");
    }

    #[test]
    fn the_documentation_names_every_page() {
        let text = fs::read_to_string("docs/API.md").unwrap();
        let (_, section) = text.split_once("\n## Pages\n").unwrap();
        for route in ROUTES {
            assert!(section.contains(&format!("`{}`", route.path)), "{} is not in docs/API.md", route.path);
        }
    }
}
