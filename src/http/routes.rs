//! All routes of the server, in one table, which a test walks with every kind of person; and the resources that are made from it:
//! one for each path, with its own answer to other methods.

use std::collections::HashMap;
use std::sync::LazyLock;

use actix_web::http::{Method, header};
use actix_web::{HttpResponse, ResponseError, web};

use crate::domain::Code;
use crate::http::api::{
    access_links, accounts, client_tables, clients, demo, docs, invitation_links, invitations, me, messages,
    participants, participation_requests, password_resets, sessions, setup, transactions,
};
use crate::http::error::ApiError;
use crate::http::route::{Matched, Route};
use crate::http::{assets, health, pages, socket};

/// The order in which a path is matched.
const NOUNS: &[&[Route]] = &[
    sessions::ROUTES,
    me::ROUTES,
    setup::ROUTES,
    password_resets::ROUTES,
    access_links::ROUTES,
    accounts::ROUTES,
    invitation_links::ROUTES,
    invitations::ROUTES,
    // Before the paths with an id.
    client_tables::ROUTES,
    clients::ROUTES,
    participants::ROUTES,
    transactions::ROUTES,
    participation_requests::ROUTES,
    messages::ROUTES,
    socket::ROUTES,
    demo::ROUTES,
    docs::ROUTES,
    health::ROUTES,
    assets::ROUTES,
    pages::ROUTES,
];

struct RouteTable {
    /// In the order of [`NOUNS`].
    paths: Vec<&'static str>,
    by_path: HashMap<&'static str, Vec<Matched>>,
}

static TABLE: LazyLock<RouteTable> = LazyLock::new(|| {
    let mut table = RouteTable { paths: Vec::new(), by_path: HashMap::new() };
    for (place, route) in routes().enumerate() {
        let methods = table.by_path.entry(route.path).or_default();
        if methods.is_empty() {
            table.paths.push(route.path);
        }
        methods.push(Matched { place, route });
    }
    table
});

/// All of them.
pub fn routes() -> impl Iterator<Item = &'static Route> {
    NOUNS.iter().copied().flatten()
}

pub fn configure(config: &mut web::ServiceConfig) {
    for path in &TABLE.paths {
        let methods = methods_of(path);
        let resource =
            methods.iter().fold(web::resource(*path), |resource, matched| resource.route((matched.route.service)()));
        let allowed = allowed(methods);
        config.service(resource.default_service(web::to(move || std::future::ready(other_method(&allowed)))));
    }
    config.default_service(web::to(pages::unknown));
}

/// The route of a method and of the pattern of a path. HEAD is GET without the body.
pub fn find(method: &Method, pattern: &str) -> Option<Matched> {
    let method = if method == Method::HEAD { "GET" } else { method.as_str() };
    methods_of(pattern).iter().find(|matched| matched.route.method == method).copied()
}

fn methods_of(pattern: &str) -> &'static [Matched] {
    TABLE.by_path.get(pattern).map_or(&[], Vec::as_slice)
}

/// The methods of a path, for the header `Allow`.
fn allowed(methods: &[Matched]) -> String {
    let names = methods.iter().flat_map(|matched| match matched.route.method {
        "GET" => vec!["GET", "HEAD"],
        method => vec![method],
    });
    names.collect::<Vec<_>>().join(", ")
}

fn other_method(allowed: &str) -> HttpResponse {
    let mut refused = ApiError::from(Code::MethodNotAllowed).error_response();
    if let Ok(allowed) = header::HeaderValue::from_str(allowed) {
        refused.headers_mut().insert(header::ALLOW, allowed);
    }
    refused
}
