//! The keys of counters. They are hashes, because neither addresses nor links are stored.

use sha2::{Digest, Sha256};

use crate::domain::{AccountId, EmailAddress, Origin};

/// The counter of access links to this account.
pub fn access_link_key(account: AccountId) -> String {
    format!("access_link:account:{}", digest(&account.to_string()))
}

/// The counter of mails that one person orders, for this recipient or for all.
pub fn sender_key(what: &str, sender: AccountId, to: &str) -> String {
    format!("{what}:sender:{}", digest(&format!("{sender} {to}")))
}

pub fn account_key(what: &str, email: &str) -> String {
    format!("{what}:account:{}", digest(&canonical(email)))
}

pub fn address_key(what: &str, origin: &Origin) -> String {
    format!("{what}:address:{}", digest(&network_of(origin)))
}

/// The counter of one network on one account.
pub fn pair_key(what: &str, origin: &Origin, email: &str) -> String {
    format!("{what}:pair:{}", digest(&format!("{} {}", network_of(origin), canonical(email))))
}

/// The counter of one device on which the account signed in before.
pub fn device_key(what: &str, device: &str, email: &str) -> String {
    format!("{what}:device:{}", digest(&format!("{device} {}", canonical(email))))
}

/// A /64 of IPv6 belongs to one household and counts as one network.
pub fn network_of(origin: &Origin) -> String {
    origin.ip.map_or_else(|| "unknown".to_owned(), |ip| ip.network().to_string())
}

/// Spellings of one address count together.
pub(super) fn canonical(subject: &str) -> String {
    EmailAddress::parse(subject).map_or_else(|_| subject.trim().to_lowercase(), |email| email.as_str().to_owned())
}

/// Hashes a subject, because neither addresses nor links are stored.
pub(super) fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
