//! A scraper that is stricter than Prometheus: whatever it takes, every other one takes.

use std::collections::{BTreeMap, BTreeSet};

/// A page as it was read at one moment.
pub struct Scrape {
    pub text: String,
    pub families: BTreeMap<String, Family>,
}

#[derive(Debug, Default)]
pub struct Family {
    pub kind: String,
    pub help: String,
    /// The series under their full names, such as `x_bucket`.
    pub samples: Vec<Sample>,
}

#[derive(Debug)]
pub struct Sample {
    pub name: String,
    pub labels: BTreeMap<String, String>,
    pub value: f64,
}

impl Scrape {
    /// Reads the page at this address.
    pub async fn of(url: &str) -> Self {
        let response = reqwest::get(format!("{url}/metrics")).await.expect("the metrics are answered");
        assert_eq!(response.status(), 200);
        let kind = response.headers()["content-type"].to_str().expect("text").to_owned();
        assert_eq!(kind, "text/plain; version=0.0.4; charset=utf-8");
        Self::parse(response.text().await.expect("the page is whole"))
    }

    pub fn parse(text: String) -> Self {
        assert!(text.ends_with("\n# EOF\n"), "the page is cut off: {:?}", text.lines().last());
        let mut families: BTreeMap<String, Family> = BTreeMap::new();
        let mut current = String::new();
        for line in text.lines().filter(|line| *line != "# EOF") {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, help) = rest.split_once(' ').expect("a name and its help");
                assert!(is_name(name) && !families.contains_key(name), "{line}");
                assert!(help.len() > 10 && help.ends_with('.'), "help is a sentence: {line}");
                name.clone_into(&mut current);
                families.insert(current.clone(), Family { help: help.to_owned(), ..Family::default() });
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').expect("a name and its kind");
                let family = families.get_mut(name).filter(|_| name == current).expect("its help stands before it");
                assert!(family.kind.is_empty() && ["counter", "gauge", "histogram"].contains(&kind), "{line}");
                assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
                kind.clone_into(&mut family.kind);
            } else {
                let sample = sample(line);
                let family = families.get_mut(&current).expect("it stands under its help");
                let suffixes: &[&str] = if family.kind == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
                let is_its = suffixes.iter().any(|suffix| sample.name == format!("{current}{suffix}"));
                assert!(is_its && !family.kind.is_empty(), "{line} stands under {current}");
                family.samples.push(sample);
            }
        }
        for (name, family) in &families {
            check(name, family);
        }
        Self { text, families }
    }

    /// All the series.
    pub fn series(&self) -> BTreeSet<String> {
        let name = |sample: &Sample| format!("{}{:?}", sample.name, sample.labels);
        self.families.values().flat_map(|family| &family.samples).map(name).collect()
    }

    /// The value of this series; it must be there.
    #[track_caller]
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let found = self.find(name, labels);
        found.unwrap_or_else(|| panic!("there is no {name} with {labels:?}"))
    }

    pub fn find(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let wanted: BTreeMap<&str, &str> = labels.iter().copied().collect();
        let is_it = |sample: &&Sample| {
            sample.name == name
                && sample.labels.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect::<BTreeMap<_, _>>() == wanted
        };
        self.families.values().flat_map(|family| &family.samples).find(is_it).map(|sample| sample.value)
    }

    /// The sum over all series of this name that have these labels among theirs.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let has = |sample: &&Sample| {
            sample.name == name && labels.iter().all(|(k, v)| sample.labels.get(*k).is_some_and(|value| value == v))
        };
        self.families.values().flat_map(|family| &family.samples).filter(has).map(|sample| sample.value).sum()
    }
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// `name{label="value",…} number`.
fn sample(line: &str) -> Sample {
    let (series, value) = line.rsplit_once(' ').expect("a series and its value");
    let value = value.parse().unwrap_or_else(|_| panic!("{value:?} is no number: {line}"));
    let (name, mut rest) = series.split_once('{').unwrap_or((series, "}"));
    assert!(is_name(name), "{line}");
    let mut labels = BTreeMap::new();
    while rest != "}" {
        let (label, after) = rest.split_once("=\"").expect("a label");
        assert!(is_name(label), "{line}");
        let mut text = String::new();
        let mut chars = after.chars();
        loop {
            match chars.next().expect("the value ends") {
                '\\' => text.push(chars.next().expect("what is escaped")),
                '"' => break,
                c => text.push(c),
            }
        }
        assert!(labels.insert(label.to_owned(), text).is_none(), "a label stands twice: {line}");
        rest = chars.as_str().trim_start_matches(',');
    }
    Sample { name: name.to_owned(), labels, value }
}

fn check(name: &str, family: &Family) {
    assert!(!family.samples.is_empty(), "{name} has no series");
    let mut seen = BTreeSet::new();
    for sample in &family.samples {
        assert!(seen.insert(format!("{}{:?}", sample.name, sample.labels)), "twice: {sample:?}");
        assert!(sample.value.is_finite() && (sample.value >= 0.0 || family.kind == "gauge"), "{sample:?}");
    }
    if family.kind == "histogram" {
        check_histogram(name, family);
    }
}

/// Buckets rise to the last, which holds all.
fn check_histogram(name: &str, family: &Family) {
    let mut buckets: BTreeMap<BTreeMap<String, String>, Vec<(f64, f64)>> = BTreeMap::new();
    for sample in family.samples.iter().filter(|sample| sample.name.ends_with("_bucket")) {
        let mut labels = sample.labels.clone();
        let bound = labels.remove("le").expect("a bucket has a bound");
        buckets.entry(labels).or_default().push((bound.parse().expect("a number"), sample.value));
    }
    for (labels, buckets) in buckets {
        let rises = buckets.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1);
        let last = buckets.last().expect("there is one");
        let of = |suffix: &str| {
            let is_it = |s: &&Sample| s.name == format!("{name}{suffix}") && s.labels == labels;
            family.samples.iter().find(is_it).map(|sample| sample.value)
        };
        assert!(rises && last.0 == f64::INFINITY && Some(last.1) == of("_count"), "{name}{labels:?}: {buckets:?}");
        assert!(of("_sum").is_some(), "{name}{labels:?} has no sum");
    }
}
