//! Markdown, as docs/PERFORMANCE.md takes it, and the file with everything.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::{Value, json};

use super::SuiteSetting;

pub struct MarkdownTable {
    lines: Vec<String>,
    columns: usize,
}

impl MarkdownTable {
    pub fn new(columns: &[&str]) -> Self {
        let head = format!("| {} |", columns.join(" | "));
        let rule = format!("| {} |", vec!["---"; columns.len()].join(" | "));
        Self { lines: vec![head, rule], columns: columns.len() }
    }

    pub fn row(&mut self, cells: &[String]) {
        debug_assert_eq!(cells.len(), self.columns);
        self.lines.push(format!("| {} |", cells.join(" | ")));
    }
}

/// The outcome of a suite.
pub struct Report {
    suite: &'static str,
    text: String,
}

impl Report {
    /// `how`: the command, and how often it measured.
    pub fn new(suite: &'static str, how: &str) -> Self {
        Self { suite, text: format!("{how}, {} processors.\n", processors()) }
    }

    pub fn add(&mut self, table: &MarkdownTable) {
        self.text.push_str(&format!("\n{}\n", table.lines.join("\n")));
    }

    /// Prints it, puts it into the page that was named, and writes all figures into a file.
    pub fn finish(self, setting: &SuiteSetting, rows: &impl Serialize, runs: &[Value]) -> Result<()> {
        println!("{}", self.text);
        let path = setting.out.clone().unwrap_or_else(|| figures_of(self.suite));
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        let all = json!({ "suite": self.suite, "processors": processors(), "rows": rows, "runs": runs });
        std::fs::write(&path, all.to_string()).with_context(|| format!("cannot write {}", path.display()))?;
        eprintln!("all figures: {}", path.display());
        match &setting.into {
            Some(page) => self.put_into(page),
            None => Ok(()),
        }
    }

    fn put_into(&self, page: &Path) -> Result<()> {
        let old = std::fs::read_to_string(page).with_context(|| format!("cannot read {}", page.display()))?;
        let new = replaced(&old, self.suite, &self.text)
            .with_context(|| format!("{} has no place for {:?}", page.display(), self.suite))?;
        std::fs::write(page, new).with_context(|| format!("cannot write {}", page.display()))
    }
}

/// Where a suite leaves its figures unless it is told otherwise.
pub fn figures_of(suite: &str) -> PathBuf {
    PathBuf::from(format!("target/bench/{suite}.json"))
}

/// The page with `text` between the two marks of this suite.
fn replaced(page: &str, suite: &str, text: &str) -> Option<String> {
    let begin = format!("<!-- suite {suite} -->\n");
    let (before, rest) = page.split_once(&begin)?;
    let (_, after) = rest.split_once("<!-- end -->")?;
    Some(format!("{before}{begin}{text}<!-- end -->{after}"))
}

pub fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suite_finds_its_place_in_the_page() {
        let page = "a\n<!-- suite one -->\nold\n<!-- end -->\nb\n<!-- suite two -->\n<!-- end -->\n";
        let page = replaced(page, "one", "new\n").unwrap();
        assert_eq!(page, "a\n<!-- suite one -->\nnew\n<!-- end -->\nb\n<!-- suite two -->\n<!-- end -->\n");
        assert_eq!(replaced(&page, "two", "2\n").unwrap().matches("new").count(), 1);
        assert_eq!(replaced(&page, "three", ""), None);
    }

    /// Every suite can put its figures into the page of the figures.
    #[test]
    fn the_page_has_a_place_for_every_suite() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/PERFORMANCE.md");
        let page = std::fs::read_to_string(page).unwrap();
        for suite in ["ratios", "guarantees", "idle", "scale", "reconnect", "nodes", "paper"] {
            assert!(replaced(&page, suite, "").is_some(), "{suite}");
        }
    }
}
