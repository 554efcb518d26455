//! The API's document, made of the tables of routes and of the types of their handlers. Nothing of it is written by
//! hand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use utoipa::{PartialSchema, ToSchema};

use super::describe::Operation;
use super::document::ApiDocument;
use super::error::{ErrorAnswer, status};
use super::route::{Route, Who};
use super::routes::routes;
use crate::domain::Code;

const INTRODUCTION: &str = "Bodies are JSON; unknown fields are refused. Times are RFC 3339 in UTC with milliseconds, dates \
     `YYYY-MM-DD`, money is exact, in the currency's smallest unit. What a schema cannot say is in `docs/API.md`, the frames \
     of the socket in `docs/PROTOCOL.md`.";

/// The document as it is served.
pub fn document() -> ApiDocument {
    static TEXT: LazyLock<ApiDocument> = LazyLock::new(|| ApiDocument::of(&whole()));
    TEXT.clone()
}

/// The document, as JSON.
pub fn whole() -> Value {
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    let (mut taken, mut given) = (BTreeMap::new(), BTreeMap::new());
    let mut tags = Vec::new();
    for route in routes() {
        let operation = route.operation();
        if operation.responses.is_empty() {
            continue;
        }
        let tag = tag_of(route);
        if !tags.contains(&tag) {
            tags.push(tag);
        }
        let written = written(route, &operation);
        paths.entry(route.path).or_default().insert(route.method.to_ascii_lowercase(), written);
        taken.extend(operation.taken);
        given.extend(operation.given);
    }
    let mut errors = Operation::default();
    errors.give::<ErrorAnswer>(500);
    given.extend(errors.given);
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Entremise", "version": env!("CARGO_PKG_VERSION"), "description": INTRODUCTION },
        "servers": [{ "url": "/" }],
        "tags": tags.iter().map(|tag| json!({ "name": tag })).collect::<Vec<_>>(),
        "paths": paths,
        "components": { "schemas": schemas(taken, given), "securitySchemes": security_schemes() },
    })
}

/// Its noun.
fn tag_of(route: &Route) -> &'static str {
    route.name.split('.').next().unwrap_or_default()
}

fn written(route: &Route, operation: &Operation) -> Value {
    let (summary, description) = route.text.split_once("\n\n").unwrap_or((route.text, ""));
    let mut written = Map::new();
    let mut put = |name: &str, value: Value| written.insert(name.to_owned(), value);
    put("tags", json!([tag_of(route)]));
    put("operationId", json!(route.name));
    put("summary", json!(one_line(summary)));
    if !description.is_empty() {
        put("description", json!(one_line(description)));
    }
    if !operation.parameters.is_empty() {
        put("parameters", json!(operation.parameters));
    }
    if let Some(body) = &operation.body {
        put("requestBody", body.clone());
    }
    put("responses", responses(operation));
    put("security", security(route.who));
    Value::Object(written)
}

/// Lines of the source are not lines of the text.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The answer of an operation, and its refusals by their status.
fn responses(operation: &Operation) -> Value {
    let mut refusals: BTreeMap<u16, BTreeSet<&str>> = BTreeMap::new();
    for code in &operation.codes {
        refusals.entry(status(*code).as_u16()).or_default().insert(code.as_str());
    }
    let error = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/ErrorAnswer" } } });
    let refusals = refusals.into_iter().map(|(status, codes)| {
        let text = codes.iter().map(|code| format!("`{code}`")).collect::<Vec<_>>().join(", ");
        (status, json!({ "description": text, "content": error, "x-codes": codes }))
    });
    let answers = operation.responses.iter().map(|(status, response)| (*status, response.clone()));
    let all = answers.chain(refusals).map(|(status, response)| (status.to_string(), response));
    Value::Object(all.collect())
}

/// The cookie of a browser or the token of a program, and the roles that may use it.
fn security(who: Who) -> Value {
    let roles: Vec<&str> = match who {
        Who::Anyone => return json!([]),
        Who::SignedIn => Vec::new(),
        Who::Only(roles) => roles.iter().map(|role| role.as_str()).collect(),
    };
    json!([{ "cookie": roles }, { "bearer": roles }])
}

fn security_schemes() -> Value {
    json!({
        "cookie": {
            "type": "apiKey", "in": "cookie", "name": "__Host-entremise",
            "description": "`entremise` on plain http; with an unusual port also that. Every unsafe method must carry \
                `X-Requested-With: entremise`.",
        },
        "bearer": { "type": "http", "scheme": "bearer", "description": "The `token` of a session with transport `bearer`." },
    })
}

/// Marks the fields of answers as required: a nullable field is present with null. A field that may be missing is never null.
fn schemas(taken: BTreeMap<String, Value>, given: BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let mut all = taken.clone();
    for (name, mut schema) in given {
        put_together(&mut schema);
        if !taken.contains_key(&name) {
            require_what_may_be_null(&mut schema);
        }
        all.insert(name, schema);
    }
    let codes = serde_json::to_value(Code::schema()).unwrap_or_default();
    all.insert(Code::name().into_owned(), codes);
    all
}

/// An answer of which some fields stand in a type of their own (`#[serde(flatten)]`, inline) is one object; those fields are all there.
fn put_together(schema: &mut Value) {
    let Some(parts) = schema.as_object_mut().and_then(|schema| schema.remove("allOf")) else { return };
    let parts = parts.as_array().cloned().unwrap_or_default();
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for (place, part) in parts.iter().enumerate() {
        let fields = part.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        let is_own = place + 1 == parts.len();
        let needed = part.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        required.extend(if is_own { needed } else { fields.keys().map(|name| json!(name)).collect() });
        properties.extend(fields);
    }
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("type".to_owned(), json!("object"));
        schema.insert("properties".to_owned(), Value::Object(properties));
        schema.insert("required".to_owned(), Value::Array(required));
    }
}

fn require_what_may_be_null(schema: &mut Value) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let is_there = |(name, property): &(&String, &Value)| required.contains(&json!(name)) || may_be_null(property);
    let required: Vec<String> = properties.iter().filter(is_there).map(|(name, _)| name.clone()).collect();
    if let Some(schema) = schema.as_object_mut().filter(|_| !required.is_empty()) {
        schema.insert("required".to_owned(), json!(required));
    }
}

fn may_be_null(schema: &Value) -> bool {
    let null = json!("null");
    let is_null = |part: &Value| part.get("type") == Some(&null);
    let types = schema.get("type").and_then(Value::as_array);
    let parts = schema.get("oneOf").and_then(Value::as_array);
    // A schema without a type allows everything.
    types.is_some_and(|types| types.contains(&null))
        || parts.is_some_and(|parts| parts.iter().any(is_null))
        || !["type", "oneOf", "allOf", "$ref"].iter().any(|word| schema.get(word).is_some())
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod typedefs;
