use serde::Serialize;

use super::{Code, Refusal};

/// A syntactically valid address, lower-cased: two spellings of one mailbox must not make two accounts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// At most 254 characters, 64 before the `@`; the domain has a dot or is `localhost`. No quoted local parts, no
    /// literals, no line breaks: what mail servers take from a web form.
    pub fn parse(raw: &str) -> Result<Self, Refusal> {
        let text = raw.trim().to_lowercase();
        if text.is_empty() {
            return Err(Refusal::field(Code::ValueMissing, "email"));
        }
        let valid = text.len() <= 254
            && text.split_once('@').is_some_and(|(local, domain)| is_local_part(local) && is_domain(domain));
        if valid { Ok(Self(text)) } else { Err(Refusal::field(Code::EmailInvalid, "email")) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the `@`, which a password must not contain.
    pub fn local_part(&self) -> &str {
        self.0.split_once('@').map_or("", |(local, _)| local)
    }
}

fn is_local_part(local: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    (1..=64).contains(&local.len())
        && local.chars().all(allowed)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
}

fn is_domain(domain: &str) -> bool {
    let label_ok = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    domain == "localhost" || (domain.contains('.') && domain.split('.').all(label_ok))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_mailboxes_look_like_and_folds_case() {
        assert_eq!(EmailAddress::parse(" Claire.M+x@Example.ORG ").unwrap().as_str(), "claire.m+x@example.org");
    }

    #[test]
    fn refuses_what_no_mail_server_would_take() {
        let long = format!("{}@example.org", "a".repeat(65));
        for bad in ["", "a", "a@b", "@example.org", "a@@b.c", "a b@c.d", "a@c..d", ".a@b.c", "a@-b.c", "a\n@b.c", &long]
        {
            assert!(EmailAddress::parse(bad).is_err(), "{bad:?} was accepted");
        }
    }
}
