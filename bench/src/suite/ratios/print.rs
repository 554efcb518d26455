//! The tables of the ratios.

use std::collections::BTreeMap;

use super::super::Database;
use super::super::figures::{Figure, digits};
use super::super::table::{MarkdownTable, Report};
use super::MeasuredRatio;
use super::scenarios::{SCENARIOS, Scenario, Yardstick};

pub fn ratios(report: &mut Report, measured: &BTreeMap<(Database, usize), MeasuredRatio>) {
    let mut ratios = MarkdownTable::new(&[
        "database, scenario",
        "compared",
        "bare",
        "before",
        "ours",
        "ours ÷ before",
        "ours ÷ bare",
        "asked for",
    ]);
    let mut costs = MarkdownTable::new(&[
        "database, scenario",
        "deliveries/s",
        "CPU s per 100,000 deliveries",
        "of the build before",
        "asked for",
        "bare program's CPU s",
        "load program's part of the CPU",
        "others' part of the machine",
        "post→ack p50 / p99, ms",
    ]);
    for ((database, index), figures) in measured {
        let Some(scenario) = SCENARIOS.get(*index) else { continue };
        let name = format!("{}, {}", database.name(), scenario.name);
        let ratio = figures.ours.over(&figures.bare);
        ratios.row(&[
            name.clone(),
            scenario.unit().to_owned(),
            figures.bare.to_string(),
            figures.before.to_string(),
            figures.ours.to_string(),
            figures.ours.over(&figures.before).to_string(),
            ratio.to_string(),
            asked_of(scenario, &ratio),
        ]);
        if figures.bare_alone.median().is_some() {
            let ratio = figures.ours.over(&figures.bare_alone);
            ratios.row(&[
                format!("{name}, beside commits that never wait"),
                scenario.unit().to_owned(),
                figures.bare_alone.to_string(),
                "–".to_owned(),
                figures.ours.to_string(),
                "–".to_owned(),
                ratio.to_string(),
                asked_of(scenario, &ratio),
            ]);
        }
        if figures.rows.median().is_some() {
            let ratio = figures.posts.over(&figures.rows);
            ratios.row(&[
                format!("{name}, beside the bare insert"),
                "posts/s".to_owned(),
                figures.rows.to_string(),
                "–".to_owned(),
                figures.posts.to_string(),
                "–".to_owned(),
                ratio.to_string(),
                asked_of(scenario, &ratio),
            ]);
        }
        costs.row(&[
            name,
            figures.deliveries.to_string(),
            figures.cpu.to_string(),
            figures.before_cpu.to_string(),
            scenario.cpu.map_or_else(|| "–".to_owned(), |bounds| judged(&figures.cpu, bounds, "≤")),
            figures.bare_cpu.to_string(),
            percent(&figures.load_share),
            percent(&figures.other),
            format!("{} / {}", median(&figures.p50), median(&figures.p99)),
        ]);
    }
    report.add(&ratios);
    report.add(&costs);
}

pub fn limits(report: &mut Report, limits: &BTreeMap<(Database, usize), Figure>) {
    if limits.is_empty() {
        return;
    }
    let mut table = MarkdownTable::new(&["database", "rows to a commit, one connection", "rows/s"]);
    for ((database, rows), figure) in limits {
        table.row(&[database.name().to_owned(), rows.to_string(), figure.to_string()]);
    }
    report.add(&table);
}

fn median(figure: &Figure) -> String {
    figure.median().map_or_else(|| "–".to_owned(), digits)
}

fn percent(figure: &Figure) -> String {
    figure.median().map_or_else(|| "–".to_owned(), |share| format!("{:.0} %", share * 100.0))
}

fn asked_of(scenario: &Scenario, ratio: &Figure) -> String {
    judged(ratio, scenario.bounds, if scenario.yardstick == Yardstick::Commit { "≤" } else { "≥" })
}

/// The bound and the aim, and whether the median reaches them.
fn judged(figure: &Figure, (bound, aim): (f64, f64), sign: &str) -> String {
    let reaches =
        |limit: f64| figure.median().is_some_and(|median| if sign == "≤" { median <= limit } else { median >= limit });
    if bound == aim {
        return format!("{sign} {}: {}", digits(bound), if reaches(bound) { "yes" } else { "**no**" });
    }
    let verdict = match (reaches(aim), reaches(bound)) {
        (true, _) => "aim reached",
        (false, true) => "floor reached",
        (false, false) => "**no**",
    };
    format!("{sign} {}, aim {}: {verdict}", digits(bound), digits(aim))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_looks_at_the_median() {
        let ratio = Figure::of([0.4, 0.6, 0.9]);
        assert_eq!(judged(&ratio, (0.5, 0.8), "≥"), "≥ 0.50, aim 0.80: floor reached");
        assert_eq!(judged(&ratio, (0.3, 0.6), "≥"), "≥ 0.30, aim 0.60: aim reached");
        assert_eq!(judged(&ratio, (0.7, 0.8), "≥"), "≥ 0.70, aim 0.80: **no**");
        assert_eq!(judged(&ratio, (0.5, 0.3), "≤"), "≤ 0.50, aim 0.30: **no**");
        assert_eq!(judged(&ratio, (3.0, 3.0), "≤"), "≤ 3.00: yes");
        assert_eq!(judged(&Figure::default(), (3.0, 3.0), "≤"), "≤ 3.00: **no**");
    }
}
