//! Keeps pages of other sites from acting in a person's name.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, header};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, web};

use super::refuse;
use crate::domain::Code;
use crate::http::route::{Csrf, Matched};
use crate::http::state::{HttpState, SiteSettings, token_of};

pub async fn check(
    state: web::Data<HttpState>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if is_checked(&request) && is_forged(request.request(), &state.site) {
        return Ok(refuse(request, Code::CsrfRefused));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// A request without a route acts in nobody's name.
fn is_checked(request: &ServiceRequest) -> bool {
    request.extensions().get::<Matched>().is_some_and(|matched| matched.route.csrf == Csrf::Checked)
}

/// Browsers say where a request comes from; a cookie, which they attach by themselves, counts only with a header that
/// another site cannot set.
fn is_forged(request: &HttpRequest, site: &SiteSettings) -> bool {
    let is_socket = request.headers().contains_key(header::UPGRADE);
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) && !is_socket {
        return false;
    }
    let in_cookie = token_of(request, site).is_some_and(|(_, in_cookie)| in_cookie);
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let from_elsewhere = match (text("origin"), text("sec-fetch-site")) {
        (Some(origin), _) => !site.is_own_origin(origin),
        (None, Some(fetch_site)) => !matches!(fetch_site, "same-origin" | "none"),
        // The client is no browser, or a socket without an origin: then only a token in a header counts.
        (None, None) => is_socket && in_cookie,
    };
    let unmarked = in_cookie && !is_socket && text("x-requested-with") != Some("entremise");
    from_elsewhere || unmarked
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::http::route::{ANYONE, Route};

    #[test]
    fn a_signed_call_of_another_program_needs_no_header_of_a_browser() {
        const PAGE: Route = Route::new("POST", "/form", "form.send", ANYONE);
        const WEBHOOK: Route = Route { csrf: Csrf::Exempt, ..PAGE };
        let asked = |route: &'static Route| {
            let request = TestRequest::post().to_srv_request();
            request.extensions_mut().insert(Matched { place: 0, route });
            is_checked(&request)
        };
        assert!(asked(&PAGE), "a route is checked unless its policy says otherwise");
        assert!(!asked(&WEBHOOK));
    }
}
