//! The rules of good passwords. Hashing is not here: it takes time on purpose.

use std::borrow::Cow;

use super::text;
use super::{Code, Refusal};

/// A password that follows the rules. Never printed.
#[derive(Clone)]
pub struct Password(String);

/// A password that breaks no rule that can be checked at once. How guessable it is comes next, and takes time.
pub struct PasswordCandidate {
    text: String,
    personal: Vec<String>,
}

impl Password {
    pub const MIN_CHARS: usize = 8;
    pub const MAX_CHARS: usize = 128;
    /// The estimate looks at so many characters from the beginning. Its cost grows faster than their number, and nobody's
    /// password is guessable at its beginning and good enough for what comes behind.
    pub const ESTIMATED_CHARS: usize = 64;

    /// Upper, lower, digit, special character, 8 to 128 characters, and none of `personal` in it: words that an attacker would
    /// try first, such as names, e-mail address and brand. Cheap whatever is given.
    pub fn candidate(raw: &str, personal: &[&str]) -> Result<PasswordCandidate, Vec<Refusal>> {
        let raw = Self::canonical(raw);
        let broken = broken_rules(&raw, personal);
        if broken.is_empty() {
            let personal = personal.iter().map(|&word| word.to_owned()).collect();
            Ok(PasswordCandidate { text: raw.into_owned(), personal })
        } else {
            Err(broken.into_iter().map(refusal).collect())
        }
    }

    /// All rules at once. Slow: not for a thread that serves connections.
    pub fn parse(raw: &str, personal: &[&str]) -> Result<Self, Vec<Refusal>> {
        Self::candidate(raw, personal)?.estimate().map_err(|guessable| vec![guessable])
    }

    /// The form that is judged and hashed: one keyboard writes `é` as one character, another as two. A text that is far too long
    /// to be a password stays as it is.
    pub fn canonical(raw: &str) -> Cow<'_, str> {
        if raw.len() > Self::MAX_CHARS * 16 { Cow::Borrowed(raw) } else { text::composed(raw) }
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl PasswordCandidate {
    /// Not guessable (zxcvbn score of at least 3 of 4). Takes milliseconds to tenths of seconds.
    pub fn estimate(self) -> Result<Password, Refusal> {
        let personal: Vec<&str> = self.personal.iter().map(String::as_str).collect();
        let looked_at: String = self.text.chars().take(Password::ESTIMATED_CHARS).collect();
        if zxcvbn::zxcvbn(&looked_at, &personal).score() < zxcvbn::Score::Three {
            return Err(refusal(Code::PasswordGuessable));
        }
        Ok(Password(self.text))
    }
}

fn refusal(code: Code) -> Refusal {
    Refusal::field(code, "password")
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

fn broken_rules(raw: &str, personal: &[&str]) -> Vec<Code> {
    let length = raw.chars().count();
    if length > Password::MAX_CHARS {
        // Judged no further.
        return vec![Code::PasswordTooLong];
    }
    let mut broken = Vec::new();
    if length < Password::MIN_CHARS {
        broken.push(Code::PasswordTooShort);
    }
    if !raw.chars().any(char::is_uppercase) {
        broken.push(Code::PasswordNeedsUpper);
    }
    if !raw.chars().any(char::is_lowercase) {
        broken.push(Code::PasswordNeedsLower);
    }
    if !raw.chars().any(|c| c.is_ascii_digit()) {
        broken.push(Code::PasswordNeedsDigit);
    }
    if !raw.chars().any(|c| !c.is_alphanumeric()) {
        broken.push(Code::PasswordNeedsSpecial);
    }
    if broken.is_empty() && contains_personal(raw, personal) {
        broken.push(Code::PasswordGuessable);
    }
    broken
}

/// Accents and capitals hide no name. The browser says the same while one types (`text/password-rules.js`).
fn contains_personal(raw: &str, personal: &[&str]) -> bool {
    let folded = text::search_key([raw]);
    let words = personal.iter().map(|word| text::search_key([*word]));
    words.into_iter().any(|word| word.chars().count() >= 4 && folded.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(raw: &str) -> Vec<Code> {
        match Password::parse(raw, &["Claire", "Martin", "claire@example.org"]) {
            Ok(_) => vec![],
            Err(refusals) => refusals.into_iter().map(|r| r.code).collect(),
        }
    }

    #[test]
    fn names_every_broken_rule() {
        use Code::*;
        assert_eq!(codes("abc"), [PasswordTooShort, PasswordNeedsUpper, PasswordNeedsDigit, PasswordNeedsSpecial]);
        assert_eq!(codes("ABCDEFG1!"), [PasswordNeedsLower]);
        assert_eq!(codes(&"aA1!".repeat(33)), [PasswordTooLong]);
    }

    /// `tests/js/passwords.test.js` reads the same table.
    #[test]
    fn the_browser_and_the_server_judge_alike() {
        let table = include_str!("../../tests/support/passwords.json");
        let cases: Vec<serde_json::Value> = serde_json::from_str(table).unwrap();
        for case in cases {
            let words = |name: &str| -> Vec<String> { serde_json::from_value(case[name].clone()).unwrap() };
            let (raw, personal, broken) = (case["password"].as_str().unwrap(), words("personal"), words("broken"));
            let personal: Vec<&str> = personal.iter().map(String::as_str).collect();
            let expected: Vec<Code> = broken
                .iter()
                .map(|rule| match rule.as_str() {
                    "length" => Code::PasswordTooShort,
                    "upper" => Code::PasswordNeedsUpper,
                    "lower" => Code::PasswordNeedsLower,
                    "digit" => Code::PasswordNeedsDigit,
                    "special" => Code::PasswordNeedsSpecial,
                    _ => Code::PasswordGuessable,
                })
                .collect();
            let found =
                Password::parse(raw, &personal).map_or_else(|all| all.iter().map(|one| one.code).collect(), |_| vec![]);
            assert_eq!(found, expected, "{raw}");
        }
        // A name without its accents is still that name.
        assert!(Password::parse("Maelle2026!", &["Maëlle"]).is_err());
    }

    #[test]
    fn the_form_of_a_letter_decides_nothing() {
        let (composed, decomposed) = ("Çorail-Tuilé-84-vént", "C\u{327}orail-Tuile\u{301}-84-ve\u{301}nt");
        let revealed = |raw| Password::parse(raw, &[]).unwrap().reveal().to_owned();
        assert_eq!(revealed(decomposed), revealed(composed));
        // The accent behind its letter is no special character, and no letter more.
        assert_eq!(codes("Corail84Tuile\u{301}vent"), [Code::PasswordNeedsSpecial]);
        assert_eq!(codes(&format!("Aa1-{}", "e\u{301}".repeat(128))), [Code::PasswordTooLong]);
        assert_ne!(codes(&format!("Aa1-{}", "e\u{301}".repeat(124))), [Code::PasswordTooLong]);
    }

    #[test]
    fn refuses_the_guessable_and_the_personal() {
        assert_eq!(codes("Password1!"), [Code::PasswordGuessable]);
        assert_eq!(codes("xClaire#8812zq"), [Code::PasswordGuessable]);
        // So much as is looked at must be good by itself: what comes behind it is not estimated.
        let weak = "Aa1!".repeat(Password::ESTIMATED_CHARS / 4);
        assert_eq!(codes(&format!("{weak}Corail-Tuile-84-vent")), [Code::PasswordGuessable]);
    }

    #[test]
    fn accepts_good_ones_in_any_script() {
        assert_eq!(codes("Corail-Tuile-84-vent"), []);
        assert_eq!(codes("Žluťoučký7 kůň 🐎"), []);
    }
}
