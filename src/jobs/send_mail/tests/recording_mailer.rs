use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::{Notify, Semaphore};

use crate::adapters::mail::{MailFailure, Mailer, OutgoingMail};

/// Notes each mail, and answers as the test arranged.
#[derive(Default)]
pub(super) struct RecordingMailer {
    pub seen: Mutex<RecordedMails>,
    pub changed: Notify,
    pub answers: Mutex<Vec<Result<(), MailFailure>>>,
    /// Each mail needs a permit to leave.
    pub gate: Option<Semaphore>,
    pub pause: Duration,
    pub panics: bool,
}

#[derive(Default)]
pub(super) struct RecordedMails {
    pub taken: Vec<String>,
    pub rests: usize,
}

impl RecordingMailer {
    pub fn answering(answers: impl IntoIterator<Item = Result<(), MailFailure>>) -> Arc<Self> {
        let mut answers: Vec<_> = answers.into_iter().collect();
        answers.reverse();
        Arc::new(Self { answers: Mutex::new(answers), ..Self::default() })
    }

    pub fn taken(&self) -> Vec<String> {
        self.seen.lock().unwrap().taken.clone()
    }

    fn note(&self, change: impl FnOnce(&mut RecordedMails)) {
        change(&mut self.seen.lock().unwrap());
        self.changed.notify_one();
    }

    /// Waits until it has seen that.
    pub async fn until(&self, what: &str, is_so: impl Fn(&RecordedMails) -> bool) {
        let waiting = async {
            while !is_so(&self.seen.lock().unwrap()) {
                self.changed.notified().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(15), waiting).await.unwrap_or_else(|_| panic!("never: {what}"));
    }
}

impl Mailer for RecordingMailer {
    fn send<'a>(&'a self, mail: &'a OutgoingMail) -> BoxFuture<'a, Result<(), MailFailure>> {
        Box::pin(async move {
            self.note(|seen| seen.taken.push(mail.message_id.clone()));
            assert!(!self.panics, "a poisonous mail");
            tokio::time::sleep(self.pause).await;
            if let Some(gate) = &self.gate {
                gate.acquire().await.unwrap().forget();
            }
            self.answers.lock().unwrap().pop().unwrap_or(Ok(()))
        })
    }

    fn rest(&self) -> BoxFuture<'_, ()> {
        Box::pin(async { self.note(|seen| seen.rests += 1) })
    }
}
