//! The answer to a refusal: status, stable code, text in the reader's language, the fields it belongs to, the request's id.
//! A fault of the program is answered with `internal` and the id alone; its cause is in the log.

use std::borrow::Cow;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::adapters::texts::Texts;
use crate::app::AppError;
use crate::domain::{Class, Code, EndReason, InvitationId, Language, Refusal, Refusals, Seq};

/// The failure of a handler.
#[derive(Debug)]
pub struct ApiError(AppError);

pub type ApiResult<T = HttpResponse> = Result<T, ApiError>;

/// Travels with the response to the guards, which know the reader and write the body.
pub struct Refused(pub Refusals);

#[derive(Serialize, ToSchema)]
pub struct ErrorAnswer {
    error: ErrorBody,
}

#[derive(Serialize, ToSchema)]
struct ErrorBody {
    code: Code,
    /// In the reader's language: their account's, else `Accept-Language`, else French.
    message: String,
    /// The first field that is wrong, if it is a field.
    field: Option<String>,
    /// All that is wrong with the form.
    fields: Vec<FieldError>,
    /// Stands in the log beside the cause.
    request_id: String,
    /// Where the first message with this nonce stands (`nonce_reused`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    seq: Option<Seq>,
    /// The one that is under way (`invitation_pending`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    invitation_id: Option<InvitationId>,
    /// Why the session ended that was meant (`session_required`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<EndReason>,
}

#[derive(Serialize, ToSchema)]
struct FieldError {
    field: String,
    code: Code,
    message: String,
}

/// Every code that can leave the server.
impl PartialSchema for Code {
    fn schema() -> RefOr<Schema> {
        let codes = Self::ALL.iter().map(|code| code.as_str());
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(codes)).into()
    }
}

impl ToSchema for Code {
    fn name() -> Cow<'static, str> {
        "ErrorCode".into()
    }
}

impl<E: Into<AppError>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.first().code.as_str())
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        status(self.0.first().code)
    }

    fn error_response(&self) -> HttpResponse {
        let refusals = match &self.0 {
            AppError::Refused(refusals) => refusals.clone(),
            AppError::Internal(cause) => {
                tracing::error!(error = %cause, "a request failed");
                Refusal::new(Code::Internal).into()
            }
        };
        let mut response = HttpResponse::new(self.status_code());
        response.extensions_mut().insert(Refused(refusals));
        response
    }
}

pub fn status(code: Code) -> StatusCode {
    match (code, code.class()) {
        (Code::MethodNotAllowed, _) => StatusCode::METHOD_NOT_ALLOWED,
        (Code::UpgradeRequired, _) => StatusCode::UPGRADE_REQUIRED,
        (Code::ContentTypeUnsupported, _) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        (Code::BodyMalformed | Code::QueryInvalid, _) => StatusCode::BAD_REQUEST,
        (_, Class::Invalid) => StatusCode::UNPROCESSABLE_ENTITY,
        (_, Class::Unauthenticated) => StatusCode::UNAUTHORIZED,
        (_, Class::Forbidden) => StatusCode::FORBIDDEN,
        (_, Class::NotFound) => StatusCode::NOT_FOUND,
        (_, Class::Conflict) => StatusCode::CONFLICT,
        (_, Class::Gone) => StatusCode::GONE,
        (_, Class::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
        (_, Class::TooSlow) => StatusCode::REQUEST_TIMEOUT,
        (_, Class::TooMany) => StatusCode::TOO_MANY_REQUESTS,
        (_, Class::Unavailable) => StatusCode::SERVICE_UNAVAILABLE,
        (_, Class::Internal) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The status that a page shows for a refusal.
pub fn status_of(error: &AppError) -> StatusCode {
    status(error.first().code)
}

/// The whole answer, as a person and a program can read it.
pub fn render(refusals: &Refusals, texts: &Texts, language: Language, request_id: &str) -> HttpResponse {
    let first = refusals.first().cloned().unwrap_or_else(|| Refusal::new(Code::Internal));
    let fields = refusals
        .iter()
        .filter_map(|refusal| {
            let field = refusal.field.as_ref()?.to_string();
            Some(FieldError { field, code: refusal.code, message: texts.refusal(language, refusal) })
        })
        .collect();
    let mut response = HttpResponse::build(status(first.code));
    if let Some(ms) = first.retry_after_ms.or_else(|| first.code.is_temporary().then_some(1000)) {
        response.insert_header((header::RETRY_AFTER, ms.div_ceil(1000).to_string()));
    }
    response.json(ErrorAnswer {
        error: ErrorBody {
            code: first.code,
            message: texts.refusal(language, &first),
            field: first.field.map(|field| field.to_string()),
            fields,
            request_id: request_id.to_owned(),
            seq: first.seq,
            invitation_id: first.invitation,
            reason: first.reason,
        },
    })
}
