//! The tables of the page: kinds, refusals, closes.

use entremise::domain::{Code, Topic};
use entremise::realtime::protocol::Close;

use super::*;

/// The cells of the rows of the table that has this first column.
fn table(first_column: &str) -> Vec<Vec<String>> {
    let head = format!("| {first_column} |");
    let rows =
        PAGE.lines().skip_while(|line| !line.starts_with(&head)).skip(2).take_while(|line| line.starts_with('|'));
    let cells =
        |row: &str| row.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect();
    rows.map(cells).collect()
}

pub fn kinds() -> Vec<(String, Value)> {
    let data = |cell: &str| serde_json::from_str(cell.trim_matches('`')).unwrap_or(Value::Null);
    table("kind").iter().map(|row| (row[0].clone(), data(&row[2]))).collect()
}

/// The section of `domain::Code` that is about rooms, as written there: what sockets refuse with.
fn codes_of_rooms() -> BTreeSet<String> {
    let source = include_str!("../../../src/domain/refusal.rs");
    let section = source.split_once("// Rooms").expect("the section").1.split_once("// Outages").expect("the next").0;
    section.lines().filter_map(|line| Some(line.split_once("= \"")?.1.split_once('"')?.0.to_owned())).collect()
}

#[test]
fn every_refusal_of_the_page_exists_and_every_one_of_a_socket_is_on_the_page() {
    // The section is headed by its own words, not by "code" alone: closes have a table too.
    let rows: Vec<Vec<String>> = table("code | meaning");
    let mut documented = BTreeSet::new();
    for row in &rows {
        let code =
            Code::ALL.iter().find(|code| code.as_str() == row[0]).unwrap_or_else(|| panic!("no code {}", row[0]));
        assert_eq!(code.is_temporary(), row[2] == "yes", "{}", row[0]);
        documented.insert(row[0].clone());
    }
    let mut ours = codes_of_rooms();
    ours.extend(["session_ended", "unavailable", "outcome_unknown", "internal"].map(str::to_owned));
    assert_eq!(documented, ours);
}

#[test]
fn every_refusal_named_in_a_section_is_in_the_table() {
    let known: BTreeSet<String> = table("code | meaning").into_iter().map(|row| row[0].clone()).collect();
    let mut named = 0;
    for Example { section, .. } in examples("client") {
        let Some((_, refusals)) = section.split_once("Refusals:") else { continue };
        for word in refusals.split('`').skip(1).step_by(2) {
            // Fields and frames are named there too.
            if word.contains('_') && word != "retry_after" {
                assert!(known.contains(word), "{word}");
                named += 1;
            }
        }
    }
    assert!(named >= 10, "{named}");
}

#[test]
fn the_topics_of_the_page_are_those_that_are_written() {
    let documented: BTreeSet<String> = table("topic").into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(documented, Topic::ALL.iter().map(|topic| topic.as_str().to_owned()).collect());
}

#[test]
fn every_close_of_the_page_is_one_of_ours_and_says_whether_to_come_back() {
    let rows = table("code | name");
    let mut documented: BTreeMap<u16, String> = BTreeMap::new();
    for row in &rows {
        let comes_back = row[3].starts_with("yes");
        for code in row[0].split(", ") {
            let code: u16 = code.parse().expect("a number");
            assert_eq!(comes_back, !(4100..4200).contains(&code), "{code}");
            documented.insert(code, row[1].clone());
        }
    }
    for close in Close::ALL {
        let name = documented.remove(&close.code()).unwrap_or_else(|| panic!("{close:?} is not on the page"));
        assert!(name.is_empty() && close.code() < 1012 || name == close.name(), "{close:?} is called {name:?}");
    }
    // Those that no server of ours sends: the network, the crate, a proxy.
    assert_eq!(documented.into_keys().collect::<Vec<_>>(), [1001, 1006, 1011]);
}
