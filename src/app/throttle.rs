//! Counting attempts, so that guessing is slow from one address and for one account, whichever node is asked.

use sha2::{Digest, Sha256};

use super::{App, AppResult};
use crate::domain::{AccountId, Code, EmailAddress, Origin, Refusal};
use crate::store::throttles::{self, Limit};

impl App {
    /// Refuses `too_many_attempts`. If the counter cannot be written the attempt is refused too: a guard fails closed.
    pub(super) async fn throttle_sign_in(&self, email: &str, origin: &Origin) -> AppResult<()> {
        let address = (address_key("sign_in", origin), self.settings.sign_in_per_address);
        let account = (account_key("sign_in", email), self.settings.sign_in_per_account);
        self.throttle(vec![address, account]).await
    }

    async fn throttle(&self, counters: Vec<(String, Limit)>) -> AppResult<()> {
        let now = self.clock.now();
        let wait = self
            .store
            .write(move |conn| {
                let mut wait = None;
                for (key, limit) in &counters {
                    if let Err(ms) = throttles::hit(conn, key, *limit, now)? {
                        wait = wait.max(Some(ms));
                    }
                }
                Ok(wait)
            })
            .await?;
        match wait {
            None => Ok(()),
            Some(ms) => Err(Refusal::retry(Code::TooManyAttempts, ms).into()),
        }
    }
}

pub(super) fn forget_account_key(email: &EmailAddress) -> String {
    account_key("sign_in", email.as_str())
}

/// Links that give access back, to this account.
pub(super) fn access_link_key(account: AccountId) -> String {
    format!("access_link:account:{}", digest(&account.to_string()))
}

/// The address itself is not kept: a hash counts as well. Spellings of one address count together.
pub(super) fn account_key(what: &str, email: &str) -> String {
    format!("{what}:account:{}", digest(&canonical(email)))
}

pub(super) fn address_key(what: &str, origin: &Origin) -> String {
    format!("{what}:address:{}", digest(&network_of(origin)))
}

/// What one network does about one account.
pub(super) fn pair_key(what: &str, origin: &Origin, email: &str) -> String {
    format!("{what}:pair:{}", digest(&format!("{} {}", network_of(origin), canonical(email))))
}

/// IPv6 hands whole /64 networks to one household: they count as one.
pub(super) fn network_of(origin: &Origin) -> String {
    origin.ip.map_or_else(|| "unknown".to_owned(), |ip| ip.network().to_string())
}

fn canonical(email: &str) -> String {
    EmailAddress::parse(email).map_or_else(|_| email.trim().to_lowercase(), |email| email.as_str().to_owned())
}

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
