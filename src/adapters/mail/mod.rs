//! Mail: what it says ([`MailTemplates`] and a struct for each mail), what carries it ([`Mailer`]), and the way out ([`Outbox`]).

mod color;
mod demo;
mod mailer;
mod mails;
mod message;
mod metrics;
mod outbox;
mod smtp;
mod templates;

pub use demo::DemoMailer;
pub use mailer::{MailFailure, Mailer, OutgoingMail};
pub use mails::{
    AccessLinkMail, CameFrom, InvitationMail, Line, Paragraphs, PasswordChangedMail, ResetCodeMail, ResetLinkMail,
    WebLink,
};
pub use message::Sender;
pub use metrics::failure_code;
pub use outbox::{MailOutcome, Outbox};
pub use smtp::SmtpMailer;
pub use templates::{Mail, MailTemplates, RenderError};

/// Text for a header: every control character and run of white space becomes one space, so that no line can be added.
fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
