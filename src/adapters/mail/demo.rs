//! The demo's mailer: it stores mails for the demo's mailbox page and sends none.

use futures_util::future::BoxFuture;

use super::mailer::{MailFailure, Mailer, OutgoingMail};
use crate::domain::Clock;
use crate::store::{Store, demo_mails};

/// Sends nothing.
pub struct DemoMailer {
    store: Store,
    clock: Clock,
}

impl DemoMailer {
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }
}

impl Mailer for DemoMailer {
    fn send<'a>(&'a self, mail: &'a OutgoingMail) -> BoxFuture<'a, Result<(), MailFailure>> {
        let (id, to, content) = (mail.message_id.clone(), mail.to.clone(), mail.content.clone());
        let now = self.clock.now();
        Box::pin(async move {
            self.store
                .write(move |conn| demo_mails::insert(conn, &id, &to, &content, now))
                .await
                .map_err(|_| MailFailure::MAILBOX_UNAVAILABLE)
        })
    }
}
