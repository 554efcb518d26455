//! The servers that `scripts/test` has started for us.

use std::path::PathBuf;

/// A role that may create databases.
pub fn database_url() -> String {
    required("TEST_DATABASE_URL")
}

pub fn redis_url() -> String {
    required("TEST_REDIS_URL")
}

/// A mail server that refuses nobody.
pub fn smtp_url() -> String {
    required("TEST_SMTP_URL")
}

/// The Maildir that holds what the mail server took, from all tests: look for your own recipient.
pub fn smtp_folder() -> PathBuf {
    required("TEST_SMTP_DIR").into()
}

pub fn chromedriver_url() -> String {
    required("TEST_CHROMEDRIVER_URL")
}

pub fn chromium() -> PathBuf {
    required("TEST_CHROMIUM").into()
}

/// The script of axe-core.
pub fn axe() -> PathBuf {
    required("TEST_AXE").into()
}

/// A server built with the feature `planted-faults`.
pub fn planted_server() -> String {
    let path = required("TEST_PLANTED_SERVER");
    assert!(std::path::Path::new(&path).is_file(), "{path} is missing: scripts/test planted builds it");
    path
}

fn required(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: run the tests with scripts/test, or with: scripts/test services cargo test …")
    })
}
