//! Devices on which an account signed in before. They do not share the counters of strangers, so that a stranger's failures do not
//! keep the owner out.
//!
//! Nothing is stored: a device holds, in a cookie that lasts, a token for each account (at most four), which is its own random
//! number, the time, and a MAC of both and of the account's address under a key of the installation. It opens nothing. A token
//! from before the last change of the password is ignored: a person who knew the old password may have made it.

use crate::domain::{HashKey, Timestamp};

/// Accounts that one browser is remembered for.
const MAX_TOKENS: usize = 4;
/// Browsers keep a cookie no longer than this.
pub const LASTS_DAYS: i64 = 400;

pub struct Devices {
    key: HashKey,
}

/// A device that the account's owner used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    pub id: String,
    pub since: Timestamp,
}

impl Devices {
    pub fn new(key: HashKey) -> Self {
        Self { key }
    }

    /// The device that this cookie identifies, if it signed in on this account.
    pub fn recognise(&self, cookie: Option<&str>, email: &str, now: Timestamp) -> Option<Device> {
        let found = cookie?.split('~').take(MAX_TOKENS).find_map(|token| self.read(token, email))?;
        (found.since.plus_days(LASTS_DAYS) > now).then_some(found)
    }

    /// The cookie of a device that has just signed in: what it had for other accounts, and a new token for this one.
    pub fn remember(&self, cookie: Option<&str>, email: &str, id: String, now: Timestamp) -> String {
        let token = self.write(&Device { id, since: now }, email);
        let others = cookie.into_iter().flat_map(|cookie| cookie.split('~'));
        let others = others.filter(|token| is_token(token) && self.read(token, email).is_none());
        std::iter::once(token.as_str()).chain(others).take(MAX_TOKENS).collect::<Vec<_>>().join("~")
    }

    fn write(&self, device: &Device, email: &str) -> String {
        let Device { id, since } = device;
        format!("{id}.{}.{}", since.0, self.mac(device, email))
    }

    fn read(&self, token: &str, email: &str) -> Option<Device> {
        if !is_token(token) {
            return None;
        }
        let mut parts = token.split('.');
        let (id, since, mac) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?);
        let device = Device { id: id.to_owned(), since: Timestamp(since) };
        // The comparison leaks no secret: a MAC of 128 bits for one token is not guessed by the time that a request takes, and it
        // opens nothing.
        (self.mac(&device, email) == mac).then_some(device)
    }

    fn mac(&self, device: &Device, email: &str) -> String {
        let parts = [device.id.as_bytes(), &device.since.0.to_be_bytes(), email.as_bytes()];
        self.key.hash("device", &parts).0.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Sixteen hexadecimal characters, a time, and thirty-two hexadecimal characters.
fn is_token(token: &str) -> bool {
    let is_hex = |text: &str, length| text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit());
    let parts: Vec<&str> = token.split('.').collect();
    matches!(parts.as_slice(), [id, since, mac] if is_hex(id, 16) && is_hex(mac, 32) && since.len() <= 19)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn keyed(key: u8) -> Devices {
        Devices::new(HashKey::of(&[key; 32]).unwrap())
    }

    fn id(number: u64) -> String {
        format!("{number:016x}")
    }

    #[test]
    fn a_device_is_known_to_the_account_that_signed_in_on_it_and_to_no_other() {
        let devices = keyed(7);
        let cookie = devices.remember(None, "ana@example.org", id(1), NOW);
        let known = |cookie: &str, email: &str| devices.recognise(Some(cookie), email, NOW.plus_days(1));
        assert_eq!(known(&cookie, "ana@example.org"), Some(Device { id: id(1), since: NOW }));
        assert_eq!(known(&cookie, "ben@example.org"), None);
        assert_eq!(keyed(8).recognise(Some(&cookie), "ana@example.org", NOW), None);
        assert_eq!(devices.recognise(None, "ana@example.org", NOW), None);
        assert_eq!(devices.recognise(Some(&cookie), "ana@example.org", NOW.plus_days(LASTS_DAYS)), None);

        let both = devices.remember(Some(&cookie), "ben@example.org", id(2), NOW);
        assert!(known(&both, "ana@example.org").is_some() && known(&both, "ben@example.org").is_some());
    }

    #[test]
    fn a_cookie_keeps_few_tokens_one_for_each_account_and_no_rubbish() {
        let devices = keyed(7);
        let mut cookie = "rubbish~<script>~a.b.c".to_owned();
        for round in 0..3 {
            for person in 0..6 {
                cookie = devices.remember(Some(&cookie), &format!("p{person}@example.org"), id(round), NOW);
            }
        }
        assert_eq!(cookie.split('~').count(), MAX_TOKENS);
        assert!(
            cookie.len() < 4 * 80 && cookie.bytes().all(|b| b.is_ascii_alphanumeric() || b".~".contains(&b)),
            "{cookie}"
        );
    }

    #[test]
    fn what_was_changed_is_not_believed() {
        let devices = keyed(7);
        let cookie = devices.remember(None, "ana@example.org", id(1), NOW);
        for place in 0..cookie.len() {
            let mut bytes = cookie.clone().into_bytes();
            bytes[place] = if bytes[place] == b'1' { b'2' } else { b'1' };
            let forged = String::from_utf8(bytes).unwrap();
            assert_eq!(devices.recognise(Some(&forged), "ana@example.org", NOW), None, "{forged}");
        }
    }
}
