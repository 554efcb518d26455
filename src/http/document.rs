//! The text of the API's document, which the application serves.

use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde_json::{Value, json};

use super::assets;
use super::describe::{Describe, Operation};

#[derive(Clone)]
pub struct ApiDocument(Arc<Bytes>);

impl ApiDocument {
    pub fn of(document: &Value) -> Self {
        Self(Arc::new(Bytes::from(document.to_string())))
    }
}

impl Responder for ApiDocument {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response.content_type("application/json").insert_header((header::VARY, "Accept-Encoding"));
        match assets::compressed(request.headers(), &self.0) {
            Some(packed) => response.insert_header((header::CONTENT_ENCODING, "gzip")).body(packed),
            None => response.body(Bytes::clone(&self.0)),
        }
    }
}

impl Describe for ApiDocument {
    fn describe(operation: &mut Operation) {
        operation.answer(200, json!({ "content": { "application/json": { "schema": { "type": "object" } } } }));
    }
}
