//! Closes the connection after the answer if a chunked body was not read to its end. The framework would read on without a deadline,
//! as long as the client sends.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{Error, HttpMessage};
use futures_util::Stream;

pub async fn close(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let chunked = ChunkedBody::hold(&mut request);
    let response = next.call(request).await?.map_into_boxed_body();
    Ok(match chunked {
        Some(body) => body.answered(response),
        None => response,
    })
}

/// The body of a request, held beside its handler. It is dropped only after the answer, which makes the framework close the
/// connection.
#[derive(Clone)]
struct ChunkedBody(Rc<RefCell<HeldPayload>>);

struct HeldPayload {
    payload: Payload,
    is_read: bool,
}

impl ChunkedBody {
    /// `None` if the length of the body is known: the framework closes such a connection by itself.
    fn hold(request: &mut ServiceRequest) -> Option<Self> {
        let is_socket = request.headers().contains_key(header::UPGRADE);
        if is_socket || !request.chunked().unwrap_or(true) {
            return None;
        }
        let held = Self(Rc::new(RefCell::new(HeldPayload { payload: request.take_payload(), is_read: false })));
        request.set_payload(Payload::Stream { payload: Box::pin(held.clone()) });
        Some(held)
    }

    /// The answer, which ends the connection if the body was not read to its end.
    fn answered(self, response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
        if self.0.borrow().is_read {
            return response;
        }
        response.map_body(|_, body| BoxBody::new(Holding { body, _held: self }))
    }
}

impl Stream for ChunkedBody {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut held = self.0.borrow_mut();
        let polled = Pin::new(&mut held.payload).poll_next(context);
        if matches!(polled, Poll::Ready(None)) {
            held.is_read = true;
        }
        polled
    }
}

struct Holding {
    body: BoxBody,
    _held: ChunkedBody,
}

impl MessageBody for Holding {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}
