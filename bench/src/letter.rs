//! Posted messages: a nonce names the post and its run, and the body repeats the nonce with the time of
//! sending and is filled up to the wanted length. A reader of a message can check every byte of it.

use std::fmt::Write;

#[derive(Debug, Clone)]
pub struct Letters {
    /// Differs from run to run: the server remembers nonces for ever.
    run: String,
    filler: String,
    body_bytes: usize,
}

impl Letters {
    pub fn new(body_bytes: usize) -> Self {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let run = format!("b{:x}-{:x}", now.as_micros(), std::process::id());
        let filler = "the quick brown fox signs at the notary ".repeat(body_bytes / 40 + 1);
        Self { run, filler, body_bytes }
    }

    pub fn nonce(&self, out: &mut String, room: u64, post: u32) {
        out.clear();
        // Writing into a String cannot fail.
        let _ = write!(out, "{}.{room}.{post}", self.run);
    }

    pub fn body(&self, out: &mut String, nonce: &str, sent_us: u64) {
        out.clear();
        let _ = write!(out, "{nonce} {sent_us} ");
        let missing = self.body_bytes.saturating_sub(out.len() + 1);
        out.push_str(self.filler.get(..missing).unwrap_or_default());
        // The server could trim a body; one that ends in a letter is the same either way.
        out.push('.');
    }

    /// The number of the post of `room` with this nonce; `None` if it is not of this run.
    pub fn post_of(&self, nonce: &str, room: u64) -> Option<u32> {
        let (theirs, post) = nonce.strip_prefix(self.run.as_str())?.strip_prefix('.')?.split_once('.')?;
        if theirs.parse::<u64>().ok()? != room {
            return None;
        }
        post.parse().ok()
    }

    /// Is `body` what was posted with `nonce` at `sent_us`?
    pub fn body_is(&self, body: &str, nonce: &str, sent_us: u64) -> bool {
        let Some(rest) = body.strip_prefix(nonce).and_then(|rest| rest.strip_prefix(' ')) else {
            return false;
        };
        let Some((stamp, filling)) = rest.split_once(' ') else {
            return false;
        };
        let missing = self.body_bytes.saturating_sub(nonce.len() + stamp.len() + 3);
        stamp.parse() == Ok(sent_us) && filling.strip_suffix('.') == self.filler.get(..missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_recognised_and_a_changed_one_is_not() {
        for bytes in [0, 120, 5000] {
            let letters = Letters::new(bytes);
            let (mut nonce, mut body) = (String::new(), String::new());
            letters.nonce(&mut nonce, 7, 42);
            letters.body(&mut body, &nonce, 123_456);
            assert!(nonce.len() <= 64 && nonce.bytes().all(|byte| byte.is_ascii_graphic()), "{nonce}");
            assert_eq!(body.len(), bytes.max(nonce.len() + 9));
            assert_eq!(letters.post_of(&nonce, 7), Some(42));
            assert_eq!(letters.post_of(&nonce, 8), None);
            assert_eq!(letters.post_of("0198c0a1-5d3e", 7), None);
            assert!(letters.body_is(&body, &nonce, 123_456));
            assert!(!letters.body_is(&body, &nonce, 123_457));
            assert!(!letters.body_is(&body[..body.len() - 1], &nonce, 123_456));
            assert!(!letters.body_is(&body.replace(' ', "_"), &nonce, 123_456));
        }
    }
}
