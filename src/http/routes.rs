//! Every route of the server, and who may use it. A test walks this table with every kind of person.

use actix_web::guard::{Any, Get, Head};
use actix_web::web;

use super::api::{
    access_links, accounts, demo, invitation_links, invitations, me, messages, participants, participation_requests,
    password_resets, sessions, setup, transactions,
};
use super::{assets, health, pages, socket};
use crate::domain::{Code, Role};

/// Who may call a route at all. What they may see through it is decided below, by `app`.
#[derive(Debug, Clone, Copy)]
pub enum Who {
    Anyone,
    SignedIn,
    Only(&'static [Role]),
}

#[derive(Debug, Clone, Copy)]
pub struct Route {
    pub method: &'static str,
    pub path: &'static str,
    pub who: Who,
}

const ADMIN: Who = Who::Only(&[Role::Admin]);
const BROKER: Who = Who::Only(&[Role::Broker]);
const PARTICIPANT: Who = Who::Only(&[Role::Broker, Role::Client]);
const ANYONE: Who = Who::Anyone;
const SIGNED_IN: Who = Who::SignedIn;

macro_rules! routes {
    ($($method:ident $path:literal $who:ident $handler:path;)*) => {
        pub const ROUTES: &[Route] = &[$(Route { method: stringify!($method), path: $path, who: $who },)*];

        pub fn configure(config: &mut web::ServiceConfig) {
            $(config.route($path, routes!(@method $method).to($handler));)*
            config.default_service(web::to(pages::unknown));
        }
    };
    // HEAD is GET without the body, which the server leaves out by itself.
    (@method GET) => { web::route().guard(Any(Get()).or(Head())) };
    (@method POST) => { web::post() };
    (@method PUT) => { web::put() };
    (@method PATCH) => { web::patch() };
    (@method DELETE) => { web::delete() };
}

routes! {
    POST   "/api/v1/sessions"                                       ANYONE      sessions::create;
    GET    "/api/v1/sessions"                                       SIGNED_IN   sessions::list;
    DELETE "/api/v1/sessions/current"                               SIGNED_IN   sessions::end_current;
    DELETE "/api/v1/sessions/others"                                SIGNED_IN   sessions::end_others;
    DELETE "/api/v1/sessions/{id}"                                  SIGNED_IN   sessions::end;
    GET    "/api/v1/me"                                             SIGNED_IN   me::show;
    PATCH  "/api/v1/me"                                             SIGNED_IN   me::change;
    PUT    "/api/v1/me/password"                                    SIGNED_IN   me::change_password;
    GET    "/api/v1/setup/{token}"                                  ANYONE      setup::show;
    POST   "/api/v1/setup/{token}"                                  ANYONE      setup::create;
    POST   "/api/v1/password-resets"                                ANYONE      password_resets::create;
    POST   "/api/v1/password-resets/confirm"                        ANYONE      password_resets::confirm;
    GET    "/api/v1/access-links/{token}"                           ANYONE      access_links::show;
    POST   "/api/v1/access-links/{token}"                           ANYONE      access_links::consume;

    GET    "/api/v1/accounts"                                       ADMIN       accounts::list;
    POST   "/api/v1/accounts"                                       ADMIN       accounts::create;
    POST   "/api/v1/accounts/{id}/deactivate"                       ADMIN       accounts::deactivate;
    POST   "/api/v1/accounts/{id}/reactivate"                       ADMIN       accounts::reactivate;
    POST   "/api/v1/accounts/{id}/access-link"                      ADMIN       access_links::send;

    GET    "/api/v1/client-invitations/token/{token}"               ANYONE      invitation_links::show;
    POST   "/api/v1/client-invitations/activate/{token}"            ANYONE      invitation_links::activate;
    POST   "/api/v1/client-invitations/preview"                     BROKER      invitations::preview;
    POST   "/api/v1/client-invitations"                             BROKER      invitations::create;
    GET    "/api/v1/client-invitations"                             BROKER      invitations::list;
    GET    "/api/v1/client-invitations/{id}"                        BROKER      invitations::show;
    PUT    "/api/v1/client-invitations/{id}"                        BROKER      invitations::replace;
    PATCH  "/api/v1/client-invitations/{id}"                        BROKER      invitations::change;
    POST   "/api/v1/client-invitations/{id}/resend"                 BROKER      invitations::resend;
    POST   "/api/v1/client-invitations/{id}/extend"                 BROKER      invitations::extend;
    POST   "/api/v1/client-invitations/{id}/link"                   BROKER      invitations::link;
    POST   "/api/v1/client-invitations/{id}/cancel"                 BROKER      invitations::cancel;
    GET    "/api/v1/clients"                                        BROKER      participants::clients;
    POST   "/api/v1/clients/{account_id}/access-link"               BROKER      access_links::send;

    POST   "/api/v1/transactions"                                   BROKER      transactions::create;
    GET    "/api/v1/transactions"                                   PARTICIPANT transactions::list;
    GET    "/api/v1/transactions/{id}"                              PARTICIPANT transactions::show;
    PATCH  "/api/v1/transactions/{id}"                              BROKER      transactions::change;
    GET    "/api/v1/transactions/{id}/participants"                 PARTICIPANT participants::list;
    POST   "/api/v1/transactions/{id}/participants"                 BROKER      participants::create;
    PATCH  "/api/v1/transactions/{id}/participants/{account_id}"    BROKER      participants::change;
    DELETE "/api/v1/transactions/{id}/participants/{account_id}"    PARTICIPANT participants::remove;
    GET    "/api/v1/participation-requests"                         BROKER      participation_requests::list;
    POST   "/api/v1/participation-requests/{id}/accept"             BROKER      participation_requests::accept;
    POST   "/api/v1/participation-requests/{id}/decline"            BROKER      participation_requests::decline;
    GET    "/api/v1/transactions/{id}/messages"                     PARTICIPANT messages::list;
    POST   "/api/v1/transactions/{id}/messages"                     PARTICIPANT messages::create;
    PUT    "/api/v1/transactions/{id}/read"                         PARTICIPANT messages::read;
    GET    "/api/v1/socket"                                         SIGNED_IN   socket::open;

    GET    "/api/v1/demo/mails"                                     ANYONE      demo::list;
    GET    "/api/v1/demo/mails/{id}"                                ANYONE      demo::show;
    GET    "/demo/mails/{id}/html"                                  ANYONE      demo::html;

    GET    "/health/live"                                           ANYONE      health::live;
    GET    "/health/ready"                                          ANYONE      health::ready;
    GET    "/static/{path:.*}"                                      ANYONE      assets::show;

    GET    "/"                                                      ANYONE      pages::home;
    GET    "/sign-in"                                               ANYONE      pages::show;
    GET    "/reset"                                                 ANYONE      pages::show;
    GET    "/reset/code"                                            ANYONE      pages::show;
    GET    "/access/{token}"                                        ANYONE      pages::access;
    GET    "/setup/{token}"                                         ANYONE      pages::setup;
    GET    "/client/invitation/{token}"                             ANYONE      pages::invitation;
    GET    "/broker"                                                ANYONE      pages::show;
    GET    "/broker/clients"                                        ANYONE      pages::show;
    GET    "/broker/invite"                                         ANYONE      pages::show;
    GET    "/broker/transactions/{id}"                              ANYONE      pages::show;
    GET    "/client"                                                ANYONE      pages::show;
    GET    "/client/transactions/{id}"                              ANYONE      pages::show;
    GET    "/admin"                                                 ANYONE      pages::show;
    GET    "/account"                                               ANYONE      pages::show;
    GET    "/demo/mailbox"                                          ANYONE      pages::show;
}

/// The route, with its place in the table.
pub fn find(method: &str, pattern: &str) -> Option<(usize, &'static Route)> {
    let method = if method == "HEAD" { "GET" } else { method };
    ROUTES.iter().enumerate().find(|(_, route)| route.method == method && route.path == pattern)
}

/// Why a request matches no route: another method would, or nothing would.
pub fn unknown(method: &str, path: &str) -> Code {
    let other_method = ROUTES.iter().any(|route| route.method != method && matches(route.path, path));
    if other_method { Code::MethodNotAllowed } else { Code::RouteUnknown }
}

fn matches(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(part), Some(text)) if part.starts_with('{') => {
                if text.is_empty() {
                    return false;
                }
            }
            (Some(part), Some(text)) if part == text => {}
            _ => return false,
        }
    }
}
