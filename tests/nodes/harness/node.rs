//! One process of the server.

use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::process::{Process, mortal};
use super::vitals::Vitals;
use crate::support::services::planted_server;

pub struct Node {
    pub url: String,
    port: u16,
    launcher: Launcher,
    settings: Vec<(String, String)>,
    process: Process,
}

/// How the program is started: its file, and what stands before that on the command line.
#[derive(Clone)]
pub struct Launcher {
    pub wrapper: Vec<String>,
    pub program: String,
}

impl Default for Launcher {
    fn default() -> Self {
        Self { wrapper: Vec::new(), program: env!("CARGO_BIN_EXE_entremise").to_owned() }
    }
}

impl Launcher {
    /// The server that was built with the feature `planted-faults`.
    pub fn planted() -> Self {
        Self { program: planted_server(), ..Self::default() }
    }

    /// The server of the version before, if `TEST_PREVIOUS_SERVER` says where it is; otherwise this one.
    pub fn previous() -> Self {
        match std::env::var("TEST_PREVIOUS_SERVER") {
            Ok(program) => Self { program, ..Self::default() },
            Err(_) => Self::default(),
        }
    }

    /// These words are the command line, and the server stands behind them.
    pub fn behind(words: &[&str]) -> Self {
        Self { wrapper: words.iter().map(|word| (*word).to_owned()).collect(), ..Self::default() }
    }

    fn command(&self, arguments: &[&str], settings: &[(&str, &str)]) -> Command {
        let words: Vec<&String> = self.wrapper.iter().chain([&self.program]).collect();
        let mut command = mortal(words[0]);
        command.args(&words[1..]);
        bare(&mut command, arguments, settings);
        command
    }
}

/// The program with these arguments and settings, and nothing else of our environment.
pub fn entremise(arguments: &[&str], settings: &[(&str, &str)]) -> Command {
    Launcher::default().command(arguments, settings)
}

fn bare(command: &mut Command, arguments: &[&str], settings: &[(&str, &str)]) {
    command.args(arguments).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.envs(settings.iter().copied());
}

/// Runs a command to its end: whether it succeeded, and all that it said.
pub async fn run(arguments: &[&str], settings: &[(&str, &str)], input: &str) -> (bool, String) {
    let mut process = Process::start(arguments[0], entremise(arguments, settings), input);
    let status = process.ended(Duration::from_secs(20)).await;
    (status.success(), process.lines().join("\n"))
}

impl Node {
    pub async fn start(settings: &[(&str, &str)]) -> Self {
        Self::start_by(Launcher::default(), settings).await
    }

    pub async fn start_by(launcher: Launcher, settings: &[(&str, &str)]) -> Self {
        let settings: Vec<(String, String)> =
            settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut process = launch(&launcher, &settings, 0);
        let port = port_of(&mut process).await.unwrap_or_else(|status| panic!("the node does not serve: {status:?}"));
        Self { url: format!("http://127.0.0.1:{port}"), port, launcher, settings, process }
    }

    /// Again, under the same address.
    pub async fn restart(&mut self) {
        let started = self.try_restart().await;
        started.unwrap_or_else(|status| panic!("the node does not serve: {status:?}"));
    }

    /// Where something that it needs may be away; then it says so and ends.
    pub async fn try_restart(&mut self) -> Result<(), Option<ExitStatus>> {
        self.process.kill();
        self.process = launch(&self.launcher, &self.settings, self.port);
        port_of(&mut self.process).await.map(drop)
    }

    pub fn kill(&mut self) {
        self.process.kill();
    }

    pub fn freeze(&self) {
        self.process.freeze();
    }

    pub fn thaw(&self) {
        self.process.thaw();
    }

    /// The number of the process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// What the system says of the process.
    pub fn vitals(&self) -> Vitals {
        Vitals::of(self.process.id())
    }

    pub fn terminate(&self) {
        self.signal("TERM");
    }

    pub fn signal(&self, signal: &str) {
        self.process.signal(signal);
    }

    pub async fn ended(&mut self, within: Duration) -> ExitStatus {
        self.process.ended(within).await
    }

    /// Everything it has said, on both outputs.
    pub fn lines(&self) -> Vec<String> {
        self.process.lines()
    }

    pub fn log(&self) -> Vec<String> {
        self.process.errors()
    }

    pub fn said(&self, words: &str) -> bool {
        self.process.said(words)
    }
}

fn launch(launcher: &Launcher, settings: &[(String, String)], port: u16) -> Process {
    let mut pairs: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let bind = format!("127.0.0.1:{port}");
    pairs.extend([("ENTREMISE_BIND", bind.as_str()), ("ENTREMISE_LOG_FORMAT", "json")]);
    Process::start("the node", launcher.command(&["serve"], &pairs), "")
}

/// The log says it when the node listens. If it does not, the status with which it ended, if it did.
async fn port_of(process: &mut Process) -> Result<u16, Option<ExitStatus>> {
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let serving = process.lines().iter().find_map(|line| {
            let line: Value = serde_json::from_str(line).ok()?;
            let port = find(&line, "http.port")?.as_u64()?;
            u16::try_from(port).ok()
        });
        if let Some(port) = serving {
            return Ok(port);
        }
        let status = process.status();
        if status.is_some() || Instant::now() > until {
            return Err(status);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A field of a log line, wherever the format puts it.
fn find<'a>(line: &'a Value, name: &str) -> Option<&'a Value> {
    line.get(name).or_else(|| line.get("fields")?.get(name))
}
