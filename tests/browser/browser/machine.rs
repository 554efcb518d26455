//! The machine that a browser runs on: its screen, network and clock, and what it keeps of what happened.

use std::path::Path;

use serde_json::{Value, json};
use thirtyfour::prelude::*;
use thirtyfour::{ChromeCapabilities, LoggingPrefsLogLevel};

use super::{Browser, Setup, css};
use crate::support::services;

impl Browser {
    pub async fn resize(&self, (width, height): (u32, u32)) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// `light` or `dark`.
    pub async fn prefer(&self, scheme: &str) {
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", media).await;
    }

    /// Tells the browser that its machine has no network, or has it again.
    pub async fn network(&self, is_there: bool) {
        self.devtools("Network.enable", json!({})).await;
        let conditions =
            json!({ "offline": !is_there, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.devtools("Network.emulateNetworkConditions", conditions).await;
        self.until_is("the network", "navigator.onLine", json!(is_there)).await;
    }

    /// Sets the clock of the open page forward, as if somebody came back to it after so many days.
    pub async fn sleep_days(&self, days: u32) {
        let script = format!(
            "(() => {{
                const [Real, shift] = [Date, {days} * 86_400_000];
                window.Date = class extends Real {{
                    constructor(...given) {{ given.length > 0 ? super(...given) : super(Real.now() + shift); }}
                    static now() {{ return Real.now() + shift; }}
                }};
                document.dispatchEvent(new Event('visibilitychange'));
            }})()"
        );
        self.look(&script).await;
    }

    /// Gives a file to a field that takes one. The field itself need not be seen.
    pub async fn attach(&self, hook: &str, file: &Path) {
        let field = self.driver.find(By::Css(css(hook))).await.expect("a field for a file");
        field.send_keys(file.display().to_string()).await.expect("the field takes a file");
    }

    pub async fn devtools(&self, method: &str, parameters: Value) -> Value {
        self.driver.cdp().send_raw(method, parameters).await.expect("devtools answer")
    }

    /// The console's lines since the last look: warnings, errors, refused requests, broken policies.
    pub async fn complaints(&self) -> Vec<String> {
        let entries = self.driver.browser_log().await.expect("the log can be read");
        let loud = entries.into_iter().filter(|entry| matches!(entry.level.as_str(), "SEVERE" | "WARNING"));
        loud.map(|entry| entry.message).collect()
    }

    pub async fn picture(&self, file: &Path) {
        self.look("scrollTo(0, 0)").await;
        self.until("a page without passing news", "!document.querySelector('.toast')").await;
        self.until("rest", "document.getAnimations().every(({ playState }) => playState !== 'running')").await;
        self.driver.screenshot(file).await.expect("a picture can be taken");
    }

    /// After a failure: a picture, and what the console says.
    pub async fn testify(&self, file: &Path) {
        let picture = file.with_extension("png");
        if self.driver.screenshot(&picture).await.is_ok() {
            eprintln!("what {} saw: {}", self.name, picture.display());
        }
        for entry in self.driver.browser_log().await.unwrap_or_default() {
            eprintln!("console of {}: {} {}", self.name, entry.level, entry.message);
        }
    }
}

pub(super) fn capabilities(origin: &str, profile: &Path, setup: Setup) -> WebDriverResult<ChromeCapabilities> {
    let mut capabilities = DesiredCapabilities::chrome();
    capabilities.set_binary(&services::chromium().display().to_string())?;
    for argument in [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--accept-lang=en",
    ] {
        capabilities.add_arg(argument)?;
    }
    capabilities.add_arg(if setup.scrollbars { "--disable-features=OverlayScrollbar" } else { "--hide-scrollbars" })?;
    capabilities.add_arg(&format!("--user-data-dir={}", profile.display()))?;
    if let Some(port) = setup.wire {
        let host = origin.trim_start_matches("http://");
        capabilities.add_arg(&format!("--host-resolver-rules=MAP {host} 127.0.0.1:{port}"))?;
    }
    capabilities.set_browser_log_level(LoggingPrefsLogLevel::All)?;
    Ok(capabilities)
}
