//! A child process that dies with its test, whose words are kept, and that can be frozen.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

type Lines = Arc<Mutex<Vec<String>>>;

pub struct Process {
    name: String,
    child: Child,
    lines: Lines,
    errors: Lines,
    readers: Vec<std::thread::JoinHandle<()>>,
}

/// A command that is killed also when this process ends without a word. The signal comes when the *thread* that starts it
/// is gone: start processes from the thread of the test.
pub fn mortal(program: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", program]);
    command
}

impl Process {
    /// Starts it with `input` as all of its standard input.
    pub fn start(name: &str, mut command: Command, input: &str) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {name}: {error}"));
        // A process that does not read its input may be gone already.
        let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
        let (lines, errors) = (Lines::default(), Lines::default());
        let readers = vec![
            keep(child.stdout.take().expect("piped"), vec![lines.clone()]),
            keep(child.stderr.take().expect("piped"), vec![lines.clone(), errors.clone()]),
        ];
        Self { name: name.to_owned(), child, lines, errors, readers }
    }

    /// What it has said so far, on either output.
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What it has said on its standard error output: a node's log.
    pub fn errors(&self) -> Vec<String> {
        self.errors.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn said(&self, words: &str) -> bool {
        self.lines().iter().any(|line| line.contains(words))
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, signal: &str) {
        let number = self.child.id();
        // The shell's own `kill`: there need not be a program of this name.
        let sent = Command::new("sh").args(["-c", &format!("kill -{signal} {number}")]).status();
        assert!(sent.is_ok_and(|status| status.success()), "cannot send {signal} to {}", self.name);
    }

    pub fn freeze(&self) {
        self.signal("STOP");
    }

    pub fn thaw(&self) {
        self.signal("CONT");
    }

    /// At once and without a chance to finish anything.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    pub fn status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("it is our child")
    }

    /// Waits for its end, and for the last of its words.
    pub async fn ended(&mut self, within: Duration) -> ExitStatus {
        let until = Instant::now() + within;
        loop {
            if let Some(status) = self.status() {
                for reader in self.readers.drain(..) {
                    let _ = reader.join();
                }
                return status;
            }
            assert!(Instant::now() < until, "{} still runs after {within:?}: {:#?}", self.name, self.lines());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let ended_by_itself = matches!(self.child.try_wait(), Ok(Some(_)));
        if !ended_by_itself {
            self.kill();
        }
        if std::thread::panicking() {
            let lines = self.lines();
            eprintln!("--- the last words of {}:", self.name);
            for line in lines.iter().skip(lines.len().saturating_sub(25)) {
                eprintln!("{line}");
            }
        }
    }
}

fn keep(pipe: impl Read + Send + 'static, places: Vec<Lines>) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            for place in &places {
                place.lock().unwrap_or_else(PoisonError::into_inner).push(line.clone());
            }
        }
    })
}

/// Looks again and again until it is so; fails when that takes unreasonably long.
pub async fn eventually<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) {
    let until = Instant::now() + Duration::from_secs(20);
    while !is_so().await {
        assert!(Instant::now() < until, "it never came to this: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A port that nobody uses now.
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("it has an address").port()
}
