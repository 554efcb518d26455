//! `entremise demo` as a process of its own, started as a new user starts it.

use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;

use crate::support::Person;

/// A debug build on a busy machine hashes three passwords first.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Demo {
    pub origin: String,
    pub broker: Login,
    pub client: Login,
    pub admin: Login,
    folder: TempDir,
    process: Child,
}

#[derive(Clone, Default)]
pub struct Login {
    pub email: String,
    pub password: String,
}

impl Demo {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let process = launch(&folder, 0);
        let mut demo = Self {
            origin: String::new(),
            broker: Login::default(),
            client: Login::default(),
            admin: Login::default(),
            folder,
            process,
        };
        let printed = demo.printed();
        demo.origin = word_after(&printed, "running at").to_owned();
        demo.broker = Login::read(&printed, "broker");
        demo.client = Login::read(&printed, "client");
        demo.admin = Login::read(&printed, "admin");
        demo
    }

    pub fn port(&self) -> u16 {
        let (_, port) = self.origin.rsplit_once(':').expect("the address has a port");
        port.parse().expect("a port")
    }

    /// Ends it as a power cut does.
    pub fn kill(&mut self) {
        self.process.kill().expect("it can be killed");
        self.process.wait().expect("it was a child");
    }

    /// The same address, the same data.
    pub fn start_again(&mut self) {
        self.process = launch(&self.folder, self.port());
        self.printed();
    }

    /// Signs in with a token: somebody who needs no browser.
    pub async fn sign_in(&self, login: &Login) -> Person {
        let body = json!({ "email": login.email, "password": login.password, "transport": "bearer" });
        let answer = Person::new(&self.origin, None).post("/api/v1/sessions", body).await;
        let token = answer.expect(201)["token"].as_str().expect("a token").to_owned();
        Person::new(&self.origin, Some(token))
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Waits for the last line that a start prints.
    fn printed(&mut self) -> String {
        let begun = Instant::now();
        loop {
            let text = std::fs::read_to_string(self.folder.path().join("printed")).expect("what it printed");
            if text.contains("Ctrl-C") {
                return text;
            }
            if let Some(status) = self.process.try_wait().expect("it is a child") {
                panic!("the demo ended with {status}: {}", self.log());
            }
            assert!(begun.elapsed() < PATIENCE, "the demo does not start: {text}{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Login {
    fn read(printed: &str, role: &str) -> Self {
        let line = printed.lines().find(|line| line.trim_start().starts_with(role)).expect("a line for each role");
        let words: Vec<&str> = line.split_whitespace().collect();
        Self { email: words[1].to_owned(), password: words[2].to_owned() }
    }
}

fn launch(folder: &TempDir, port: u16) -> Child {
    let file = |name: &str| {
        let path = folder.path().join(name);
        Stdio::from(File::options().create(true).append(true).open(path).expect("a file"))
    };
    // Only what this start prints counts.
    let _ = std::fs::remove_file(folder.path().join("printed"));
    // When the test is killed without a word, the server goes with it.
    Command::new("setpriv")
        .args(["--pdeathsig", "KILL", env!("CARGO_BIN_EXE_entremise"), "demo", "--data"])
        .arg(folder.path().join("data"))
        .args(["--port", &port.to_string()])
        .stdin(Stdio::null())
        .stdout(file("printed"))
        .stderr(file("log"))
        .spawn()
        .expect("the demo starts")
}

fn word_after<'a>(text: &'a str, marker: &str) -> &'a str {
    let (_, rest) = text.split_once(marker).expect("it says where it runs");
    rest.split_whitespace().next().expect("an address")
}
