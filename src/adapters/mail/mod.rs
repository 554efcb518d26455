//! Mail: how it looks ([`render_invitation`], [`render_security`]), what carries it ([`Mailer`]), and the worker that empties the queue
//! ([`MailQueue`]).

mod color;
mod demo;
mod mailer;
mod message;
mod metrics;
mod queue;
mod render;
mod security;
mod smtp;

pub use demo::DemoMailer;
pub use mailer::{MailFailure, Mailer, OutgoingMail};
pub use message::Sender;
pub use queue::{Drained, MailQueue, MailQueueHandle, drain_once};
pub use render::{InvitationMail, RenderError, render_invitation};
pub use security::{SecurityMail, SecurityMatter, render_security};
pub use smtp::SmtpMailer;

/// Text for a header: every control character and run of white space becomes one space, so that no line can be added.
fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
