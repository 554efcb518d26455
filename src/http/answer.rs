//! The answers of handlers: a status, a typed body, and the cookies and headers beside it.

use actix_web::body::BoxBody;
use actix_web::cookie::Cookie;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, Responder};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::describe::{Describe, Operation};

/// A JSON body with its status.
pub struct Answer<const STATUS: u16, T> {
    body: T,
    cookies: Vec<Cookie<'static>>,
}

pub type Shown<T> = Answer<200, T>;
pub type Created<T> = Answer<201, T>;
pub type Accepted<T> = Answer<202, T>;

/// 204.
#[derive(Default)]
pub struct NoContent {
    cookies: Vec<Cookie<'static>>,
    headers: Vec<(&'static str, &'static str)>,
}

/// Success without a body.
#[derive(Serialize, ToSchema)]
pub struct Nothing {}

/// A whole document with its own content security policy.
pub struct Html {
    pub text: String,
    pub policy: &'static str,
}

/// A file to keep.
pub struct Download {
    pub text: String,
    pub kind: &'static str,
    pub name: &'static str,
}

/// The connection becomes a socket.
pub struct Upgraded(pub HttpResponse);

impl<const STATUS: u16, T> Answer<STATUS, T> {
    pub fn of(body: T) -> Self {
        Self { body, cookies: Vec::new() }
    }

    pub fn cookies(self, cookies: impl IntoIterator<Item = Cookie<'static>>) -> Self {
        Self { cookies: cookies.into_iter().collect(), ..self }
    }
}

impl NoContent {
    pub fn cookies(self, cookies: impl IntoIterator<Item = Cookie<'static>>) -> Self {
        Self { cookies: cookies.into_iter().collect(), ..self }
    }

    pub fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl<const STATUS: u16, T: Serialize> Responder for Answer<STATUS, T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        with_cookies(StatusCode::from_u16(STATUS).unwrap_or_default(), self.cookies).json(self.body)
    }
}

impl Responder for NoContent {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = with_cookies(StatusCode::NO_CONTENT, self.cookies);
        for header in self.headers {
            response.insert_header(header);
        }
        response.finish()
    }
}

impl Responder for Html {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok()
            .insert_header((header::CONTENT_SECURITY_POLICY, self.policy))
            .content_type("text/html; charset=utf-8")
            .body(self.text)
    }
}

impl Responder for Download {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok()
            .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", self.name)))
            .content_type(self.kind)
            .body(self.text)
    }
}

impl Responder for Upgraded {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        self.0
    }
}

fn with_cookies(status: StatusCode, cookies: Vec<Cookie<'static>>) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    for cookie in cookies {
        response.cookie(cookie);
    }
    response
}

impl<const STATUS: u16, T: ToSchema> Describe for Answer<STATUS, T> {
    fn describe(operation: &mut Operation) {
        operation.give::<T>(STATUS);
    }
}

impl Describe for NoContent {
    fn describe(operation: &mut Operation) {
        operation.answer(204, json!({}));
    }
}

impl Describe for Html {
    fn describe(operation: &mut Operation) {
        operation.answer(200, json!({ "content": { "text/html": { "schema": { "type": "string" } } } }));
    }
}

impl Describe for Download {
    fn describe(operation: &mut Operation) {
        operation.answer(200, json!({ "content": { "text/csv": { "schema": { "type": "string" } } } }));
    }
}

impl Describe for Upgraded {
    fn describe(operation: &mut Operation) {
        operation.answer(101, json!({}));
    }
}
