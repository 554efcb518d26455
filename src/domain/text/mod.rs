//! One canonical form of what people type. Unicode can write one name in several ways, and can write nothing at all with
//! characters that take a place in a column: every field and both databases see a text only after it has come through here.

mod search;

use std::borrow::Cow;

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use icu_properties::props::{DefaultIgnorableCodePoint, ExtendedPictographic, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

pub use search::{SearchWords, search_key};

/// The composed form (NFC): `e` with an accent behind it becomes `é`.
pub fn composed(text: &str) -> Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfc().normalize(text)
}

/// The form with accents behind their letters (NFD), as some systems write it.
pub fn decomposed(text: &str) -> Cow<'_, str> {
    DecomposingNormalizerBorrowed::new_nfd().normalize(text)
}

/// One line as it is kept: composed, nothing around it, and without what nobody sees, which a copied text brings along and by which
/// two names could look the same. A joiner of letters or of the parts of an emoji stays where it joins.
pub fn one_line(raw: &str) -> String {
    let mut kept = String::with_capacity(raw.len());
    let mut before = None;
    for c in composed(raw).chars().filter(|c| !is_stray(*c)) {
        if !is_joiner(c) || before.is_some_and(can_be_joined) {
            kept.push(c);
            before = Some(c);
        }
    }
    kept.trim_end_matches(['\u{200c}', '\u{200d}']).trim_matches(is_blank).to_owned()
}

/// Lines as they are kept: composed, nothing around them.
pub fn lines(raw: &str) -> String {
    composed(raw).trim_matches(is_blank).to_owned()
}

/// The form of texts in plain characters (an address, a telephone number): no invisible character, one kind of
/// blank, one kind of dash, digits as they are on a keyboard.
pub fn plain(raw: &str) -> String {
    let compatible = ComposingNormalizerBorrowed::new_nfkc().normalize(raw);
    let kept = compatible.chars().filter(|c| !is_invisible(*c)).map(|c| match c {
        dash if is_dash(dash) => '-',
        blank if blank.is_whitespace() && !blank.is_control() => ' ',
        other => other,
    });
    kept.collect::<String>().trim().to_owned()
}

/// Nothing of it can be seen. The browser says the same (`text/shown.js`).
pub fn is_empty(text: &str) -> bool {
    !text.chars().any(shows)
}

/// More marks on one letter than any language writes in a name: they run over the lines above and below.
pub fn has_piled_marks(text: &str) -> bool {
    use GeneralCategory as Kind;
    let mut pile = 0;
    for c in text.chars().filter(|c| !c.is_ascii()) {
        match kind(c) {
            Kind::NonspacingMark | Kind::EnclosingMark => pile += 1,
            _ if is_invisible(c) => {}
            _ => pile = 0,
        }
        if pile > MOST_MARKS {
            return true;
        }
    }
    false
}

/// Hebrew and Arabic put three or four points on a letter, Burmese and Tibetan as many signs around one.
const MOST_MARKS: usize = 4;

/// Does this character show anything by itself? A mark needs a letter under it. A character that stands for nothing, or only for those who
/// agreed on it, is a box or a gap. Emoji of a later Unicode than ours have their places already.
fn shows(c: char) -> bool {
    use GeneralCategory as Kind;
    if c.is_ascii() {
        return c.is_ascii_graphic();
    }
    if is_blank(c) || is_invisible(c) || c == '\u{fffc}' {
        return false;
    }
    match kind(c) {
        Kind::NonspacingMark | Kind::EnclosingMark | Kind::SpacingMark | Kind::Control | Kind::Format => false,
        Kind::PrivateUse | Kind::Surrogate => false,
        Kind::Unassigned => CodePointSetData::new::<ExtendedPictographic>().contains(c),
        _ => true,
    }
}

fn kind(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}

/// Embeddings, overrides and isolates: with them a name could show its letters, and those that stand behind it, in another
/// order than they have.
pub fn has_direction_controls(text: &str) -> bool {
    text.chars().any(is_direction_control)
}

fn is_direction_control(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Ends a line, or has no meaning in a text.
pub fn is_line_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// White space, and letters whose only picture is a blank.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{2800}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}')
}

/// Characters that a program may leave out of what it shows, and some that all of them leave out.
fn is_invisible(c: char) -> bool {
    // Nearly everything is ASCII, and none of that is ignorable.
    !c.is_ascii()
        && (matches!(c, '\u{fff9}'..='\u{fffb}' | '\u{1d159}')
            || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c))
}

/// Soft hyphens, zero-width spaces, marks of direction and the like: no one sees that they are there, and nothing changes
/// without them. Blanks and controls of direction are none of these: they have rules of their own.
fn is_stray(c: char) -> bool {
    is_invisible(c) && !is_joiner(c) && !is_blank(c) && !is_direction_control(c)
}

