//! The settings of mail.

use super::kind::SettingKind;
use super::reader::{Area, SettingReader};
use crate::domain::{EmailAddress, SmtpUrl};

#[derive(Debug, Clone)]
pub enum MailTransport {
    Smtp {
        url: SmtpUrl,
        /// The sender's address; the name beside it is the brand's.
        from: EmailAddress,
    },
    /// No mail is sent: the database keeps them, where the demo shows them.
    DemoMailbox,
}

impl MailTransport {
    pub(super) fn read(reader: &mut SettingReader<'_>) -> Self {
        reader.area(Area { title: "Mail", table: "mail", prefix: "ENTREMISE_MAIL_" });
        let url = reader.conventional(
            ("smtp_url", "SMTP_URL"),
            SettingKind::secret(
                "smtps://USER:PASSWORD@HOST, smtp+starttls://USER:PASSWORD@HOST, or smtp://HOST, which encrypts nothing \
                 and to another machine needs ?tls=none",
                |text| SmtpUrl::parse(text).ok(),
            ),
            "none: mails are kept and not sent",
            "The server that takes our mail. Special characters of a password are percent-encoded.",
        );
        let from = reader.optional(
            "from",
            SettingKind::shown_by(
                "a mail address, such as portal@example.org",
                |text| EmailAddress::parse(text).ok(),
                |address| address.as_str().to_owned(),
            ),
            "none: required with SMTP_URL",
            "The address that every mail is from. The name beside it is the brand's.",
        );
        match (url, from) {
            (Some(url), Some(from)) => Self::Smtp { url, from },
            (Some(_), None) => {
                reader.missing("mail.from", "a mail address, because SMTP_URL is set");
                Self::DemoMailbox
            }
            (None, _) => Self::DemoMailbox,
        }
    }

    pub(super) fn warning(&self) -> Option<String> {
        match self {
            Self::DemoMailbox => Some("SMTP_URL is not set: mails are kept in the database and not sent".to_owned()),
            Self::Smtp { .. } => None,
        }
    }
}
