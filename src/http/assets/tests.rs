use std::collections::BTreeMap;

use super::encoding::Encoding;
use super::linker::link;
use super::site::{Effort, Site};

fn modules(sources: &[(&str, &str)]) -> BTreeMap<String, String> {
    sources.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn a_page_takes_what_only_it_needs_and_the_entry_the_rest() {
    let sources = modules(&[
        (
            "js/app.js",
            "import { a } from \"./lib/a.js\";\nconst load = () => import(\"./pages/x.js\");\nconst also = () => import(\"./pages/y.js\");\na(load, also);\n",
        ),
        ("js/lib/a.js", "export const a = () => 1;\n"),
        ("js/lib/both.js", "import { a } from \"./a.js\";\nexport function both() { return a(); }\n"),
        ("js/lib/own.js", "export class Own {}\nexport default 7;\n"),
        (
            "js/pages/x.js",
            "import seven, { Own } from \"../lib/own.js\";\nimport { both as two } from \"../lib/both.js\";\nexport default function page() { return [seven, Own, two]; }\n",
        ),
        ("js/pages/y.js", "import { both } from \"../lib/both.js\";\nexport default both;\n"),
    ]);
    let chunks = link(&sources, "js/app.js").unwrap();
    let found: Vec<(&str, Vec<&str>)> = chunks
        .iter()
        .map(|chunk| (chunk.path.as_str(), chunk.sources.iter().map(|(path, _)| path.as_str()).collect()))
        .collect();
    assert_eq!(
        found,
        [
            ("js/app.js", vec!["js/lib/a.js", "js/lib/both.js", "js/app.js"]),
            ("js/pages/x.js", vec!["js/lib/own.js", "js/pages/x.js"]),
            ("js/pages/y.js", vec!["js/pages/y.js"]),
        ]
    );
    assert!(chunks[0].text.contains("const load = () => import(\"./pages/x.js\").then((file) => file.$pages_x);"));
    assert!(chunks[0].text.contains("export { $lib_both };"), "{}", chunks[0].text);
    let expected = "import { $lib_both } from \"../app.js\";\n\
                    const $lib_own = (() => {\nclass Own {}\nconst $default = 7;\nreturn { Own: Own, default: $default };\n})();\n\
                    const $pages_x = (() => {\nconst { default: seven, Own } = $lib_own;\nconst { both: two } = $lib_both;\n\
                    function page() { return [seven, Own, two]; }\nreturn { default: page };\n})();\n\
                    export { $pages_x };\n";
    assert_eq!(chunks[1].text, expected);
}

#[test]
fn a_page_that_the_entry_has_already_is_there_at_once() {
    let sources = modules(&[
        ("js/app.js", "import { x } from \"./x.js\";\nexport const late = () => import(\"./x.js\");\nx();\n"),
        ("js/x.js", "export const x = () => 1;\n"),
    ]);
    let chunks = link(&sources, "js/app.js").unwrap();
    assert_eq!(chunks.len(), 1);
    assert!(chunks[0].text.contains("const late = () => Promise.resolve($x);"), "{}", chunks[0].text);
}

#[test]
fn lines_stay_lines() {
    let source = "import {\n  a,\n  b as c,\n} from \"./a.js\";\nc(a);\n  // Why.\nc(`\n// text\n`); // and more\n/**\n * @param {a} b\n */\n  /** @type {a} */\n/** @type {any} */ (c)(2); /* and more */\n";
    let sources = modules(&[("js/app.js", source), ("js/a.js", "const a = 1;\nconst b = 2;\nexport { a, b };\n")]);
    let chunks = link(&sources, "js/app.js").unwrap();
    let (_, begins) = chunks[0].sources.iter().find(|(path, _)| path == "js/app.js").unwrap();
    let lines: Vec<&str> = chunks[0].text.lines().skip(*begins).collect();
    assert_eq!(lines[0], "const { a, b: c } = $a;");
    assert_eq!(lines[4], "c(a);");
    assert_eq!(lines[5..9], ["", "c(`", "// text", "`); // and more"], "only a comment that stands alone is left out");
    assert_eq!(
        lines[9..14],
        ["", "", "", "", "/** @type {any} */ (c)(2); /* and more */"],
        "also one of several lines"
    );
}

#[test]
fn what_it_does_not_know_is_refused_by_name() {
    for (app, trouble) in [
        ("import { a } from \"./a.js\";\n", "js/app.js imports js/a.js, which does not exist"),
        ("import { nothing } from \"./b.js\";\n", "js/app.js imports nothing, which js/b.js does not export"),
        ("import { b } from \"elsewhere\";\n", "js/app.js: elsewhere is no path to a neighbour"),
        ("export let changing = 1;\n", "js/app.js: the linker does not know `export let changing = 1;`"),
        ("console.log(import.meta.url);\n", "js/app.js: import.meta has no meaning in a linked file"),
        ("import { c } from \"./c.js\";\n", "a circle of imports: js/app.js → js/c.js → js/app.js"),
    ] {
        let c = "import \"./app.js\";\nexport const c = 1;\n";
        let sources = modules(&[("js/app.js", app), ("js/b.js", "export const b = 1;\n"), ("js/c.js", c)]);
        assert_eq!(link(&sources, "js/app.js").unwrap_err(), trouble);
    }
}

#[test]
fn the_site_can_be_put_together_and_is_small() {
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/static"));
    let site = Site::of_folder(folder, Effort::Quick).unwrap();
    let again = Site::of_folder(folder, Effort::Quick).unwrap();
    assert_eq!(site.digest, again.digest);
    let size = |path: &str| {
        let file = site.files.iter().find(|file| file.path == path).unwrap_or_else(|| panic!("{path} is missing"));
        file.brotli.as_ref().unwrap().len()
    };
    let common = size("css/site.css") + size("js/app.js");
    for (route, page) in site.pages.iter() {
        let all = common + page.split(' ').map(|path| size(&path.replace("{lang}", "fr"))).sum::<usize>();
        assert!(all <= 90_000, "{route} is {all} bytes");
    }
    let pages: Vec<&str> = site.pages.iter().map(|(route, _)| route.as_ref()).collect();
    assert!(pages.contains(&"/broker/transactions/{id}") && pages.contains(&"/sign-in"), "{pages:?}");
    let files = |wanted: &str| site.pages.iter().find(|(route, _)| route == wanted).map(|(_, files)| files.as_ref());
    assert_eq!(files("/client"), Some("js/pages/client-home.js js/i18n/{lang}/home.transactions.js"));
}

#[test]
fn what_a_reader_understands() {
    let wanted = |value: &'static str| {
        let mut headers = actix_web::http::header::HeaderMap::new();
        headers
            .insert(actix_web::http::header::ACCEPT_ENCODING, actix_web::http::header::HeaderValue::from_static(value));
        let found = Encoding::wanted(&headers);
        (found.brotli, found.gzip)
    };
    for (value, expected) in [
        ("", (false, false)),
        ("gzip, deflate, br, zstd", (true, true)),
        ("gzip", (false, true)),
        ("br;q=0, gzip;q=0.5", (false, true)),
        ("GZIP;q=0", (false, false)),
        ("*", (true, true)),
        ("*;q=0.1, br;q=0", (false, true)),
        ("identity", (false, false)),
        (";;;q=", (false, false)),
    ] {
        assert_eq!(wanted(value), expected, "{value:?}");
    }
}
