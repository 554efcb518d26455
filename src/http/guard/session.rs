//! Finds the caller, and checks that the route is for them.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};

use super::{network, refuse};
use crate::app::{self, AppResult};
use crate::domain::{Caller, Code, Refusal};
use crate::http::route::{Matched, Who};
use crate::http::state::{HttpState, token_of};

/// A handler of a route that is not for anyone finds the [`Caller`] in the request.
pub async fn require(
    state: web::Data<HttpState>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let matched = request.extensions().get::<Matched>().copied();
    // A request without a route is answered without looking up the caller.
    let who = matched.map_or(Who::Anyone, |matched| matched.route.who);
    if !matches!(who, Who::Anyone) {
        let caller = match caller_of(&request, &state).await {
            Ok(caller) => caller,
            Err(error) => return Ok(refuse(request, error)),
        };
        network::give_back(&request);
        let is_allowed = match who {
            Who::Anyone | Who::SignedIn => true,
            Who::Only(roles) => roles.contains(&caller.role),
        };
        // Inserted first: the refusal is written in their language.
        request.extensions_mut().insert::<Caller>(caller);
        if !is_allowed {
            return Ok(refuse(request, Code::Forbidden));
        }
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

async fn caller_of(request: &ServiceRequest, state: &HttpState) -> AppResult<Caller> {
    let token = token_of(request.request(), &state.site);
    let reason = match &token {
        Some((token, _)) => {
            match app::sessions::authenticate(&state.app, token, state.site.origin_of(request.request())).await? {
                Some(caller) => return Ok(caller),
                None => app::sessions::why_ended(&state.app, token).await?,
            }
        }
        None => None,
    };
    Err(Refusal { reason, ..Refusal::new(Code::SessionRequired) }.into())
}
