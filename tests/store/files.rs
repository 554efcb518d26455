//! Nobody else of the machine reads the SQLite file.

use entremise::domain::DatabaseUrl;
use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use entremise::store::{Db, Store, StoreOptions, StoreResult, throttles};

fn open(file: &Path) -> Store {
    let options = StoreOptions { pool_size: 1, queue: 8, deadline: Duration::from_secs(5) };
    Store::open(&DatabaseUrl::parse(&format!("sqlite:{}", file.display())).unwrap(), &options).unwrap()
}

/// Anything: the files beside the first are made when they are needed.
fn write(conn: &mut Db) -> StoreResult<()> {
    throttles::forget(conn, "nothing")
}

fn mode(path: &Path) -> String {
    format!("{:o}", std::fs::metadata(path).unwrap().permissions().mode() & 0o7777)
}

#[derive(Clone, Default)]
struct CapturedLog(Arc<Mutex<Vec<u8>>>);

impl Write for CapturedLog {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What is logged while the database is opened.
fn logged(file: &Path) -> String {
    let log = CapturedLog::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    tracing::subscriber::with_default(subscriber, || drop(open(file)));
    String::from_utf8(log.0.lock().unwrap().clone()).unwrap()
}

#[test]
fn a_new_database_is_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("deep/data/entremise.sqlite3");
    let store = open(&file);
    store.write_blocking(write).unwrap();
    for made in ["deep", "deep/data"] {
        assert_eq!(mode(&folder.path().join(made)), "700", "{made}");
    }
    for suffix in ["", "-wal", "-shm", ".lock"] {
        assert_eq!(mode(Path::new(&format!("{}{suffix}", file.display()))), "600", "{suffix}");
    }
}

#[test]
fn an_older_database_that_was_open_to_others_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("entremise.sqlite3");
    drop(open(&file));
    std::fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    let store = open(&file);
    store.write_blocking(write).unwrap();
    for suffix in ["", "-wal", "-shm"] {
        assert_eq!(mode(Path::new(&format!("{}{suffix}", file.display()))), "600", "{suffix}");
    }
}

#[test]
fn a_folder_that_others_may_look_into_is_warned_of_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("entremise.sqlite3");
    std::fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();
    assert_eq!(logged(&file), "", "a folder for its owner alone is as it should be");
    std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let log = logged(&file);
    assert!(log.contains("WARN") && log.contains("0755"), "{log}");
    assert_eq!(mode(folder.path()), "755");
}
