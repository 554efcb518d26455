//! Where a suite plays: a folder that is gone afterwards, databases that are filled once for each shape and copied for each
//! run, and servers with limits that a load program does not reach.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::node::{ServedNode, free_port};
use super::{Database, SuiteSetting, bulk};
use crate::bare::sqlite::Sqlite;
use crate::pg::PgConnection;

/// One connection of the load program stands for many people: the limits of one must not be what is measured.
const LIMITS: [(&str, &str); 8] = [
    ("ENTREMISE_LOG_FILTER", "warn,entremise::cli=error"),
    ("ENTREMISE_POSTS_PER_SECOND", "10000"),
    ("ENTREMISE_POST_BURST", "100000"),
    ("ENTREMISE_MAX_PENDING_FRAMES", "4096"),
    ("ENTREMISE_SESSION_QUEUE_BYTES", "16777216"),
    ("ENTREMISE_LOG_QUEUE", "65536"),
    ("ENTREMISE_SOCKETS_PER_ACCOUNT", "1000"),
    ("ENTREMISE_CONNECTIONS_PER_NETWORK", "1000000"),
];

/// The content that a database is filled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shape {
    pub rooms: usize,
    pub members: usize,
    /// Rooms that have the same members.
    pub alike: usize,
    /// Messages in each room. Only on PostgreSQL.
    pub history: usize,
}

impl Shape {
    pub const fn new(rooms: usize, members: usize) -> Self {
        Self { rooms, members, alike: 1, history: 0 }
    }

    /// Worth being filled by a few statements instead of row by row.
    fn is_large(self) -> bool {
        self.rooms * self.members > 1000 || self.history > 0
    }
}

/// A filled database of its own, gone when the suite ends.
#[derive(Debug, Clone)]
pub struct StagePlace {
    pub database: Database,
    pub url: String,
    pub fixture: PathBuf,
    name: String,
}

#[cfg(test)]
impl StagePlace {
    pub fn at(url: &str, fixture: &str) -> Self {
        Self { database: Database::Sqlite, url: url.to_owned(), fixture: fixture.into(), name: String::new() }
    }
}

pub struct SuiteStage {
    setting: SuiteSetting,
    own: PathBuf,
    folder: PathBuf,
    admin: Option<PgConnection>,
    postmaster: Option<u32>,
    /// A folder in memory, if one was asked for.
    memory: Option<PathBuf>,
    templates: HashMap<(Database, Shape), StagePlace>,
    count: usize,
}

impl SuiteStage {
    pub fn new(setting: &SuiteSetting) -> Result<Self> {
        ensure!(setting.server.exists(), "{} is not there; scripts/bench builds it", setting.server.display());
        let folder = std::env::temp_dir().join(format!("entremise-bench.{}", std::process::id()));
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let mut stage = Self {
            setting: setting.clone(),
            own: std::env::current_exe().context("where is this program?")?,
            folder,
            admin: None,
            postmaster: None,
            memory: None,
            templates: HashMap::new(),
            count: 0,
        };
        if let Some(url) = &setting.postgres {
            let mut admin = PgConnection::open(url)?;
            let pid = admin.value("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)")?;
            stage.postmaster = pid.and_then(|pid| pid.trim().parse().ok());
            stage.admin = Some(admin);
        }
        Ok(stage)
    }

    /// A fresh copy of a database of this shape.
    pub fn place(&mut self, database: Database, shape: Shape) -> Result<StagePlace> {
        let template = match self.templates.get(&(database, shape)) {
            Some(template) => template.clone(),
            None => {
                let made = self.fill(database, shape)?;
                self.templates.insert((database, shape), made.clone());
                made
            }
        };
        let place = StagePlace { fixture: template.fixture.clone(), ..self.new_place(database)? };
        match database {
            Database::Postgres => {
                self.admin()?.execute(&format!("CREATE DATABASE {} TEMPLATE {}", place.name, template.name))?;
                // Earlier writes must not be flushed during the measurement.
                self.admin()?.execute("CHECKPOINT")?;
            }
            Database::Sqlite => {
                std::fs::copy(self.folder.join(&template.name), self.folder.join(&place.name))?;
            }
        }
        Ok(place)
    }

