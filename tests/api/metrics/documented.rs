//! The page, its documentation, the dashboard and the alerts speak of the same things.

use std::collections::BTreeSet;

use serde_json::Value;

use super::bounded::with_everything;
use super::scrape;
use crate::support::metrics::Scrape;
use crate::support::sqlite_database;

const OPERATING: &str = include_str!("../../../docs/OPERATING.md");
const DASHBOARD: &str = include_str!("../../../deploy/grafana-dashboard.json");
const ALERTS: &str = include_str!("../../../deploy/prometheus-alerts.yml");

async fn page() -> Scrape {
    let database = sqlite_database();
    scrape(&with_everything(&database)).await
}

/// Whatever begins as our names do.
fn names_in(text: &str) -> BTreeSet<&str> {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let words = text.split(|c| !is_part(c));
    words.filter(|word| word.starts_with("entremise_") || word.starts_with("process_")).collect()
}

/// The cells of the rows under the heading, without their marks.
fn rows(heading: &str) -> Vec<Vec<String>> {
    let section = OPERATING.split(&format!("\n## {heading}\n")).nth(1).unwrap_or_else(|| panic!("no {heading}"));
    let section = section.split("\n## ").next().expect("a section");
    let rows = section.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| ---")).skip(1);
    let cell = |cell: &str| cell.trim().replace('`', "");
    rows.map(|row| row.trim_matches('|').split(" | ").map(cell).collect()).collect()
}

fn label_values(page: &Scrape, name: &str, label: &str) -> BTreeSet<String> {
    page.families[name].samples.iter().map(|sample| sample.labels[label].clone()).collect()
}

#[tokio::test]
async fn every_metric_is_explained_and_no_other_is_named() {
    let page = page().await;
    let named = names_in(OPERATING);
    let unexplained: Vec<_> = page.families.keys().filter(|name| !named.contains(name.as_str())).collect();
    assert!(unexplained.is_empty(), "not in OPERATING.md: {unexplained:?}");
    let samples = page.families.values().flat_map(|family| &family.samples).map(|sample| sample.name.as_str());
    let exported: BTreeSet<&str> = samples.chain(page.families.keys().map(String::as_str)).collect();
    for (place, text) in [("OPERATING.md", OPERATING), ("the dashboard", DASHBOARD), ("the alerts", ALERTS)] {
        let names = names_in(text);
        assert!(names.len() > 10, "{place} was not read");
        let unknown: Vec<_> = names.difference(&exported).collect();
        assert!(unknown.is_empty(), "{place} names what no server exports: {unknown:?}");
    }
}

#[tokio::test]
async fn every_queue_and_every_close_is_in_its_table() {
    let page = page().await;
    let mut queues = BTreeSet::new();
    for row in rows("Queues") {
        // A queue that is bounded in bytes too stands in one row with that; SQLite has one lane.
        queues.extend(row[0].split(", ").filter(|name| !["log_1", "…"].contains(name)).map(str::to_owned));
    }
    assert_eq!(label_values(&page, "entremise_queue_depth", "queue"), queues);
    assert_eq!(label_values(&page, "entremise_queue_limit", "queue"), queues);
    let of =
        |sample: &crate::support::metrics::Sample| (sample.labels["code"].clone(), sample.labels["reason"].clone());
    let closes: BTreeSet<_> = page.families["entremise_sockets_closed_total"].samples.iter().map(of).collect();
    let documented: BTreeSet<_> = rows("Close codes").into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    assert_eq!(closes, documented);
}

#[test]
fn every_alert_says_what_to_do() {
    let alerts: BTreeSet<String> =
        ALERTS.lines().filter_map(|line| Some(line.trim().strip_prefix("- alert: ")?.to_owned())).collect();
    let documented: BTreeSet<String> = rows("Alerts").into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(alerts, documented);
}

/// Grafana takes a panel that it cannot draw, and shows nothing.
#[tokio::test]
async fn the_dashboard_can_be_imported() {
    let page = page().await;
    let samples = page.families.values().flat_map(|family| &family.samples);
    let mut labels: BTreeSet<&str> = samples.flat_map(|sample| sample.labels.keys().map(String::as_str)).collect();
    labels.insert("instance");
    let dashboard: Value = serde_json::from_str(DASHBOARD).expect("it is JSON");
    assert!(dashboard["schemaVersion"].as_i64().is_some_and(|version| version >= 38), "older than Grafana 10");
    assert_eq!(dashboard["templating"]["list"][0]["type"], "datasource");
    let mut ids = BTreeSet::new();
    let mut taken: Vec<(i64, i64, i64, i64, String)> = Vec::new();
    for panel in dashboard["panels"].as_array().expect("panels") {
        let title = panel["title"].as_str().expect("a title").to_owned();
        assert!(ids.insert(panel["id"].as_i64().expect("an id")), "{title} has the id of another");
        let place = |name: &str| panel["gridPos"][name].as_i64().expect("a place");
        let (x, y, w, h) = (place("x"), place("y"), place("w"), place("h"));
        assert!(x >= 0 && w > 0 && h > 0 && x + w <= 24, "{title} is off the grid");
        for (ox, oy, ow, oh, other) in &taken {
            let apart = x + w <= *ox || ox + ow <= x || y + h <= *oy || oy + oh <= y;
            assert!(apart, "{title} covers {other}");
        }
        taken.push((x, y, w, h, title.clone()));
        if panel["type"] == "row" {
            continue;
        }
        for target in panel["targets"].as_array().expect("targets") {
            assert_eq!(target["datasource"]["uid"], "${datasource}", "{title}");
            let expr = target["expr"].as_str().expect("an expression");
            assert!(expr.contains("instance=~\"$node\""), "{title} does not mind the node: {expr}");
            assert!(!names_in(expr).is_empty(), "{title}: {expr}");
            let legend = target["legendFormat"].as_str().expect("a legend");
            for label in legend.split("{{").skip(1).filter_map(|rest| rest.split_once("}}")).map(|(label, _)| label) {
                assert!(labels.contains(label), "{title}: no series has {label}");
            }
        }
    }
    assert!(taken.len() > 30, "panels are missing");
}
