//! Searching: what is searched and what is looked for are folded in the same way, here and not in a database, so that both
//! databases find the same.

use icu_normalizer::DecomposingNormalizerBorrowed;

use super::{is_blank, is_dash, is_invisible};

/// The words of a search, folded. All of them must be found, each in any field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchWords(Vec<String>);

impl SearchWords {
    pub fn parse(text: &str) -> Self {
        let mut words: Vec<String> =
            folded(text).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        words.sort_unstable();
        words.dedup();
        Self(words)
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Does each word stand in this key?
    pub fn are_in(&self, key: &str) -> bool {
        self.0.iter().all(|word| key.contains(word))
    }
}

/// The key by which a row is found. No word reaches from one field into the next: words have no blank, and fields have one
/// between them.
pub fn search_key<'a>(fields: impl IntoIterator<Item = &'a str>) -> String {
    let mut key = String::new();
    for field in fields.into_iter().map(folded).filter(|field| !field.is_empty()) {
        if !key.is_empty() {
            key.push(' ');
        }
        key.push_str(&field);
    }
    key
}

/// Without accents and capitals; dashes and every kind of blank become one blank.
fn folded(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    for c in DecomposingNormalizerBorrowed::new_nfkd().normalize(text).chars() {
        match c {
            _ if is_accent(c) => {}
            _ if is_blank(c) || is_dash(c) || c == '-' || c.is_control() => {
                if !key.is_empty() && !key.ends_with(' ') {
                    key.push(' ');
                }
            }
            _ if is_invisible(c) => {}
            _ => c.to_lowercase().for_each(|lower| push_plain(&mut key, lower)),
        }
    }
    key.truncate(key.trim_end().len());
    key
}

/// Letters that no normal form takes apart, though people do.
fn push_plain(key: &mut String, c: char) {
    match c {
        'æ' => key.push_str("ae"),
        'œ' => key.push_str("oe"),
        'ß' => key.push_str("ss"),
        'þ' => key.push_str("th"),
        'ø' => key.push('o'),
        'ł' => key.push('l'),
        'đ' | 'ð' => key.push('d'),
        'ħ' => key.push('h'),
        'ı' => key.push('i'),
        'ς' => key.push('σ'),
        '’' | '‘' | 'ʼ' | '′' => key.push('\''),
        _ if is_accent(c) => {}
        _ => key.push(c),
    }
}

/// Marks of Latin, Greek and Cyrillic, points of Hebrew, vowel signs of Arabic. Vowels of other scripts are letters.
fn is_accent(c: char) -> bool {
    matches!(
        c,
        '\u{300}'..='\u{36f}'
            | '\u{591}'..='\u{5bd}'
            | '\u{5bf}'
            | '\u{5c1}'..='\u{5c2}'
            | '\u{5c4}'..='\u{5c5}'
            | '\u{5c7}'
            | '\u{64b}'..='\u{65f}'
            | '\u{670}'
            | '\u{1ab0}'..='\u{1aff}'
            | '\u{1dc0}'..='\u{1dff}'
            | '\u{20d0}'..='\u{20ff}'
            | '\u{fe20}'..='\u{fe2f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_capitals_and_blanks_do_not_matter() {
        for (text, key) in [
            ("Élise", "elise"),
            ("E\u{301}LISE", "elise"),
            ("  Anne\u{a0} Petit ", "anne petit"),
            ("Jean\u{2011}Paul", "jean paul"),
            ("Sacré-Cœur", "sacre coeur"),
            ("STRASSE Straße", "strasse strasse"),
            ("ΟΔΥΣΣΕΥΣ Οδυσσεύς", "οδυσσευσ οδυσσευσ"),
            ("İstanbul ISPARTA", "istanbul isparta"),
            ("L’Église", "l'eglise"),
            ("ａｂｃ ﬁn", "abc fin"),
            ("100%_\\", "100%_\\"),
            ("\u{200b}\u{202e}a", "a"),
            ("שָׁלוֹם", "שלום"),
        ] {
            assert_eq!(search_key([text]), key, "{text:?}");
        }
    }

    #[test]
    fn every_word_is_found_in_whatever_field() {
        let key = search_key(["Anne", "Petit", "anne.p@example.org"]);
        for found in ["petit anne", "ANNE p@example", "", "  ", "é", "tit"] {
            assert!(SearchWords::parse(found).are_in(&key), "{found:?}");
        }
        for missed in ["Anne Durand", "annepetit", "anne petit zoé"] {
            assert!(!SearchWords::parse(missed).are_in(&key), "{missed:?}");
        }
    }
}