    /// A copy on SQLite whose file lies in memory.
    pub fn place_in_memory(&mut self, shape: Shape) -> Result<StagePlace> {
        let place = self.place(Database::Sqlite, shape)?;
        let memory = Path::new("/dev/shm").join(format!("entremise-bench.{}", std::process::id()));
        std::fs::create_dir_all(&memory).context("no folder in memory")?;
        let file = memory.join(&place.name);
        std::fs::copy(self.folder.join(&place.name), &file)?;
        self.memory = Some(memory);
        Ok(StagePlace { url: format!("sqlite:{}", file.display()), ..place })
    }

    /// Every connection to this database will have this setting.
    pub fn set_for(&mut self, place: &StagePlace, setting: &str) -> Result<()> {
        self.admin()?.execute(&format!("ALTER DATABASE {} SET {setting}", place.name))
    }

    pub fn on_sqlite(&self, place: &StagePlace, statement: &str) -> Result<()> {
        Sqlite::open(place.url.trim_start_matches("sqlite:"), false)?.execute(statement)
    }

    /// The place is not needed any more; its space may be.
    pub fn forget(&mut self, place: &StagePlace) -> Result<()> {
        match place.database {
            Database::Postgres => self.admin()?.execute(&format!("DROP DATABASE {} WITH (FORCE)", place.name)),
            Database::Sqlite => {
                for folder in std::iter::once(&self.folder).chain(&self.memory) {
                    for ending in ["", "-wal", "-shm", ".lock"] {
                        // Not all of them exist.
                        let _ = std::fs::remove_file(folder.join(format!("{}{ending}", place.name)));
                    }
                }
                Ok(())
            }
        }
    }

    fn fill(&mut self, database: Database, shape: Shape) -> Result<StagePlace> {
        let place = self.new_place(database)?;
        if database == Database::Postgres {
            self.admin()?.execute(&format!("CREATE DATABASE {}", place.name))?;
        }
        let Shape { rooms, members, alike, history } = shape;
        eprintln!("filling {}: {rooms} rooms of {members}", database.name());
        if database == Database::Postgres && shape.is_large() {
            self.run(self.program(&self.setting.server, &place.url).arg("migrate"))?;
            bulk::fill(&place.url, shape, &place.fixture)?;
        } else {
            ensure!(history == 0, "only PostgreSQL can be filled with history");
            let counts = [("--rooms", rooms), ("--members", members), ("--alike", alike)];
            let mut command = self.program(&self.setting.server, &place.url);
            command.arg("bench-fixture").arg("--out").arg(&place.fixture);
            command.args(counts.iter().map(|(name, count)| format!("{name}={count}")));
            self.run(&mut command)?;
        }
        match database {
            Database::Postgres => PgConnection::open(&place.url)?.execute("VACUUM ANALYZE")?,
            // The copy is of the file alone, so nothing may be left in the log beside it.
            Database::Sqlite => {
                let path = self.folder.join(&place.name);
                Sqlite::open(&path.to_string_lossy(), false)?.execute("PRAGMA wal_checkpoint(TRUNCATE)")?;
            }
        }
        Ok(place)
    }

    fn run(&self, command: &mut Command) -> Result<()> {
        let out = command.output().with_context(|| format!("cannot start {}", command.get_program().display()))?;
        ensure!(out.status.success(), "{:?}: {}", command.get_args(), String::from_utf8_lossy(&out.stderr));
        Ok(())
    }

    fn new_place(&mut self, database: Database) -> Result<StagePlace> {
        self.count += 1;
        let name = format!("entremise_bench_{}_{}", std::process::id(), self.count);
        let url = match database {
            Database::Postgres => {
                let url = self.postgres()?;
                let server = url.rsplit_once('/').map_or(url, |(server, _)| server);
                format!("{server}/{name}")
            }
            Database::Sqlite => format!("sqlite:{}", self.folder.join(&name).display()),
        };
        Ok(StagePlace { database, url, fixture: self.folder.join(format!("{name}.json")), name })
    }

