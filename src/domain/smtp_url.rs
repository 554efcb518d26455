//! Where the mail server is and how it is spoken to, in one URL.

use std::net::IpAddr;

use url::Url;

/// `smtps://user:password@host:port` (TLS from the start, port 465), `smtp+starttls://…` (TLS before anything else is
/// said, port 587), or `smtp://…` (no TLS, port 25). Special characters in the user name and password are
/// percent-encoded. Its `Debug` shows no password.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpUrl {
    pub host: String,
    pub port: u16,
    pub security: SmtpSecurity,
    pub login: Option<(String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    None,
    StartTls,
    Tls,
}

impl SmtpUrl {
    /// Refuses `smtp://` to other machines, unless `?tls=none` says that this is meant: mails hold links that open
    /// doors. The error is a sentence for the operator and repeats nothing of the URL.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|_| Self::expected())?;
        let (security, default_port) = match url.scheme() {
            "smtps" => (SmtpSecurity::Tls, 465),
            "smtp+starttls" => (SmtpSecurity::StartTls, 587),
            "smtp" => (SmtpSecurity::None, 25),
            _ => return Err(Self::expected()),
        };
        let host = url.host_str().filter(|h| !h.is_empty()).ok_or_else(Self::expected)?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let mut meant_plain = false;
        for (name, value) in url.query_pairs() {
            match (name.as_ref(), value.as_ref()) {
                ("tls", "none") if security == SmtpSecurity::None => meant_plain = true,
                _ => return Err(format!("the only parameter is tls=none, with smtp://; {}", Self::expected())),
            }
        }
        if security == SmtpSecurity::None && !meant_plain && !is_loopback(&host) {
            return Err("smtp:// sends mails and the password unencrypted; use smtps:// or smtp+starttls://, \
                        or add ?tls=none if the way to the server is safe otherwise"
                .to_owned());
        }
        let login = match (url.username(), url.password()) {
            ("", None) => None,
            (user, Some(password)) if !user.is_empty() => Some((decoded(user)?, decoded(password)?)),
            _ => return Err("a user name needs a password, and a password a user name".to_owned()),
        };
        Ok(Self { host, port: url.port().unwrap_or(default_port), security, login })
    }

    fn expected() -> String {
        "expected smtps://USER:PASSWORD@HOST, smtp+starttls://USER:PASSWORD@HOST or smtp://localhost".to_owned()
    }
}

impl std::fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SmtpUrl({:?}, {}:{})", self.security, self.host, self.port)
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

fn decoded(text: &str) -> Result<String, String> {
    percent_encoding::percent_decode_str(text)
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| "the user name or password is not percent-encoded UTF-8".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_three_ways() {
        let url = SmtpUrl::parse("smtps://claire%40example.org:p%3Ass%2F+w@mail.example.org").unwrap();
        assert_eq!((url.host.as_str(), url.port, url.security), ("mail.example.org", 465, SmtpSecurity::Tls));
        assert_eq!(url.login, Some(("claire@example.org".to_owned(), "p:ss/+w".to_owned())));
        assert!(!format!("{url:?}").contains("p:ss"));

        let url = SmtpUrl::parse("smtp+starttls://u:p@mail.example.org:2525").unwrap();
        assert_eq!((url.port, url.security), (2525, SmtpSecurity::StartTls));
        assert_eq!(SmtpUrl::parse("smtp://[::1]").unwrap().host, "::1");
        assert_eq!(SmtpUrl::parse("smtp://127.0.0.1:1025").unwrap().port, 1025);
    }

    #[test]
    fn plain_text_over_the_network_must_be_meant() {
        assert!(SmtpUrl::parse("smtp://u:secret@mail.example.org").unwrap_err().contains("unencrypted"));
        assert!(SmtpUrl::parse("smtp://mail.internal?tls=none").is_ok());
        assert!(SmtpUrl::parse("smtps://mail.example.org?tls=none").is_err());
        assert!(SmtpUrl::parse("smtp+starttls://mail.example.org?tls=opportunistic").is_err());
    }

    #[test]
    fn refuses_halves_without_repeating_them() {
        for bad in ["", "mail.example.org", "http://u:secret@h", "smtps://", "smtps://secret@h", "smtps://:secret@h"] {
            assert!(!SmtpUrl::parse(bad).unwrap_err().contains("secret"), "{bad}");
        }
    }
}
