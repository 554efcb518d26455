//! A build that lacks the headers of OpenSSL says which packages it needs, in the words of the README.

use std::fs;
use std::process::Command;

const PACKAGES: &str = "apt-get install build-essential libssl-dev pkg-config";

#[test]
fn a_missing_header_fails_with_the_packages_of_the_readme() {
    assert!(fs::read_to_string("README.md").unwrap().contains(PACKAGES));
    // What the build script of openssl-sys calls, as .cargo/config.toml says.
    assert!(
        fs::read_to_string(".cargo/config.toml").unwrap().contains("PKG_CONFIG = { value = \"scripts/lib/pkg-config\"")
    );
    let probe = |wrapper: &mut Command| wrapper.args(["--libs", "openssl"]).output().unwrap();
    let mut no_headers = Command::new("scripts/lib/pkg-config");
    let mut no_pkg_config = Command::new("/bin/sh");
    no_pkg_config.arg("scripts/lib/pkg-config").env("PATH", "/nonexistent");
    for (missing, wrapper) in
        [("the headers", no_headers.env("PKG_CONFIG_LIBDIR", "/nonexistent")), ("pkg-config", &mut no_pkg_config)]
    {
        let output = probe(wrapper);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(PACKAGES), "without {missing}: {said}");
    }
}
