//! The document agrees with the tables, and every reference in it resolves.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{routes, whole};
use crate::domain::Code;
use crate::http::route::Who;

/// Method, path and operation of all that the document offers.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let methods = paths.iter().flat_map(|(path, item)| {
        item.as_object()
            .unwrap()
            .iter()
            .map(move |(method, operation)| (method.to_ascii_uppercase(), path.clone(), operation.clone()))
    });
    methods.collect()
}

#[test]
fn the_document_offers_every_route_of_the_api_and_no_other() {
    let document = whole();
    let offered: BTreeSet<_> = operations(&document).into_iter().map(|(method, path, _)| (method, path)).collect();
    // Pages and files are for browsers.
    let is_api =
        |path: &str| path.starts_with("/api/v1/") || path.starts_with("/health/") || path.starts_with("/demo/mails/");
    let known: BTreeSet<_> = routes()
        .filter(|route| is_api(route.path))
        .map(|route| (route.method.to_owned(), route.path.to_owned()))
        .collect();
    assert_eq!(offered, known);
}

#[test]
fn the_security_of_an_operation_is_who_may_use_its_route() {
    for (method, path, operation) in operations(&whole()) {
        let route = routes().find(|route| route.method == method && route.path == path).unwrap();
        let schemes: Vec<(String, Vec<String>)> = operation["security"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|one| one.as_object().unwrap().clone())
            .map(|(scheme, roles)| (scheme, serde_json::from_value(roles).unwrap()))
            .collect();
        let of = |roles: Vec<String>| vec![("cookie".to_owned(), roles.clone()), ("bearer".to_owned(), roles)];
        let expected = match route.who {
            Who::Anyone => Vec::new(),
            Who::SignedIn => of(Vec::new()),
            Who::Only(roles) => of(roles.iter().map(|role| role.as_str().to_owned()).collect()),
        };
        assert_eq!(schemes, expected, "{method} {path}");
    }
}

#[test]
fn every_code_is_in_the_schema_of_errors_and_every_refusal_has_its_status() {
    let document = whole();
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(document["components"]["schemas"]["ErrorCode"]["enum"], json!(codes));
    for (method, path, operation) in operations(&document) {
        let route = routes().find(|route| route.method == method && route.path == path).unwrap();
        for code in route.operation().codes {
            let status = super::status(code).as_u16().to_string();
            let named = operation["responses"][&status]["x-codes"].as_array().cloned().unwrap_or_default();
            assert!(named.contains(&json!(code.as_str())), "{method} {path}: {} is not at {status}", code.as_str());
        }
    }
}

#[test]
fn every_operation_has_a_name_of_its_own_and_says_what_it_does() {
    let mut names = BTreeSet::new();
    for (method, path, operation) in operations(&whole()) {
        assert!(names.insert(operation["operationId"].to_string()), "{method} {path} has the name of another");
        assert!(operation["summary"].as_str().is_some_and(|text| text.ends_with('.')), "{method} {path} has no text");
        let is_success = |status: &String| status.starts_with('1') || status.starts_with('2');
        assert!(operation["responses"].as_object().unwrap().keys().any(is_success), "{method} {path}");
    }
}

#[test]
fn every_reference_leads_to_a_schema_and_no_two_types_share_a_name() {
    let document = whole();
    let text = document.to_string();
    for part in text.split("\"#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(document["components"]["schemas"].get(name).is_some(), "{name} is not in the document");
    }
    let mut seen = std::collections::BTreeMap::new();
    for route in routes() {
        let operation = route.operation();
        for (name, schema) in operation.taken.into_iter().chain(operation.given) {
            let other = seen.entry(name.clone()).or_insert_with(|| schema.clone());
            assert_eq!(*other, schema, "two types are called {name}");
        }
    }
}

#[test]
fn what_may_be_null_in_an_answer_is_there() {
    let document = whole();
    let schemas = &document["components"]["schemas"];
    let required = |name: &str| serde_json::from_value::<BTreeSet<String>>(schemas[name]["required"].clone()).unwrap();
    assert!(required("Account").contains("phone"), "null, and there");
    assert!(!required("SignedInAnswer").contains("token"), "missing with a cookie");
    assert!(!required("ErrorBody").contains("seq"), "missing with most codes");
    assert!(!required("TransactionBody").contains("city"), "a client may leave it out");
    for field in ["id", "title", "progress", "city", "participants"] {
        assert!(required("Transaction").contains(field), "{field}, of the details or beside them");
    }
}

/// It is written by hand where it is sent.
#[test]
fn an_entry_is_sent_as_its_schema_says() {
    let entry = crate::domain::Entry {
        room: crate::domain::RoomId(1),
        seq: crate::domain::Seq(1),
        author: None,
        nonce: None,
        body: crate::domain::EntryBody::Message { text: "Hello".into(), data: None },
        at: crate::domain::Timestamp(0),
        acl_version: 1,
    };
    let sent = serde_json::to_value(entry).unwrap();
    let document = whole();
    let schema = document["components"]["schemas"]["Entry"]["properties"].as_object().unwrap();
    let names = |object: &serde_json::Map<String, Value>| object.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(sent.as_object().unwrap()), names(schema));
}
