//! A route: its path, who may use it, and the rest of its policy. The file of each noun ends with its own `routes! { .. }`.

use super::describe::Operation;
use crate::domain::{Code, Role};

/// One line of a table. The guards enforce its policy before the handler runs.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    pub method: &'static str,
    pub path: &'static str,
    /// The operation's name, `noun.verb`.
    pub name: &'static str,
    pub who: Who,
    /// The counters that may refuse it. The operations apply them, because they know the person.
    pub throttle: &'static [Throttle],
    pub csrf: Csrf,
    /// Under which name an audit trail keeps it: whatever changes something, and reads that say so.
    pub audit: Option<&'static str>,
    /// The route answers with the one document, which first shows this.
    pub page: Option<Layout>,
    /// The description: a line, and more below an empty one.
    pub text: &'static str,
    /// Its own codes, beside those of its policy and of its handler's types.
    pub refuses: &'static [&'static [Code]],
    pub service: fn() -> actix_web::Route,
    /// The description by its handler's types.
    pub describe: fn(&mut Operation),
}

/// The people who may call a route at all. `app` decides what they may see through it.
#[derive(Debug, Clone, Copy)]
pub enum Who {
    Anyone,
    SignedIn,
    Only(&'static [Role]),
}

/// A kind of request that is counted and limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Throttle {
    /// Passwords, codes and links that were wrong.
    Attempts,
    /// Mails that a person orders.
    Mails,
    /// Messages of one person.
    Posts,
    /// Expensive reads.
    Reads,
}

/// Whether the cookie counts only with the header that another site cannot set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Csrf {
    Checked,
    /// Another program calls, and signs what it sends: the handler checks the signature.
    Exempt,
}

/// The skeleton that a page shows until its scripts run: the name of a file in `static/skeletons/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// A form, for every caller.
    Gate,
    /// The product's frame, for every caller.
    Open,
    /// The product's frame with a session, else the form to sign in.
    Own,
    /// As `Own`, with a room in the frame.
    Room,
}

/// The route of a request, which the guards pass on.
#[derive(Debug, Clone, Copy)]
pub struct Matched {
    /// Its index among all routes.
    pub place: usize,
    pub route: &'static Route,
}

/// Codes of what people type into a form about a person,
pub const PERSON: &[Code] = &[Code::EmailInvalid, Code::PhoneInvalid, Code::ValueTooLong, Code::DirectionControls];
pub const EMAIL: &[Code] = &[Code::EmailInvalid];
/// of a new password,
pub const PASSWORD: &[Code] = &[
    Code::PasswordTooShort,
    Code::PasswordTooLong,
    Code::PasswordNeedsUpper,
    Code::PasswordNeedsLower,
    Code::PasswordNeedsDigit,
    Code::PasswordNeedsSpecial,
    Code::PasswordGuessable,
];
/// and of what is searched for.
pub const SEARCH: &[Code] = &[Code::ValueTooLong, Code::ValueInvalid];

pub const ANYONE: Who = Who::Anyone;
pub const SIGNED_IN: Who = Who::SignedIn;
pub const ADMIN: Who = Who::Only(&[Role::Admin]);
pub const BROKER: Who = Who::Only(&[Role::Broker]);
pub const PARTICIPANT: Who = Who::Only(&[Role::Broker, Role::Client]);

impl Route {
    /// A route with the default policy.
    pub const fn new(method: &'static str, path: &'static str, name: &'static str, who: Who) -> Self {
        Self {
            method,
            path,
            name,
            who,
            throttle: &[],
            csrf: Csrf::Checked,
            audit: None,
            page: None,
            text: "",
            refuses: &[],
            service: actix_web::web::route,
            describe: |_| {},
        }
    }

    pub const fn serving(
        self,
        audit: Option<&'static str>,
        service: fn() -> actix_web::Route,
        describe: fn(&mut Operation),
    ) -> Self {
        Self { audit, service, describe, ..self }
    }

