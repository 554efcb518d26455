//! Describes an operation by the types of its handler: what it takes and what it answers. The API's document is made from this, so
//! that neither is written twice.

use std::collections::BTreeMap;

use actix_web::{Either, HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::openapi::path::ParameterIn;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use crate::domain::Code;

/// An operation, as far as the types of its handler know it. The parts are those of an OpenAPI document.
#[derive(Debug, Default)]
pub struct Operation {
    /// The parameters of its path, in order.
    path_names: Vec<String>,
    pub parameters: Vec<Value>,
    pub body: Option<Value>,
    pub responses: BTreeMap<u16, Value>,
    pub codes: Vec<Code>,
    /// The schemas of its bodies and of its answers, by name.
    pub taken: BTreeMap<String, Value>,
    pub given: BTreeMap<String, Value>,
}

/// An argument or an answer of a handler.
pub trait Describe {
    fn describe(operation: &mut Operation);
}

/// An asynchronous function whose arguments and answer are described.
pub trait DescribedHandler<Arguments> {
    fn describe(operation: &mut Operation);
}

pub fn describe<H: DescribedHandler<A>, A>(_: H, operation: &mut Operation) {
    H::describe(operation);
}

macro_rules! handlers {
    ($(($($argument:ident)*))*) => {$(
        impl<H, F, $($argument,)*> DescribedHandler<($($argument,)*)> for H
        where
            H: Fn($($argument,)*) -> F,
            F: Future<Output: Describe>,
            $($argument: Describe,)*
        {
            fn describe(operation: &mut Operation) {
                $($argument::describe(operation);)*
                <F::Output as Describe>::describe(operation);
            }
        }
    )*};
}

handlers! { () (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E G) }

impl Operation {
    pub fn of_path(path: &str) -> Self {
        let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        Self { path_names: names.map(str::to_owned).collect(), ..Self::default() }
    }

    pub fn refuse(&mut self, codes: &[Code]) {
        let new = codes.iter().filter(|code| !self.codes.contains(code)).copied().collect::<Vec<_>>();
        self.codes.extend(new);
    }

    /// A JSON body of this type.
    pub fn take<T: ToSchema>(&mut self) {
        collect::<T>(&mut self.taken);
        self.body = Some(json!({ "required": true, "content": content::<T>() }));
    }

    /// A JSON answer of this type.
    pub fn give<T: ToSchema>(&mut self, status: u16) {
        collect::<T>(&mut self.given);
        self.answer(status, json!({ "content": content::<T>() }));
    }

    pub fn answer(&mut self, status: u16, mut response: Value) {
        let reason = actix_web::http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
        if let Some(fields) = response.as_object_mut() {
            fields.insert("description".to_owned(), json!(reason.unwrap_or_default()));
        }
        self.responses.insert(status, response);
    }
}

fn content<T: ToSchema>() -> Value {
    json!({ "application/json": { "schema": { "$ref": format!("#/components/schemas/{}", T::name()) } } })
}

fn collect<T: ToSchema>(found: &mut BTreeMap<String, Value>) {
    let mut schemas: Vec<(String, RefOr<Schema>)> = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut schemas);
    for (name, schema) in schemas {
        found.insert(name, written(schema));
    }
}

/// The schema as JSON. One that cannot be written would be missing in the document, which a test compares.
fn written(schema: impl Serialize) -> Value {
    serde_json::to_value(schema).unwrap_or_default()
}

impl<T> Describe for web::Data<T> {
    fn describe(_: &mut Operation) {}
}

impl<T: Clone + 'static> Describe for web::ReqData<T> {
    fn describe(_: &mut Operation) {}
}

impl Describe for HttpRequest {
    fn describe(_: &mut Operation) {}
}

impl Describe for web::Payload {
    fn describe(_: &mut Operation) {}
}

/// A page or a file, which is no part of the API.
impl Describe for HttpResponse {
    fn describe(_: &mut Operation) {}
}

impl<T: Describe, E> Describe for Result<T, E> {
    fn describe(operation: &mut Operation) {
        T::describe(operation);
    }
}

impl<A: Describe, B: Describe> Describe for Either<A, B> {
    fn describe(operation: &mut Operation) {
        A::describe(operation);
        B::describe(operation);
    }
}

/// The types of path parameters.
pub trait PathParts {
    fn parts() -> Vec<Value>;
}

impl PathParts for i64 {
    fn parts() -> Vec<Value> {
        vec![written(<Self as PartialSchema>::schema())]
    }
}

impl PathParts for String {
    fn parts() -> Vec<Value> {
        vec![written(<Self as PartialSchema>::schema())]
    }
}

impl PathParts for (i64, i64) {
    fn parts() -> Vec<Value> {
        [i64::parts(), i64::parts()].concat()
    }
}

impl<T: PathParts> Describe for web::Path<T> {
    fn describe(operation: &mut Operation) {
        for (name, schema) in operation.path_names.iter().zip(T::parts()) {
            let parameter = json!({ "name": name, "in": "path", "required": true, "schema": schema });
            operation.parameters.push(parameter);
        }
        // A path without a valid id leads nowhere.
        operation.refuse(&[Code::RouteUnknown]);
    }
}

/// The parameters of a query.
pub fn query<T: IntoParams>(operation: &mut Operation) {
    operation.parameters.extend(T::into_params(|| Some(ParameterIn::Query)).into_iter().map(written));
}
