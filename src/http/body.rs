//! Reads JSON bodies and queries. Each mistake has its own code and field.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use utoipa::{IntoParams, ToSchema};

use super::describe::{Describe, Operation, query};
use super::error::ApiError;
use super::state::HttpState;
use crate::domain::{Code, Refusal};

pub use crate::domain::given;

const DEFAULT_BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// A JSON body with known fields of the right types, no larger than allowed.
pub struct Json<T>(pub T);

/// The query of a URL, as strict as a body.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            let bytes = read_in_time(&request, payload).await?;
            // serde would also take a list, as the fields in the order of our source code.
            if bytes.trim_ascii_start().first() != Some(&b'{') {
                return Err(Code::BodyMalformed.into());
            }
            let mut parser = serde_json::Deserializer::from_slice(&bytes);
            let value = serde_path_to_error::deserialize(&mut parser).map_err(|error| {
                let path = error.path().to_string();
                refusal_of(&path, &error.into_inner())
            })?;
            parser.end().map_err(|_| Refusal::new(Code::BodyMalformed))?;
            Ok(Self(value))
        })
    }
}

/// The limit of time ends a request whose client sends its body slowly or stops in the middle.
async fn read_in_time(request: &HttpRequest, payload: Payload) -> Result<web::BytesMut, ApiError> {
    let limit =
        request.app_data::<web::Data<HttpState>>().map_or(DEFAULT_BODY_TIMEOUT, |state| state.site.body_timeout);
    let read = tokio::time::timeout(limit, read(request, payload)).await;
    read.unwrap_or_else(|_| Err(Code::BodyTooSlow.into()))
}

async fn read(request: &HttpRequest, mut payload: Payload) -> Result<web::BytesMut, ApiError> {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.map(|value| value.split(';').next().unwrap_or("").trim().to_ascii_lowercase());
    if essence.as_deref() != Some("application/json") {
        return Err(Code::ContentTypeUnsupported.into());
    }
    let limit = request.app_data::<web::Data<HttpState>>().map_or(131_072, |state| state.site.max_body_bytes);
    let mut bytes = web::BytesMut::new();
    while let Some(chunk) = payload.next().await {
        // The connection broke before the end of the body, so the request is dropped.
        let chunk = chunk.map_err(|_| Refusal::new(Code::BodyMalformed))?;
        if bytes.len() + chunk.len() > limit {
            return Err(Code::BodyTooLarge.into());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Turns serde's words into a code and a field.
fn refusal_of(path: &str, error: &serde_json::Error) -> Refusal {
    let words = error.to_string();
    let field_is_known = !path.is_empty() && path != "." && path != "?";
    // The body has an escape of half a character. The rest is read, so that the refusal names the field.
    if field_is_known
        && (words.starts_with("lone leading surrogate") || words.starts_with("unexpected end of hex escape"))
    {
        return Refusal::field(Code::ValueInvalid, path.to_owned());
    }
    if !error.is_data() {
        return Refusal::new(Code::BodyMalformed);
    }
    let quoted = words.split('`').nth(1).unwrap_or_default();
    let inside = |name: &str| if path.is_empty() || path == "." { name.to_owned() } else { format!("{path}.{name}") };
    if words.starts_with("unknown field") {
        // The path already ends with the unknown name.
        let name = if path.ends_with(quoted) { path.to_owned() } else { inside(quoted) };
        return Refusal::field(Code::FieldUnknown, name);
    }
    if words.starts_with("missing field") {
        return Refusal::field(Code::ValueMissing, inside(quoted));
    }
    if path.is_empty() || path == "." {
        return Refusal::new(Code::BodyMalformed);
    }
    Refusal::field(Code::ValueInvalid, path.to_owned())
}

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = ApiError;
    type Future = std::future::Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        std::future::ready(Self::parse(request.query_string()).map_err(ApiError::from))
    }
}

impl<T: DeserializeOwned> Query<T> {
    pub fn parse(query: &str) -> Result<Self, Refusal> {
        let query = web::Query::<T>::from_query(query);
        query.map(|query| Self(query.into_inner())).map_err(|_| Code::QueryInvalid.into())
    }
}

impl<T: ToSchema> Describe for Json<T> {
    fn describe(operation: &mut Operation) {
        operation.take::<T>();
        operation.refuse(&[
            Code::BodyMalformed,
            Code::BodyTooLarge,
            Code::BodyTooSlow,
            Code::ContentTypeUnsupported,
            Code::FieldUnknown,
            Code::ValueMissing,
            Code::ValueInvalid,
        ]);
    }
}

impl<T: IntoParams> Describe for Query<T> {
    fn describe(operation: &mut Operation) {
        query::<T>(operation);
        operation.refuse(&[Code::QueryInvalid]);
    }
}
