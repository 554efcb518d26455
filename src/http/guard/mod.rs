//! The middlewares that every request and its answer pass, one for each concern.

mod headers;
mod network;
mod origin;
mod refusals;
mod session;
mod trace;
mod unread;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::{App, Error, web};

use super::error::ApiError;
use super::state::HttpState;
use super::{openapi, routes};

/// The application that one worker serves. A request passes the middlewares from the last line to the first.
pub fn application(
    state: web::Data<HttpState>,
) -> App<
    impl ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<BoxBody>, Error = Error, InitError = ()>,
> {
    App::new()
        .app_data(state)
        .app_data(web::Data::new(openapi::document()))
        .wrap(from_fn(session::require))
        .wrap(from_fn(origin::check))
        .wrap(from_fn(network::count))
        .wrap(from_fn(refusals::write))
        .wrap(from_fn(headers::set))
        .wrap(from_fn(trace::trace))
        .wrap(from_fn(unread::close))
        .configure(routes::configure)
}

/// Ends the request. [`refusals`] writes the answer.
fn refuse(request: ServiceRequest, error: impl Into<ApiError>) -> ServiceResponse<BoxBody> {
    request.error_response(error.into())
}