    /// The operation that it offers, with every code that can leave through it.
    pub fn operation(&self) -> Operation {
        let mut operation = Operation::of_path(self.path);
        (self.describe)(&mut operation);
        if !matches!(self.who, Who::Anyone) {
            operation.refuse(&[Code::SessionRequired]);
        }
        if matches!(self.who, Who::Only(_)) {
            operation.refuse(&[Code::Forbidden]);
        }
        if self.method != "GET" && self.csrf == Csrf::Checked {
            operation.refuse(&[Code::CsrfRefused]);
        }
        self.throttle.iter().for_each(|throttle| operation.refuse(throttle.codes()));
        self.refuses.iter().for_each(|codes| operation.refuse(codes));
        operation.refuse(&[Code::TooManyConnections, Code::Unavailable, Code::OutcomeUnknown, Code::Internal]);
        operation
    }
}

impl Layout {
    pub fn name(self, signed_in: bool) -> &'static str {
        match (self, signed_in) {
            (Self::Gate, _) | (Self::Own | Self::Room, false) => "gate",
            (Self::Open, _) | (Self::Own, true) => "app",
            (Self::Room, true) => "room",
        }
    }
}

impl Throttle {
    pub fn codes(self) -> &'static [Code] {
        match self {
            Self::Attempts => &[Code::TooManyAttempts],
            Self::Mails => &[Code::TooManyMails, Code::MailedEnough],
            Self::Posts => &[Code::TooManyPosts],
            Self::Reads => &[Code::TooManyRequests],
        }
    }
}

/// The routes of a noun: method, path, who, handler, and what else the policy says.
///
/// ```text
/// routes! { session:
///     POST "/api/v1/sessions" ANYONE create { throttle: &[Attempts] };
///     GET  "/api/v1/sessions" SIGNED_IN list;
/// }
/// ```
macro_rules! routes {
    ($noun:ident: $($(#[doc = $text:literal])* $method:ident $path:literal $who:ident $handler:ident $({ $($key:ident: $value:expr),* $(,)? })?;)*) => {
        pub const ROUTES: &[$crate::http::route::Route] = {
            #[allow(unused_imports, reason = "a table uses some of them")]
            use $crate::http::route::{
                ADMIN, ANYONE, BROKER, Csrf, EMAIL, Layout, PARTICIPANT, PASSWORD, PERSON, Route, SEARCH, SIGNED_IN,
                Throttle::*,
            };
            &[$(Route {
                text: concat!($($text, "\n",)*),
                $($($key: $value,)*)?
                ..routes!(@route $method $path $who concat!(stringify!($noun), ".", stringify!($handler)), $handler)
            },)*]
        };
    };
    (@route $method:ident $path:literal $who:ident $name:expr, $handler:ident) => {
        Route::serving(
            Route::new(stringify!($method), $path, $name, $who),
            routes!(@audit $method $name),
            || routes!(@method $method).to($handler),
            |operation| $crate::http::describe::describe($handler, operation),
        )
    };
    (@audit GET $name:expr) => { None };
    (@audit $method:ident $name:expr) => { Some($name) };
    // HEAD is GET without the body, which the server leaves out by itself.
    (@method GET) => {{
        use actix_web::guard::{Any, Get, Head};
        actix_web::web::route().guard(Any(Get()).or(Head()))
    }};
    (@method POST) => { actix_web::web::post() };
    (@method PUT) => { actix_web::web::put() };
    (@method PATCH) => { actix_web::web::patch() };
    (@method DELETE) => { actix_web::web::delete() };
}

pub(in crate::http) use routes;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_refuses_only_where_the_table_names_it() {
        const ROUTE: Route = Route { throttle: &[Throttle::Mails], ..Route::new("POST", "/", "mail.order", BROKER) };
        let codes = ROUTE.operation().codes;
        assert!(codes.contains(&Code::MailedEnough) && !codes.contains(&Code::TooManyAttempts));
        assert!(codes.contains(&Code::CsrfRefused) && codes.contains(&Code::Forbidden));
    }

    #[test]
    fn what_changes_something_has_a_name_in_the_audit() {
        let named = |name: &str| crate::http::routes::routes().find(|route| route.name == name).unwrap();
        assert_eq!(named("transaction.create").audit, Some("transaction.create"));
        assert_eq!(named("transaction.show").audit, None);
        assert_eq!(named("invitation.preview").audit, None, "its line says that nothing is kept of it");
    }
}
