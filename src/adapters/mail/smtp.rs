//! Mail over SMTP. Each step is a call of its own, so that an error says at which step it happened: 535 is for the operator, 550 for
//! the sender of the mail.
//!
//! Connections are kept here and not in lettre's pool: a pooled connection goes back to the pool even when its user was
//! cut off by a timeout in the middle of a command, and the next mail would read the answers to the one before. Here a
//! connection is kept only after a mail that went well.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};

use super::mailer::{MailFailure, Mailer, OutgoingMail};
use super::message::{MimeMessage, Sender};
use crate::domain::{SmtpSecurity, SmtpUrl};

const SEND_TIMEOUT: Duration = Duration::from_secs(20);
const QUIT_TIMEOUT: Duration = Duration::from_secs(2);

/// Sends through one mail server; at most 20 seconds per mail. Connections live as long as there is something to send.
pub struct SmtpMailer {
    url: SmtpUrl,
    tls: Option<TlsParameters>,
    sender: Sender,
    timeout: Duration,
    idle: Mutex<Vec<AsyncSmtpConnection>>,
}

/// The step that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SmtpStep {
    Connect { tls: bool },
    StartTls,
    Authenticate,
    Sender,
    Recipient,
    Content,
}

impl SmtpMailer {
    /// Connects to nothing yet. The error is a sentence for the operator: no certificates on this machine, or a host
    /// that no certificate can name.
    pub fn new(url: SmtpUrl, sender: Sender) -> Result<Self, String> {
        let tls = match url.security {
            SmtpSecurity::None => None,
            SmtpSecurity::StartTls | SmtpSecurity::Tls => {
                Some(TlsParameters::new(url.host.clone()).map_err(|e| format!("TLS cannot be set up: {e}"))?)
            }
        };
        Ok(Self { url, tls, sender, timeout: SEND_TIMEOUT, idle: Mutex::default() })
    }

    async fn deliver(&self, mail: &OutgoingMail) -> Result<(), MailFailure> {
        let message = MimeMessage::build(&self.sender, mail)?;
        let mut connection = match self.take_idle().await {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        // After a failure the connection is closed, because its next answer is unknown.
        transfer(&mut connection, &message).await?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        Ok(())
    }

    async fn take_idle(&self) -> Option<AsyncSmtpConnection> {
        let mut connection = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        connection.test_connected().await.then_some(connection)
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, MailFailure> {
        let hello = ClientId::default();
        let implicit = self.tls.clone().filter(|_| self.url.security == SmtpSecurity::Tls);
        let step = SmtpStep::Connect { tls: implicit.is_some() };
        let server = (self.url.host.as_str(), self.url.port);
        let mut connection = AsyncSmtpConnection::connect_tokio1(server, Some(self.timeout), &hello, implicit, None)
            .await
            .map_err(|e| failure(step, &e))?;
        if let (SmtpSecurity::StartTls, Some(tls)) = (self.url.security, self.tls.clone()) {
            connection.starttls(tls, &hello).await.map_err(|e| failure(SmtpStep::StartTls, &e))?;
        }
        if let Some((user, password)) = &self.url.login {
            let credentials = Credentials::new(user.clone(), password.clone());
            connection
                .auth(&[Mechanism::Plain, Mechanism::Login], &credentials)
                .await
                .map_err(|e| failure(SmtpStep::Authenticate, &e))?;
        }
        Ok(connection)
    }
}

impl Mailer for SmtpMailer {
    fn send<'a>(&'a self, mail: &'a OutgoingMail) -> BoxFuture<'a, Result<(), MailFailure>> {
        Box::pin(async move {
            // lettre bounds connecting alone; this bounds the whole attempt.
            tokio::time::timeout(self.timeout, self.deliver(mail)).await.unwrap_or(Err(MailFailure::TIMEOUT))
        })
    }

    fn rest(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let idle = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
            let goodbyes = idle.into_iter().map(|mut connection| async move {
                // A failure here does no harm.
                let _ = tokio::time::timeout(QUIT_TIMEOUT, connection.quit()).await;
            });
            futures_util::future::join_all(goodbyes).await;
        })
    }
}

async fn transfer(connection: &mut AsyncSmtpConnection, message: &MimeMessage) -> Result<(), MailFailure> {
    let mut parameters = Vec::new();
    if !message.is_addressed_in_ascii() {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(MailFailure::REFUSED_RECIPIENT);
        }
        parameters.push(MailParameter::SmtpUtfEight);
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let mail = Mail::new(Some(message.from.clone()), parameters);
    connection.command(mail).await.map_err(|e| failure(SmtpStep::Sender, &e))?;
    let recipient = Rcpt::new(message.to.clone(), Vec::new());
    connection.command(recipient).await.map_err(|e| failure(SmtpStep::Recipient, &e))?;
    connection.command(Data).await.map_err(|e| failure(SmtpStep::Content, &e))?;
    connection.message(&message.bytes).await.map_err(|e| failure(SmtpStep::Content, &e))?;
    Ok(())
}

fn failure(step: SmtpStep, error: &SmtpError) -> MailFailure {
    if error.is_timeout() {
        return MailFailure::TIMEOUT;
    }
    match (error.status().map(u16::from), step) {
        // "Authentication required", "mechanism too weak", "credentials invalid", "encryption required for it".
        (Some(530 | 534 | 535 | 538), _) => MailFailure::AUTHENTICATION,
        (_, SmtpStep::StartTls) => MailFailure::TLS,
        (Some(400..=499), _) => MailFailure::TEMPORARY,
        (Some(_), SmtpStep::Authenticate) => MailFailure::AUTHENTICATION,
        (Some(_), SmtpStep::Recipient) => MailFailure::REFUSED_RECIPIENT,
        (Some(_), SmtpStep::Content) => MailFailure::REFUSED,
        (Some(_), SmtpStep::Connect { .. } | SmtpStep::Sender) => MailFailure::REFUSED_US,
        // The server offers no mechanism that this program has.
        (None, SmtpStep::Authenticate) if error.is_client() => MailFailure::AUTHENTICATION,
        (None, SmtpStep::Connect { tls: true }) if is_handshake(error) => MailFailure::TLS,
        (None, _) => MailFailure::CONNECTION,
    }
}

/// lettre has one kind for a failed connection and a failed handshake; the operating system's error tells them apart.
fn is_handshake(error: &SmtpError) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            return matches!(io.kind(), std::io::ErrorKind::InvalidData | std::io::ErrorKind::UnexpectedEof);
        }
        source = cause.source();
    }
    false
}

#[cfg(test)]
mod tests;
