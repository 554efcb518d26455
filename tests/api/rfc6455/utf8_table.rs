//! The sequences of section 6 (Autobahn took them from Markus Kuhn's stress test), with whether they are UTF-8.

/// What is sent as the text, `true` if it is text.
pub type Sequence = (String, Vec<u8>, bool);

pub const KOSME: &str = "κόσμε";

/// Sections 6.5 to 6.23, each numbered as Autobahn numbers it.
pub fn sequences() -> Vec<Sequence> {
    let mut all = Vec::new();
    let mut section = |number: u32, cases: Vec<(Vec<u8>, bool)>| {
        for (case, (bytes, valid)) in (1..).zip(cases) {
            all.push((format!("6.{number}.{case}"), bytes, valid));
        }
    };
    section(
        5,
        valid(&["κόσμε", "Hello-µ@ßöäüàá-UTF-8!!", "Ἀρχαῖα ἑλληνικά", "日本語、平仮名", "\u{10330}\u{10332}\u{1f600}"]),
    );
    section(6, prefixes(KOSME.as_bytes()));
    section(7, hex(&["20", "c280", "e0a080", "f0908080"], true));
    section(8, hex(&["f888808080", "fc8480808080"], false));
    section(9, hex(&["7f", "dfbf", "efbfbf", "f48fbfbf"], true));
    section(10, hex(&["f7bfbfbf", "fbbfbfbfbf", "fdbfbfbfbfbf"], false));
    section(11, boundaries());
    section(12, unexpected_continuations());
    section(13, lonely_starts());
    section(14, last_byte_missing());
    section(15, vec![(last_byte_missing().into_iter().flat_map(|(bytes, _)| bytes).collect(), false)]);
    section(16, hex(&["fe", "ff", "fefeffff"], false));
    section(17, hex(&["c0af", "e080af", "f08080af", "f8808080af", "fc80808080af"], false));
    section(18, hex(&["c1bf", "e09fbf", "f08fbfbf", "f887bfbfbf", "fc83bfbfbfbf"], false));
    section(19, hex(&["c080", "e08080", "f0808080", "f880808080", "fc8080808080"], false));
    section(20, hex(&["eda080", "edadbf", "edae80", "edafbf", "edb080", "edbe80", "edbfbf"], false));
    let high = ["eda080", "edadbf", "edae80", "edafbf"];
    let pairs: Vec<String> = high.iter().flat_map(|high| [format!("{high}edb080"), format!("{high}edbfbf")]).collect();
    section(21, hex(&pairs.iter().map(String::as_str).collect::<Vec<_>>(), false));
    section(22, noncharacters());
    section(23, (0xfff9..=0xffff).map(|code| (encoded(code), true)).collect());
    all
}

fn valid(texts: &[&str]) -> Vec<(Vec<u8>, bool)> {
    texts.iter().map(|text| (text.as_bytes().to_vec(), true)).collect()
}

fn hex(sequences: &[&str], valid: bool) -> Vec<(Vec<u8>, bool)> {
    sequences.iter().map(|digits| (bytes_of(digits), valid)).collect()
}

pub fn bytes_of(digits: &str) -> Vec<u8> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("digits");
    digits.as_bytes().chunks(2).map(byte).collect()
}

fn encoded(code: u32) -> Vec<u8> {
    char::from_u32(code).expect("a scalar value").to_string().into_bytes()
}

/// Every prefix of a text is text where a character ends, and nowhere else.
fn prefixes(text: &[u8]) -> Vec<(Vec<u8>, bool)> {
    (1..=text.len()).map(|end| (text[..end].to_vec(), std::str::from_utf8(&text[..end]).is_ok())).collect()
}

fn boundaries() -> Vec<(Vec<u8>, bool)> {
    [hex(&["ed9fbf", "ee8080", "efbfbd", "f48fbfbf"], true), hex(&["f4908080"], false)].concat()
}

fn unexpected_continuations() -> Vec<(Vec<u8>, bool)> {
    let all: Vec<u8> = (0x80..=0xbf).collect();
    let mut cases = hex(&["80", "bf"], false);
    cases.extend((2..=6).map(|count| ([0x80, 0xbf].repeat(3)[..count].to_vec(), false)));
    cases.push((all, false));
    cases
}

/// The first bytes of sequences of two to six bytes, each followed by a space.
fn lonely_starts() -> Vec<(Vec<u8>, bool)> {
    let starts = [0xc0..=0xdf, 0xe0..=0xef, 0xf0..=0xf7, 0xf8..=0xfb, 0xfc..=0xfd];
    starts.into_iter().map(|starts| (starts.flat_map(|byte| [byte, b' ']).collect(), false)).collect()
}

fn last_byte_missing() -> Vec<(Vec<u8>, bool)> {
    let begun = ["c0", "e080", "f08080", "f8808080", "fc80808080", "df", "efbf", "f7bfbf", "fbbfbfbf", "fdbfbfbfbf"];
    hex(&begun, false)
}

/// The last two of each plane: no characters, but text.
fn noncharacters() -> Vec<(Vec<u8>, bool)> {
    (0..=16).flat_map(|plane| [0xfffe, 0xffff].map(|last| (encoded(plane * 0x10000 + last), true))).collect()
}
