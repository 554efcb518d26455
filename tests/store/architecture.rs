//! The shape of the tree: imports point down the ladder, files stay small enough to read, a name stands for one thing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What each folder must not know.
const ABOVE: &[(&str, &[&str])] = &[
    ("domain", &["store", "adapters", "app", "jobs", "realtime", "http", "server", "cli", "config"]),
    ("store", &["adapters", "app", "jobs", "realtime", "http", "server", "cli", "config"]),
    ("adapters", &["app", "jobs", "realtime", "http", "server", "cli", "config"]),
    ("app", &["jobs", "realtime", "http", "server", "cli", "config"]),
    ("jobs", &["realtime", "http", "server", "cli", "config"]),
    ("realtime", &["http", "server", "cli", "config"]),
    ("http", &["server", "cli", "config"]),
    ("telemetry", &["domain", "store", "adapters", "app", "jobs", "realtime", "http", "server", "cli"]),
    ("config", &["store", "adapters", "app", "jobs", "realtime", "http", "server", "cli"]),
];

/// Lines of a file. More is a noun that wants to be split by verb.
const LONGEST: usize = 400;

#[test]
fn imports_point_down() {
    let mut wrong = Vec::new();
    for (folder, above) in ABOVE {
        for file in sources(&Path::new("src").join(folder)) {
            let text = fs::read_to_string(&file).unwrap();
            for higher in *above {
                if text.contains(&format!("crate::{higher}::")) || text.contains(&format!("crate::{higher};")) {
                    wrong.push(format!("{} knows {higher}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "imports that run up the ladder:\n{}", wrong.join("\n"));
}

#[test]
fn only_the_store_knows_diesel_and_only_sessions_know_the_socket_crate() {
    let mut wrong = Vec::new();
    for file in sources(Path::new("src")) {
        let text = fs::read_to_string(&file).unwrap();
        for (word, home) in [("diesel::", "src/store"), ("actix_web_actors", "src/realtime/session")] {
            if text.contains(word) && !file.starts_with(home) {
                wrong.push(format!("{} uses {word}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_noun_ends_with_its_routes_and_has_rows_of_who_may_use_them() {
    let mut wrong = Vec::new();
    for file in sources(Path::new("src/http/api")) {
        let name = file.file_name().unwrap();
        if name == "mod.rs" {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let rest = text.rsplit_once("\nroutes! {").and_then(|(_, table)| table.split_once("\n}")).map(|(_, rest)| rest);
        let ends_with_them = rest == Some("\n");
        if !ends_with_them {
            wrong.push(format!("{} does not end with its routes", file.display()));
        }
        if text.contains("json!(") {
            wrong.push(format!("{} answers what no type describes", file.display()));
        }
        if !Path::new("tests/api/authz").join(name).exists() {
            wrong.push(format!("{} has no rows in tests/api/authz", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Of two modules of a folder, one knows the other at most: a reader can begin at the bottom.
#[test]
fn the_modules_of_http_and_of_realtime_form_no_circle() {
    for folder in ["src/http", "src/realtime"] {
        let mut left = modules_with_imports(Path::new(folder));
        // Takes away whatever knows nothing that is left, until nothing or a circle is.
        while let Some(bottom) =
            left.iter().position(|(_, known)| known.iter().all(|k| left.iter().all(|(m, _)| m != k)))
        {
            left.remove(bottom);
        }
        assert!(left.is_empty(), "a circle in {folder}: {left:#?}");
    }
}

/// An actor can be read, and changed, without the others.
#[test]
fn actors_know_each_other_by_their_links() {
    let apart: &[(&str, &[&str])] = &[
        ("links", &["hub", "room", "session"]),
        ("room", &["hub", "session"]),
        ("session", &["hub", "room"]),
        ("hub", &["session"]),
    ];
    let modules = modules_with_imports(Path::new("src/realtime"));
    for (actor, others) in apart {
        let (_, known) = modules.iter().find(|(module, _)| module == actor).expect("it is a module");
        let wrong: Vec<_> = others.iter().filter(|other| known.iter().any(|module| module == *other)).collect();
        assert!(wrong.is_empty(), "{actor} knows {wrong:?}");
    }
}

/// `App` is what operations share; an operation is a function of its noun's module, beside the handler of the same name.
#[test]
fn operations_are_functions() {
    let with_methods: Vec<_> = sources(Path::new("src"))
        .into_iter()
        .filter(|file| file != Path::new("src/app/mod.rs"))
        .filter(|file| fs::read_to_string(file).unwrap().lines().any(|line| line == "impl App {"))
        .collect();
    assert!(with_methods.is_empty(), "methods of App in {with_methods:?}");
}

/// The modules of a folder, each with those of them that it imports. What only tests import does not count.
fn modules_with_imports(folder: &Path) -> Vec<(String, Vec<String>)> {
    let mut modules: Vec<String> = fs::read_dir(folder).unwrap().map(|entry| stem(&entry.unwrap().path())).collect();
    modules.sort();
    modules.dedup();
    modules.retain(|module| module != "mod");
    let from_the_top = format!("crate::{}::", stem(folder));
    let imports = |module: &String| {
        let (own, inside) = (folder.join(module).with_extension("rs"), folder.join(module));
        let mut words = Vec::new();
        for file in if inside.is_dir() { sources(&inside) } else { Vec::new() } {
            if !file.iter().any(|part| part == "tests" || part == "tests.rs") {
                words.extend(words_after(&from_the_top, &file));
            }
        }
        if own.exists() {
            words.extend(words_after(&from_the_top, &own));
            words.extend(words_after("super::", &own));
        }
        modules.iter().filter(|other| *other != module && words.contains(other)).cloned().collect()
    };
    modules.iter().map(|module| (module.clone(), imports(module))).collect()
}

/// The name behind each occurrence of a path's beginning, or the names in the braces behind it.
fn words_after(beginning: &str, file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let is_of_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut words = Vec::new();
    for rest in code.split(beginning).skip(1) {
        let names = match rest.strip_prefix('{') {
            Some(group) => group.split('}').next(),
            None => rest.split(|c| !is_of_word(c)).next(),
        };
        words.extend(
            names.unwrap_or_default().split(|c| !is_of_word(c)).filter(|word| !word.is_empty()).map(str::to_owned),
        );
    }
    words
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

/// What serves people knows of the tests' folder only the failpoints, which are off at compile time.
#[test]
fn what_serves_knows_nothing_of_the_simulation_and_the_fuzzer() {
    let mut wrong = Vec::new();
    for file in sources(Path::new("src")).into_iter().filter(|file| !file.starts_with("src/testing")) {
        let text = fs::read_to_string(&file).unwrap().replace("crate::testing::failpoints", "");
        if text.contains("crate::testing") {
            wrong.push(file.display().to_string());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_can_be_read_at_one_go() {
    let long = |file: &PathBuf| fs::read_to_string(file).unwrap().lines().count() > LONGEST;
    let too_long: Vec<PathBuf> = everything().filter(long).collect();
    assert!(too_long.is_empty(), "over {LONGEST} lines: {too_long:?}");
}

/// A name that stands for two things sends its reader to the wrong one, in tests and in the bench too. Types that a trait names are
/// its own.
#[test]
fn no_two_types_share_a_name() {
    let mut homes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in everything() {
        let text = fs::read_to_string(&file).unwrap();
        for line in text.lines().map(str::trim_start) {
            let (visibility, rest) = line.split_once(' ').unwrap_or_default();
            let words = if visibility.starts_with("pub") { rest } else { line };
            let name = ["struct ", "enum ", "trait "].iter().find_map(|kind| words.strip_prefix(kind));
            let name = name.map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default());
            if let Some(name) = name.filter(|name| !name.is_empty()) {
                homes.entry(name.to_owned()).or_default().push(file.display().to_string());
            }
        }
    }
    homes.retain(|_, files| files.len() > 1);
    assert!(homes.is_empty(), "types that share a name: {homes:#?}");
}

fn everything() -> impl Iterator<Item = PathBuf> {
    ["src", "tests", "bench/src"].into_iter().flat_map(|folder| sources(Path::new(folder)))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}
