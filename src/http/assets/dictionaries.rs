//! The words of the pages. A source is a noun in a language, `js/i18n/<language>/<noun>.js`; a page names its nouns in the
//! table of routes, and they are sent as one file, `js/i18n/<language>/<noun>.<noun>.js`, so that a page asks once. Each
//! begins with the words of every page, and those that the server has too: they come from `locales/<language>/words.ftl`.
//! `js/i18n/<language>.js` has nothing else.

use std::collections::{BTreeMap, BTreeSet};

const FOLDER: &str = "js/i18n/";
/// The noun whose words every page has.
const COMMON: &str = "common";

/// Takes the sources out of `texts` and gives the files that are sent. `wanted`: the nouns of each page.
pub fn bundle(
    texts: &mut BTreeMap<String, String>,
    wanted: &BTreeSet<Vec<String>>,
) -> Result<Vec<(String, String)>, String> {
    let mut nouns: BTreeMap<(String, String), String> = BTreeMap::new();
    for path in texts.keys().filter(|path| path.starts_with(FOLDER)).cloned().collect::<Vec<_>>() {
        let text = texts.remove(&path).unwrap_or_default();
        let place = path.strip_prefix(FOLDER).and_then(|rest| rest.strip_suffix(".js")?.split_once('/'));
        let (language, noun) = place.ok_or_else(|| format!("{path} is no dictionary of a language"))?;
        nouns.insert((language.to_owned(), noun.to_owned()), entries(&path, &text)?);
    }
    let languages: BTreeSet<String> = nouns.keys().map(|(language, _)| language.clone()).collect();
    let mut files = Vec::new();
    for language in languages {
        let entries_of = |noun: &str| {
            let found = nouns.get(&(language.clone(), noun.to_owned()));
            found.map(String::as_str).ok_or_else(|| format!("{FOLDER}{language}/{noun}.js does not exist"))
        };
        let shared = format!("locales/{language}/words.ftl");
        let shared = texts.remove(&shared).ok_or_else(|| format!("{shared} does not exist"))?;
        let shared = words(&shared);
        for list in [Vec::new()].iter().chain(wanted) {
            let mut parts = vec![entries_of(COMMON)?, &shared];
            for noun in list {
                parts.push(entries_of(noun)?);
            }
            files.push((path(&language, list), format!("export default {{{}}};\n", parts.concat())));
        }
    }
    Ok(files)
}

/// Where the words of these nouns stand, with those of every page.
pub fn path(language: &str, nouns: &[String]) -> String {
    match nouns {
        [] => format!("{FOLDER}{language}.js"),
        nouns => format!("{FOLDER}{language}/{}.js", nouns.join(".")),
    }
}

/// The text between the braces of `export default { … };`.
fn entries(path: &str, source: &str) -> Result<String, String> {
    let code: String =
        source.lines().filter(|line| !line.trim_start().starts_with("//")).flat_map(|line| [line, "\n"]).collect();
    let inner = code.trim().strip_prefix("export default {").and_then(|rest| rest.strip_suffix("};"));
    inner
        .map(str::trim_end)
        .filter(|inner| inner.is_empty() || inner.ends_with(','))
        .map(|inner| format!("{inner}\n"))
        .ok_or_else(|| format!("{path} is not `export default {{ … }};` with a comma behind each text"))
}

/// `transaction-kind-sale = Vente` → `"transaction_kind.sale": "Vente",`
fn words(ftl: &str) -> String {
    let entry = |line: &str| {
        let (id, text) = line.split_once(" = ")?;
        let (name, value) = id.rsplit_once('-')?;
        let key = format!("{}.{value}", name.replace('-', "_"));
        Some(format!("  {key:?}: {:?},\n", text.trim()))
    };
    ftl.lines().filter(|line| !line.starts_with('#')).filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(files: &[(&str, &str)]) -> BTreeMap<String, String> {
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn a_page_has_one_dictionary_of_its_nouns() {
        let mut texts = sources(&[
            ("js/app.js", "start();\n"),
            ("js/i18n/fr/common.js", "// Partout.\n\nexport default {\n  \"a.b\": \"A\",\n};\n"),
            ("js/i18n/fr/rooms.js", "export default {\n  \"rooms.one\": \"Salle\",\n};\n"),
            ("js/i18n/fr/tasks.js", "export default {\n  \"tasks.one\": { one: \"1\", other: \"2\" },\n};\n"),
            ("locales/fr/words.ftl", "# Mots\ntransaction-kind-sale = Vente\nstatus-in_progress = « En cours »\n"),
        ]);
        let wanted = BTreeSet::from([vec!["tasks".to_owned(), "rooms".to_owned()]]);
        let files = bundle(&mut texts, &wanted).unwrap();
        let common = "export default {\n  \"a.b\": \"A\",\n  \"transaction_kind.sale\": \"Vente\",\n  \
                      \"status.in_progress\": \"« En cours »\",\n";
        let page = "\n  \"tasks.one\": { one: \"1\", other: \"2\" },\n\n  \"rooms.one\": \"Salle\",\n";
        let [of_all, of_page] = &files[..] else { panic!("{files:?}") };
        assert_eq!(*of_all, ("js/i18n/fr.js".to_owned(), format!("{common}}};\n")));
        assert_eq!(*of_page, ("js/i18n/fr/tasks.rooms.js".to_owned(), format!("{common}{page}}};\n")));
        assert_eq!(texts.keys().collect::<Vec<_>>(), ["js/app.js"], "the sources are not sent");
    }

    #[test]
    fn what_is_no_dictionary_is_refused_by_name() {
        let common = ("js/i18n/fr/common.js", "export default {};\n");
        let ftl = ("locales/fr/words.ftl", "");
        for (file, trouble) in [
            (("js/i18n/fr/x.js", "export const a = 1;\n"), "js/i18n/fr/x.js is not"),
            (("js/i18n/fr/x.js", "export default { \"a\": \"b\" };\n"), "js/i18n/fr/x.js is not"),
            (("js/i18n/fr.js", "export default {};\n"), "js/i18n/fr.js is no dictionary"),
            (("js/i18n/fr/y.js", "export default {};\n"), "js/i18n/fr/rooms.js does not exist"),
            (("js/i18n/en/common.js", "export default {};\n"), "locales/en/words.ftl does not exist"),
        ] {
            let wanted = BTreeSet::from([vec!["rooms".to_owned()]]);
            let found = bundle(&mut sources(&[common, ftl, file]), &wanted).unwrap_err();
            assert!(found.starts_with(trouble), "{found}");
        }
    }
}
