//! What a route is: where it stands, who may use it, and what else its policy says. Each noun ends with its own
//! `routes! { .. }`.

use crate::domain::{Code, Role};

/// One line of a table. The guards enforce its policy before the handler runs.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    pub method: &'static str,
    pub path: &'static str,
    /// `noun.verb`: what the operation is called.
    pub name: &'static str,
    pub who: Who,
    /// The counters that may refuse it. The operations below draw on them, because they know for whom.
    pub throttle: &'static [Throttle],
    pub csrf: Csrf,
    /// Under which name an audit trail keeps it: whatever changes something, and reads that say so.
    pub audit: Option<&'static str>,
    /// It answers with the one document, which first shows this.
    pub page: Option<Layout>,
    pub service: fn() -> actix_web::Route,
}

/// Who may call a route at all. What they may see through it is decided below, by `app`.
#[derive(Debug, Clone, Copy)]
pub enum Who {
    Anyone,
    SignedIn,
    Only(&'static [Role]),
}

/// What is counted, and refused beyond a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Throttle {
    /// Passwords, codes and links that were wrong.
    Attempts,
    /// Mails that somebody orders.
    Mails,
    /// Messages of one person.
    Posts,
    /// Reads that are dear.
    Reads,
}

/// Whether the cookie counts only with the header that another site cannot set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Csrf {
    Checked,
    /// Another program calls, and signs what it sends: the handler checks the signature.
    Exempt,
}

/// What a page shows until its scripts run: the name of a file in `static/skeletons/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// A form, for whoever comes.
    Gate,
    /// The product's frame, for whoever comes.
    Open,
    /// The product's frame with a session, else the form to sign in.
    Own,
    /// As `Own`, with a room in the frame.
    Room,
}

/// The route of a request, as the guards hand it on.
#[derive(Debug, Clone, Copy)]
pub struct Matched {
    /// Its place among all routes.
    pub place: usize,
    pub route: &'static Route,
}

pub const ANYONE: Who = Who::Anyone;
pub const SIGNED_IN: Who = Who::SignedIn;
pub const ADMIN: Who = Who::Only(&[Role::Admin]);
pub const BROKER: Who = Who::Only(&[Role::Broker]);
pub const PARTICIPANT: Who = Who::Only(&[Role::Broker, Role::Client]);

impl Route {
    /// A route without anything particular.
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
            service: actix_web::web::route,
        }
    }

    pub const fn serving(self, audit: Option<&'static str>, service: fn() -> actix_web::Route) -> Self {
        Self { audit, service, ..self }
    }

    /// May a refusal with this code leave through it, as far as its counters go?
    pub fn may_be_throttled_with(&self, code: Code) -> bool {
        Throttle::ALL.iter().all(|throttle| !throttle.codes().contains(&code) || self.throttle.contains(throttle))
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
    pub const ALL: [Self; 4] = [Self::Attempts, Self::Mails, Self::Posts, Self::Reads];

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
/// ```ignore
/// routes! { session:
///     POST "/api/v1/sessions" ANYONE create { throttle: &[Attempts] };
///     GET  "/api/v1/sessions" SIGNED_IN list;
/// }
/// ```
macro_rules! routes {
    ($noun:ident: $($method:ident $path:literal $who:ident $handler:ident $({ $($key:ident: $value:expr),* $(,)? })?;)*) => {
        pub const ROUTES: &[$crate::http::route::Route] = {
            #[allow(unused_imports, reason = "a table uses some of them")]
            use $crate::http::route::{ADMIN, ANYONE, BROKER, Csrf, Layout, PARTICIPANT, Route, SIGNED_IN, Throttle::*};
            &[$(Route {
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
        assert!(ROUTE.may_be_throttled_with(Code::MailedEnough));
        assert!(!ROUTE.may_be_throttled_with(Code::TooManyAttempts));
        assert!(ROUTE.may_be_throttled_with(Code::TransactionUnknown), "no counter's code");
    }

    #[test]
    fn what_changes_something_has_a_name_in_the_audit() {
        let named = |name: &str| crate::http::routes().find(|route| route.name == name).unwrap();
        assert_eq!(named("transaction.create").audit, Some("transaction.create"));
        assert_eq!(named("transaction.show").audit, None);
        assert_eq!(named("invitation.preview").audit, None, "its line says that nothing is kept of it");
    }
}
