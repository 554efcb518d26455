//! The SQLite file and its companions, readable only by the user who runs the server.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::{StoreError, StoreResult};

const FOLDER: u32 = 0o700;
const FILE: u32 = 0o600;
/// The mode bits of the group and of all others.
const OTHERS: u32 = 0o077;

/// Creates the folder if need be and takes `<file>.lock` for this process alone. An existing folder may hold other things
/// too: its mode stays, with a warning. SQLite gives its other files the mode of the first.
pub(super) fn claim(path: &Path) -> StoreResult<File> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if folder.exists() {
        warn_if_open(folder);
    } else {
        DirBuilder::new().recursive(true).mode(FOLDER).create(folder).map_err(failed(folder))?;
    }
    let name = beside(path, ".lock");
    let lock = private().open(&name).map_err(failed(&name))?;
    lock.try_lock().map_err(|_| {
        StoreError::Setup(format!(
            "{} is in use by another process; one SQLite file serves one process, several nodes need PostgreSQL",
            path.display()
        ))
    })?;
    if !path.exists() {
        private().open(path).map_err(failed(path))?;
    }
    for suffix in ["", ".lock", "-wal", "-shm", "-journal"] {
        close(&beside(path, suffix));
    }
    Ok(lock)
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(FILE);
    options
}

/// An earlier version or an operator may have left the file readable by others.
fn close(file: &Path) {
    let Some(mode) = mode(file).filter(|mode| mode & OTHERS != 0) else { return };
    if let Err(error) = std::fs::set_permissions(file, Permissions::from_mode(mode & !OTHERS)) {
        tracing::warn!(file = %file.display(), %error, "others on this machine may read a file of the database");
    }
}

fn warn_if_open(folder: &Path) {
    if let Some(mode) = mode(folder).filter(|mode| mode & OTHERS != 0) {
        let mode = format!("{:04o}", mode & 0o7777);
        tracing::warn!(folder = %folder.display(), mode, "others on this machine may look into the folder of the database; it should have mode 0700");
    }
}

fn mode(path: &Path) -> Option<u32> {
    std::fs::metadata(path).ok().map(|found| found.permissions().mode())
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn failed(path: &Path) -> impl Fn(std::io::Error) -> StoreError + '_ {
    move |error| StoreError::Setup(format!("{}: {error}", path.display()))
}