/// Invisible, but it changes what stands before or around it: joins letters and emoji, chooses a form of a sign or a flag.
fn is_joiner(c: char) -> bool {
    matches!(
        c,
        '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0020}'..='\u{e007f}'
            | '\u{e0100}'..='\u{e01ef}'
    )
}

/// Latin, Greek and Cyrillic letters have nothing to be joined and no other forms, and a blank has none either.
fn can_be_joined(c: char) -> bool {
    !(is_blank(c) || c < '\u{530}' && c.is_alphabetic())
}

fn is_dash(c: char) -> bool {
    matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_composed_and_loses_what_nobody_sees() {
        for (raw, kept) in [
            ("  E\u{301}lise ", "Élise"),
            ("\u{feff}A\u{200b}na\u{200e}", "Ana"),
            ("Ana\u{3164}\u{2800}\u{a0}", "Ana"),
            ("hy\u{ad}phen", "hyphen"),
            // These belong to what they stand in.
            ("👩\u{200d}👩\u{200d}👧", "👩\u{200d}👩\u{200d}👧"),
            ("❤\u{fe0f}", "❤\u{fe0f}"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("Maison\u{a0}: 3 pièces", "Maison\u{a0}: 3 pièces"),
            ("1\u{fe0f}\u{20e3}", "1\u{fe0f}\u{20e3}"),
            ("🏴\u{e0067}\u{e0062}\u{e007f}", "🏴\u{e0067}\u{e0062}\u{e007f}"),
            ("葛\u{e0100}城", "葛\u{e0100}城"),
            // Here they only make a second name that looks like the first.
            ("\u{200d}Bob", "Bob"),
            ("Bo\u{200c}b\u{fe0f}", "Bob"),
            ("\u{e0041}\u{e0042}Bob", "Bob"),
            ("Bob\u{34f}\u{2065}\u{206a}", "Bob"),
            ("B\u{fff9}o\u{1d173}b", "Bob"),
            ("Anne \u{fe0f}Petit", "Anne Petit"),
            ("❤\u{fe0f}\u{200d}", "❤\u{fe0f}"),
        ] {
            assert_eq!(one_line(raw), kept, "{raw:?}");
        }
    }

    #[test]
    fn what_cannot_be_seen_is_empty() {
        // `tests/js/names-and-paths.test.js` reads the same table.
        let table: serde_json::Value = serde_json::from_str(include_str!("../../../tests/support/empty.json")).unwrap();
        for (name, expected) in [("empty", true), ("shown", false)] {
            for text in table[name].as_array().unwrap() {
                assert_eq!(is_empty(text.as_str().unwrap()), expected, "{text:?}");
            }
        }
    }

    #[test]
    fn no_letter_of_a_name_bears_a_pile_of_marks() {
        let zal = |marks: usize| composed(&format!("Zaq{}", "\u{301}".repeat(marks))).into_owned();
        assert!(has_piled_marks(&zal(60)) && has_piled_marks(&zal(5)) && !has_piled_marks(&zal(4)));
        assert!(has_piled_marks(&"\u{301}\u{302}\u{34f}".repeat(3)), "nothing unseen takes them apart");
        for name in [
            "Nguyễn Thị Thuỷ",
            "Nguye\u{302}\u{303}n",
            "שָׁלוֹם",
            "מִרְיָם",
            "مُحَمَّدٌ",
            "क्षमा",
            "မြို့",
            "བསྒྲུབས",
            "ณัฐพงษ์",
            "🏴\u{e0067}\u{e0062}\u{e007f}",
            "👩\u{200d}❤\u{fe0f}\u{200d}👩",
            "1\u{fe0f}\u{20e3}",
        ] {
            assert!(!has_piled_marks(name), "{name}");
        }
    }

    #[test]
    fn what_is_written_plainly_has_one_form() {
        assert_eq!(plain("\u{202a}+33\u{a0}6\u{202f}12\u{2011}34\u{2013}56\u{202c}"), "+33 6 12-34-56");
        assert_eq!(plain("＋３３ ６"), "+33 6");
        assert_eq!(plain("\u{200b}p@example.org\u{feff} "), "p@example.org");
    }

    #[test]
    fn direction_is_controlled_by_nobody_who_is_not_seen() {
        for controlled in ["a\u{202e}b", "\u{202a}a\u{202c}", "a\u{2066}b\u{2069}"] {
            assert!(has_direction_controls(controlled), "{controlled:?}");
        }
        assert!(!has_direction_controls("שלום Ana"));
    }
}
