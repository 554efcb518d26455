//! One demo and the browsers that look at it; all of it is gone when the test ends, however it ends.

use std::ops::AsyncFnOnce;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

use futures_util::FutureExt;
use tempfile::TempDir;

use crate::browser::{Browser, Setup};
use crate::demo::Demo;
use crate::wire::Wire;

pub struct Stage {
    pub demo: Demo,
    browsers: Vec<(Browser, TempDir)>,
}

impl Stage {
    /// A browser of somebody who was never here.
    pub async fn browser(&mut self, name: &str) -> Browser {
        self.open(name, Setup::default()).await
    }

    /// The same, behind a wire that can be cut.
    pub async fn browser_on(&mut self, wire: &Wire, name: &str) -> Browser {
        self.open(name, Setup { wire: Some(wire.port()), ..Setup::default() }).await
    }

    /// The same, with scrollbars that take room.
    pub async fn browser_with_scrollbars(&mut self, name: &str) -> Browser {
        self.open(name, Setup { scrollbars: true, ..Setup::default() }).await
    }

    async fn open(&mut self, name: &str, setup: Setup) -> Browser {
        let profile = tempfile::tempdir().expect("a temporary folder");
        let browser = Browser::open(name, &self.demo.origin, profile.path(), setup).await;
        self.browsers.push((browser.clone(), profile));
        browser
    }
}

/// Runs a test; `name` is that of the pictures of its failure.
pub async fn perform(name: &str, test: impl AsyncFnOnce(&mut Stage)) {
    let mut stage = Stage { demo: Demo::start(), browsers: Vec::new() };
    let outcome = AssertUnwindSafe(test(&mut stage)).catch_unwind().await;
    for (browser, profile) in stage.browsers.drain(..) {
        if outcome.is_err() {
            browser.testify(&failures().join(format!("{name}-{}", browser.name))).await;
        }
        browser.quit().await;
        drop(profile);
    }
    let log = stage.demo.log();
    match outcome {
        Ok(()) => assert!(!log.contains("ERROR") && !log.contains("panicked"), "the server had trouble:\n{log}"),
        Err(panic) => {
            eprintln!("the server's log:\n{log}");
            std::panic::resume_unwind(panic);
        }
    }
}

/// Below `target`: what a failed test leaves to look at.
fn failures() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser-failures");
    std::fs::create_dir_all(&folder).expect("a folder below target");
    folder
}

/// Where the pictures for the README go, if anywhere.
pub fn screenshots() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("ENTREMISE_SCREENSHOTS")?);
    std::fs::create_dir_all(&folder).expect("a folder for the pictures");
    Some(folder)
}
