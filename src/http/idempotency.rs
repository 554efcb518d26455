//! The header by which a client says that a request is a repetition.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde_json::json;

use super::describe::{Describe, Operation};
use super::error::ApiError;
use crate::domain::{Code, IdempotencyKey, Refusal};

const HEADER: &str = "idempotency-key";

/// The key of a request that makes something, if it has one.
pub struct RequestKey(pub Option<IdempotencyKey>);

impl FromRequest for RequestKey {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let mut given = request.headers().get_all(HEADER);
        let key = match (given.next(), given.next()) {
            (None, _) => Ok(None),
            (Some(only), None) => IdempotencyKey::parse(only.to_str().unwrap_or_default()).map(Some),
            (Some(_), Some(_)) => Err(Refusal::field(Code::IdempotencyKeyInvalid, "Idempotency-Key")),
        };
        ready(key.map(Self).map_err(ApiError::from))
    }
}

impl Describe for RequestKey {
    fn describe(operation: &mut Operation) {
        operation.parameters.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "Sent again with each repetition, so that nothing is made twice.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 64 },
        }));
        operation.refuse(&[Code::IdempotencyKeyInvalid, Code::IdempotencyKeyReused]);
    }
}