    /// The server in front of this place.
    pub fn serve(&self, place: &StagePlace, settings: &[(&str, &str)]) -> Result<ServedNode> {
        self.serve_at(place, free_port()?, settings)
    }

    pub fn serve_at(&self, place: &StagePlace, port: u16, settings: &[(&str, &str)]) -> Result<ServedNode> {
        self.start(&self.setting.server, place, port, settings)
    }

    /// Another build of the server in front of this place.
    pub fn serve_with(&self, program: &Path, place: &StagePlace, settings: &[(&str, &str)]) -> Result<ServedNode> {
        self.start(program, place, free_port()?, settings)
    }

    fn start(&self, program: &Path, place: &StagePlace, port: u16, settings: &[(&str, &str)]) -> Result<ServedNode> {
        let mut command = self.program(program, &place.url);
        command.arg("serve").env("ENTREMISE_BIND", format!("127.0.0.1:{port}"));
        command.envs(settings.iter().copied());
        ServedNode::start(command, port, &self.folder.join(format!("{}.{port}.log", place.name)))
    }

    /// The bare program that passes on; it stores in this place first, if one is given.
    pub fn serve_bare(&self, stores_in: Option<&StagePlace>) -> Result<ServedNode> {
        let port = free_port()?;
        let mut command = Command::new(&self.own);
        command.args(["bare", "broadcast", "--bind", &format!("127.0.0.1:{port}")]);
        command.args(stores_in.map(|place| format!("--database={}", place.url)));
        ServedNode::start(command, port, &self.folder.join("bare.log"))
    }

    fn program(&self, program: &Path, database: &str) -> Command {
        let mut command = Command::new(program);
        // The settings of whoever started this are not those of the measurement.
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("ENTREMISE_") || name == "REDIS_URL") {
                command.env_remove(name);
            }
        }
        command.env("DATABASE_URL", database).env("ENTREMISE_DATA_DIR", &self.folder).envs(LIMITS);
        command
    }

    /// Runs this program with other arguments, as a process of its own whose CPU time is its own, and reads its line.
    pub fn measure(&self, arguments: &[String]) -> Result<Value> {
        let out = Command::new(&self.own)
            .args(arguments)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .output()
            .context("cannot start the load program")?;
        let said = String::from_utf8_lossy(&out.stderr);
        match out.status.code() {
            Some(0 | 1) => {
                let mut line: Value =
                    serde_json::from_slice(&out.stdout).context("the load program printed no JSON")?;
                let passed = out.status.success();
                if !passed {
                    eprintln!("FAILED its verification: {arguments:?}: {line}");
                }
                if let Some(line) = line.as_object_mut() {
                    line.insert("passed".to_owned(), passed.into());
                }
                Ok(line)
            }
            _ => bail!("{arguments:?}: {}", said.trim()),
        }
    }

    /// Tells the load program whose CPU time is the database's.
    pub fn postgres_pid(&self, database: Database) -> Option<String> {
        let pid = self.postmaster.filter(|_| database == Database::Postgres)?;
        Some(format!("--postgres-pid={pid}"))
    }

    /// How much PostgreSQL has written into its log so far, the whole server.
    pub fn wal_bytes(&mut self, database: Database) -> Result<Option<f64>> {
        if database != Database::Postgres {
            return Ok(None);
        }
        let bytes = self.admin()?.value("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")?;
        bytes.map(|bytes| bytes.parse().context("not a number")).transpose()
    }

    /// This program, to be given its arguments.
    pub fn load_program(&self) -> Command {
        Command::new(&self.own)
    }

    pub fn postgres(&self) -> Result<&str> {
        self.setting.postgres.as_deref().context("no PostgreSQL: TEST_DATABASE_URL is not set")
    }

    fn admin(&mut self) -> Result<&mut PgConnection> {
        self.admin.as_mut().context("no PostgreSQL: TEST_DATABASE_URL is not set")
    }
}

impl Drop for SuiteStage {
    fn drop(&mut self) {
        for template in std::mem::take(&mut self.templates).into_values() {
            let _ = self.forget(&template);
        }
        for folder in std::iter::once(&self.folder).chain(&self.memory) {
            // A leftover in the folder for temporary files harms nobody.
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}
