//! Words for people are in `locales` and `templates`, where a translator finds them, and not in Rust.

use std::fs;
use std::path::{Path, PathBuf};

/// Who may tell languages apart: the files of texts, and what is French as data is French, the demo and the load program's people.
const MAY_NAME_LANGUAGES: &[&str] = &[
    "src/adapters/mail/templates.rs",
    "src/adapters/texts/files.rs",
    "src/adapters/texts/mod.rs",
    "src/app/demo.rs",
    "src/cli/bench_fixture.rs",
    "src/http/assets/mod.rs",
];
/// What people of the demo write to each other.
const MAY_HOLD_FRENCH: &[&str] = &["src/app/demo.rs"];

/// Files of the server without their tests.
fn sources(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let name = entry.file_name().unwrap().to_str().unwrap();
        if entry.is_dir() && name != "testing" {
            sources(&entry, found);
        } else if name.ends_with(".rs") && name != "tests.rs" && !entry.iter().any(|part| part == "tests") {
            let text = fs::read_to_string(&entry).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
            found.push((entry, code));
        }
    }
}

/// The literals of the lines that are no comments.
fn literals(code: &str) -> impl Iterator<Item = &str> {
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.flat_map(|line| line.split('"').skip(1).step_by(2))
}

#[test]
fn no_code_chooses_words_by_language_or_holds_a_french_one() {
    let mut files = Vec::new();
    sources(Path::new("src"), &mut files);
    assert!(files.len() > 100, "the sources are read");
    let is_in = |path: &Path, list: &[&str]| list.iter().any(|allowed| path == Path::new(allowed));
    for (path, code) in &files {
        let branches = code.contains("Language::Fr") || code.contains("Language::En");
        assert!(!branches || is_in(path, MAY_NAME_LANGUAGES), "{} tells languages apart", path.display());
        let french = literals(code).find(|text| text.chars().any(|c| "àâçéèêëîïôûùœÀÂÇÉÈÊŒ’«»".contains(c)));
        assert!(french.is_none() || is_in(path, MAY_HOLD_FRENCH), "{}: {french:?}", path.display());
    }
}
