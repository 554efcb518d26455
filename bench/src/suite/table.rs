//! Markdown, as docs/PERFORMANCE.md takes it, and the file with everything.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::{Value, json};

pub struct Table {
    lines: Vec<String>,
    columns: usize,
}

impl Table {
    pub fn new(columns: &[&str]) -> Self {
        let head = format!("| {} |", columns.join(" | "));
        let rule = format!("| {} |", vec!["---"; columns.len()].join(" | "));
        Self { lines: vec![head, rule], columns: columns.len() }
    }

    pub fn row(&mut self, cells: &[String]) {
        debug_assert_eq!(cells.len(), self.columns);
        self.lines.push(format!("| {} |", cells.join(" | ")));
    }

    pub fn print(&self) {
        println!("{}\n", self.lines.join("\n"));
    }
}

/// Writes what a suite measured, and where it stands.
pub fn write(out: Option<&Path>, suite: &str, rows: &impl Serialize, runs: &[Value]) -> Result<()> {
    let path = out.map_or_else(|| PathBuf::from(format!("target/bench/{suite}.json")), Path::to_owned);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let all = json!({ "suite": suite, "processors": processors(), "rows": rows, "runs": runs });
    std::fs::write(&path, all.to_string()).with_context(|| format!("cannot write {}", path.display()))?;
    eprintln!("all figures: {}", path.display());
    Ok(())
}

pub fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get)
}
