use serde::Serialize;
use utoipa::ToSchema;

use super::text;
use super::{Code, Refusal};

/// A syntactically valid address in its one form: lower case, composed, its domain as it stands in the DNS
/// (`xn--exmple-cua.org` for `exämple.org`). Two spellings of one mailbox must not make two accounts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = Email)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// At most 254 characters, 64 before the `@`; the domain has a dot or is `localhost`. No quoted local parts, no
    /// literals, no line breaks: what mail servers take from a web form.
    pub fn parse(raw: &str) -> Result<Self, Refusal> {
        let text = text::plain(raw).to_lowercase();
        if text::is_empty(&text) {
            return Err(Refusal::field(Code::ValueMissing, "email"));
        }
        Self::canonical(&text).ok_or_else(|| Refusal::field(Code::EmailInvalid, "email"))
    }

    /// An address of the database. Versions before this one kept the domain as it was typed, and took some domains that
    /// cannot be: such an account must still be readable.
    pub fn stored(text: String) -> Self {
        Self::canonical(&text).unwrap_or(Self(text))
    }

    fn canonical(text: &str) -> Option<Self> {
        // Far longer than any address, and cheap to refuse.
        if text.len() > 1024 {
            return None;
        }
        let (local, domain) = text.split_once('@')?;
        let (local, domain) = (text::composed(local), dns_name(domain)?);
        let address = format!("{local}@{domain}");
        (is_local_part(&local) && is_domain(&domain) && address.len() <= 254).then_some(Self(address))
    }

    /// Every form in which this address may stand in the database: its own first, then those that earlier versions kept.
    pub fn spellings(&self) -> Vec<String> {
        let mut spellings = vec![self.0.clone()];
        let Some((local, domain)) = self.0.split_once('@') else { return spellings };
        let (as_read, _) = idna::domain_to_unicode(domain);
        for domain in [domain, &as_read] {
            for address in
                [format!("{local}@{domain}"), format!("{}@{}", text::decomposed(local), text::decomposed(domain))]
            {
                if !spellings.contains(&address) {
                    spellings.push(address);
                }
            }
        }
        spellings
    }

    /// The words that find this address: its own form, and its domain as people read it.
    pub fn search_key(&self) -> String {
        let (as_read, _) = idna::domain_to_unicode(self.0.split_once('@').map_or("", |(_, domain)| domain));
        let is_plain = self.0.ends_with(&as_read);
        text::search_key([self.0.as_str(), if is_plain { "" } else { &as_read }])
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the `@`, which a password must not contain.
    pub fn local_part(&self) -> &str {
        self.0.split_once('@').map_or("", |(local, _)| local)
    }
}

/// The name under which the DNS knows a domain; `None` if it can have none.
fn dns_name(domain: &str) -> Option<String> {
    use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
    let name =
        Uts46::new().to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Verify);
    name.ok().map(std::borrow::Cow::into_owned)
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
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
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
    fn spellings_of_one_mailbox_are_one_address() {
        let parse = |raw: &str| EmailAddress::parse(raw).unwrap();
        for (raw, same) in [
            ("x@exämple.org", "x@xn--exmple-cua.org"),
            ("x@exa\u{308}mple.org", "x@xn--exmple-cua.org"),
            ("X@EXÄMPLE.ORG", "x@xn--exmple-cua.org"),
            ("x@例え。jp", "x@xn--r8jz45g.jp"),
            ("x@straße.de", "x@xn--strae-oqa.de"),
            ("\u{200b}p@example.org", "p@example.org"),
            ("\u{202a}p@exam\u{ad}ple.org\u{202c}\u{a0}", "p@example.org"),
            ("ｐ@ｅxample.org", "p@example.org"),
            ("e\u{301}@example.org", "é@example.org"),
        ] {
            assert_eq!(parse(raw).as_str(), same, "{raw:?}");
        }
        assert_eq!(parse("x@exämple.org").search_key(), "x@xn exmple cua.org example.org");
        assert_eq!(parse("x@example.org").search_key(), "x@example.org");
    }

    #[test]
    fn an_address_that_an_earlier_version_kept_is_among_the_spellings() {
        let kept = |raw: &str| raw.trim().to_lowercase();
        for raw in ["x@exämple.org", "x@exa\u{308}mple.org", "é@exämple.org", "x@xn--exmple-cua.org", "x@example.org"]
        {
            let spellings = EmailAddress::parse(raw).unwrap().spellings();
            assert!(spellings.contains(&kept(raw)), "{raw:?}: {spellings:?}");
        }
        assert_eq!(EmailAddress::parse("x@example.org").unwrap().spellings(), ["x@example.org"]);
        assert_eq!(EmailAddress::stored("x@exämple.org".into()).as_str(), "x@xn--exmple-cua.org");
        assert_eq!(
            EmailAddress::stored("x@a²b-.org".into()).as_str(),
            "x@a²b-.org",
            "never to be had again, still to be read"
        );
    }

    #[test]
    fn refuses_what_no_mail_server_would_take() {
        let long = format!("{}@example.org", "a".repeat(65));
        for bad in [
            "",
            "a",
            "a@b",
            "@example.org",
            "a@@b.c",
            "a b@c.d",
            "a@c..d",
            ".a@b.c",
            "a@-b.c",
            "a\n@b.c",
            "a@b_c.d",
            "a@xn--.org",
            "a@\u{5d0}b.org",
            &long,
        ] {
            assert!(EmailAddress::parse(bad).is_err(), "{bad:?} was accepted");
        }
    }
}
