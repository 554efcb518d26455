//! A mail as it is sent: headers, a text part and an HTML part.

use lettre::address::Address;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};

use super::mailer::{MailFailure, OutgoingMail};
use super::one_line;
use crate::domain::EmailAddress;

/// The sender.
#[derive(Debug, Clone)]
pub struct Sender {
    pub address: EmailAddress,
    /// The brand's name.
    pub name: String,
}

/// Ready to be sent.
pub(super) struct MimeMessage {
    pub(super) from: Address,
    pub(super) to: Address,
    pub(super) bytes: Vec<u8>,
}

impl MimeMessage {
    /// The Message-ID takes the sender's domain. Fails when an address has no form that SMTP knows.
    pub(super) fn build(sender: &Sender, mail: &OutgoingMail) -> Result<Self, MailFailure> {
        let from = address(&sender.address).ok_or(MailFailure::REFUSED_US)?;
        let to = address(&mail.to).ok_or(MailFailure::REFUSED_RECIPIENT)?;
        let name = Some(one_line(&sender.name)).filter(|name| !name.is_empty());
        let message = lettre::Message::builder()
            .message_id(Some(format!("<{}@{}>", mail.message_id, from.domain())))
            .date_now()
            .from(Mailbox::new(name, from.clone()))
            .to(Mailbox::new(None, to.clone()))
            .subject(one_line(&mail.content.subject))
            .header(AutoSubmitted)
            .multipart(MultiPart::alternative_plain_html(mail.content.text.clone(), mail.content.html.clone()))
            .map_err(|_| MailFailure::REFUSED)?;
        Ok(Self { from, to, bytes: message.formatted() })
    }

    pub(super) fn is_addressed_in_ascii(&self) -> bool {
        [&self.from, &self.to].into_iter().all(|address| AsRef::<str>::as_ref(address).is_ascii())
    }
}

/// Domains with letters beyond ASCII get their ASCII form, which every server knows.
fn address(address: &EmailAddress) -> Option<Address> {
    let (local, domain) = address.as_str().split_once('@')?;
    let ascii = match url::Host::parse(domain) {
        Ok(url::Host::Domain(ascii)) => ascii,
        _ => domain.to_owned(),
    };
    Address::new(local, ascii).ok()
}

/// RFC 3834: no out-of-office answers, please.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::MailContent;

    fn built(to: &str, subject: &str, name: &str) -> String {
        let sender = Sender { address: EmailAddress::parse("portal@exämple.org").unwrap(), name: name.to_owned() };
        let mail = OutgoingMail {
            message_id: "0123456789abcdef0123456789abcdef".to_owned(),
            to: EmailAddress::parse(to).unwrap(),
            content: MailContent {
                subject: subject.to_owned(), text: "à b".to_owned(), html: "<p>à b</p>".to_owned()
            },
        };
        String::from_utf8(MimeMessage::build(&sender, &mail).map_err(|f| f.code).unwrap().bytes).unwrap()
    }

    #[test]
    fn has_the_headers_that_a_portal_needs() {
        let text = built("claire@example.org", "Votre espace", "Maison Ferrand");
        for line in [
            "Message-ID: <0123456789abcdef0123456789abcdef@xn--exmple-cua.org>",
            "From: \"Maison Ferrand\" <portal@xn--exmple-cua.org>",
            "To: claire@example.org",
            "Subject: Votre espace",
            "Auto-Submitted: auto-generated",
            "Content-Type: multipart/alternative;",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Type: text/html; charset=utf-8",
        ] {
            assert!(text.lines().any(|l| l.starts_with(line)), "{line} is missing in\n{text}");
        }
        assert!(text.contains("\r\nDate: "));
        assert!(text.is_ascii());
    }

    #[test]
    fn no_header_can_be_added() {
        for nasty in
            ["a\r\nBcc: eve@example.org", "a\nBcc: eve@example.org", "a\rBcc: x", "a\u{85}Bcc: x", "a\u{2028}b\0"]
        {
            let text = built("claire@example.org", nasty, nasty);
            let head = text.split_once("\r\n\r\n").unwrap().0;
            assert!(!head.lines().any(|l| l.starts_with("Bcc")), "{head}");
            assert!(!head.replace("\r\n", "").contains(['\r', '\n', '\0']), "{head}");
        }
    }
}
