//! A PostgreSQL of one test's own, which it may kill, freeze and restart without hurting anybody.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use diesel::{Connection, PgConnection};
use tempfile::TempDir;

use super::process::{Process, free_port, mortal};

pub struct PostgresServer {
    port: u16,
    process: Process,
    user: Option<User>,
    programs: PathBuf,
    folder: TempDir,
    /// It takes connections through TLS and no others.
    has_tls: bool,
}

/// PostgreSQL refuses to run as root; then it runs as somebody else.
struct User {
    name: &'static str,
    id: u32,
}

const PASSWORD: &str = "only-for-this-test";

impl PostgresServer {
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// With settings beside its own, each `name=value`.
    pub async fn start_with(settings: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (programs, user) = (programs(), other_user());
        make(folder.path(), &programs, user.as_ref(), settings);
        Self::run(folder, programs, user, false).await
    }

    /// It takes connections through TLS and no others.
    pub async fn start_with_tls(certificate: &str, key: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (programs, user) = (programs(), other_user());
        make(folder.path(), &programs, user.as_ref(), &["ssl=on"]);
        let data = folder.path().join("data");
        // The names that PostgreSQL looks for. It refuses a key that others may read.
        for (name, source) in [("server.crt", certificate), ("server.key", key)] {
            let path = data.join(name);
            std::fs::copy(source, &path).expect("our folder");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("our file");
            chown(&path, user.as_ref().map(|user| user.id), None).expect("root may give it away");
        }
        std::fs::write(data.join("pg_hba.conf"), "hostssl all all 127.0.0.1/32 md5\n").expect("our folder");
        Self::run(folder, programs, user, true).await
    }

    async fn run(folder: TempDir, programs: PathBuf, user: Option<User>, has_tls: bool) -> Self {
        let port = free_port();
        let process = launch(folder.path(), &programs, user.as_ref(), port);
        let server = Self { port, process, user, programs, folder, has_tls };
        server.is_ready().await;
        server
    }

    pub fn url(&self) -> String {
        let options = if self.has_tls { "?sslmode=require" } else { "" };
        format!("postgres://postgres:{PASSWORD}@127.0.0.1:{}/postgres{options}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// All of its processes at once, without a chance to finish anything.
    pub async fn kill(&mut self) {
        let all = self.processes();
        signal("KILL", &all);
        self.process.kill();
        // The files are theirs until the last is gone.
        let until = Instant::now() + Duration::from_secs(10);
        while all.iter().any(|id| is_running(*id)) {
            assert!(Instant::now() < until, "PostgreSQL does not die");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// What `pg_ctl stop -m immediate` does.
    pub async fn stop_at_once(&mut self) {
        self.process.signal("QUIT");
        self.process.ended(Duration::from_secs(20)).await;
    }

    /// Over the same files, on the same port; recovers what was committed.
    pub async fn restart(&mut self) {
        self.process = launch(self.folder.path(), &self.programs, self.user.as_ref(), self.port);
        self.is_ready().await;
    }

    /// Connections stay, and nothing comes over them.
    pub fn freeze(&self) {
        signal("STOP", &self.processes());
    }

    pub fn thaw(&self) {
        signal("CONT", &self.processes());
    }

    async fn is_ready(&self) {
        let until = Instant::now() + Duration::from_secs(30);
        while PgConnection::establish(&self.url()).is_err() {
            assert!(Instant::now() < until, "PostgreSQL does not start: {:#?}", self.process.lines());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The first one, and those that it has started.
    fn processes(&self) -> Vec<u32> {
        let mut all = vec![self.process.id()];
        all.extend(children_of(self.process.id()));
        all
    }
}

fn make(folder: &Path, programs: &Path, user: Option<&User>, settings: &[&str]) {
    // Another user must be able to walk through.
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o711)).expect("our folder");
    let (data, password) = (folder.join("data"), folder.join("password"));
    std::fs::create_dir(&data).expect("our folder");
    std::fs::write(&password, PASSWORD).expect("our folder");
    if let Some(user) = user {
        for path in [&data, &password] {
            chown(path, Some(user.id), None).expect("root may give it away");
        }
    }
    let mut command = as_user(&programs.join("initdb"), user);
    command.args(["--username", "postgres", "--auth", "md5", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"]);
    command.arg("--pgdata").arg(&data).arg("--pwfile").arg(&password).current_dir(folder);
    let made = command.output().expect("initdb can be run");
    assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
    let mut file = File::options().append(true).open(data.join("postgresql.conf")).expect("initdb made it");
    for setting in settings {
        writeln!(file, "{setting}").expect("our folder");
    }
}

fn launch(folder: &Path, programs: &Path, user: Option<&User>, port: u16) -> Process {
    let mut command = as_user(&programs.join("postgres"), user);
    command.arg("-D").arg(folder.join("data")).args(["-p", &port.to_string()]).current_dir(folder);
    for setting in ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=100"] {
        command.args(["-c", setting]);
    }
    Process::start("PostgreSQL", command, "")
}

fn as_user(program: &Path, user: Option<&User>) -> Command {
    let program = program.to_str().expect("a readable path");
    let Some(user) = user else { return mortal(program) };
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--reuid", user.name, "--regid", &group_of(user), "--init-groups", program]);
    command
}

/// Debian keeps PostgreSQL's programs out of the PATH.
fn programs() -> PathBuf {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&paths).collect();
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let folder = entry.ok()?.path();
            Some((folder.file_name()?.to_str()?.parse().ok()?, folder.join("bin")))
        })
        .collect();
    versions.sort();
    folders.extend(versions.into_iter().rev().map(|(_, folder)| folder));
    let found = folders.into_iter().find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists());
    found.expect("PostgreSQL is missing: sudo apt-get install postgresql")
}

fn other_user() -> Option<User> {
    (said(Command::new("id").arg("-u")) == "0").then(|| {
        let known = ["postgres", "nobody"].into_iter().find_map(|name| {
            let id = said(Command::new("id").args(["-u", name])).parse().ok()?;
            Some(User { name, id })
        });
        known.expect("a user that is not root")
    })
}

fn group_of(user: &User) -> String {
    said(Command::new("id").args(["-gn", user.name]))
}

fn said(command: &mut Command) -> String {
    let output = command.output().expect("the command can be run");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn signal(signal: &str, processes: &[u32]) {
    let numbers: Vec<String> = processes.iter().map(u32::to_string).collect();
    // Some of them may have ended by themselves meanwhile.
    let sent = Command::new("sh").args(["-c", &format!("kill -{signal} {} 2>&-; true", numbers.join(" "))]).status();
    assert!(sent.is_ok_and(|status| status.success()), "cannot send {signal}");
}

/// Not gone, and not just waiting to be noticed.
fn is_running(process: u32) -> bool {
    stat(process).is_some_and(|(state, _)| state != "Z")
}

fn children_of(parent: u32) -> Vec<u32> {
    let entries = std::fs::read_dir("/proc").expect("a Linux machine").filter_map(Result::ok);
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter(|number| stat(*number).is_some_and(|(_, of)| of == parent)).collect()
}

/// The state of a process and the number of its parent.
fn stat(process: u32) -> Option<(String, u32)> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name stands in brackets and may hold anything.
    let (_, rest) = text.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    Some((fields.next()?.to_owned(), fields.next()?.parse().ok()?))
}
