//! The table of promises in docs/TESTING.md names tests that are there.

use std::fs;
use std::path::Path;

/// Those without which nobody should believe the rest.
const OWED: &[u32] = &[1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 16, 17, 18, 22, 23, 24, 25, 26, 27, 28, 29, 31];

/// The numbers that begin a row, and the places that it names as its tests.
fn rows(page: &str) -> Vec<(Vec<u32>, Vec<String>)> {
    let rows = page.lines().filter(|line| line.starts_with("| G"));
    rows.map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let numbers = cells[1].split(", ").filter_map(|name| name.strip_prefix('G')?.parse().ok()).collect();
        // What stands between pairs of backticks.
        let places = cells[3].split('`').skip(1).step_by(2).map(str::to_owned).collect();
        (numbers, places)
    })
    .collect()
}

fn exists(place: &str) -> bool {
    let in_tests = Path::new("tests").join(place);
    in_tests.with_extension("rs").is_file() || in_tests.is_dir() || Path::new(place).exists()
}

#[test]
fn every_promise_has_its_tests() {
    let rows = rows(&fs::read_to_string("docs/TESTING.md").unwrap());
    for number in OWED {
        assert!(rows.iter().any(|(numbers, _)| numbers.contains(number)), "G{number} has no row");
    }
    for (numbers, places) in &rows {
        assert!(!places.is_empty(), "{numbers:?} name no test");
        let missing: Vec<&String> = places.iter().filter(|place| !exists(place)).collect();
        assert!(missing.is_empty(), "{numbers:?} name what is not there: {missing:?}");
    }
}
