//! Rows into SQLite by one prepared statement, with the settings that the server uses.

use std::ffi::{CStr, CString, c_int};
use std::ptr::{self, NonNull};

use anyhow::{Context, Result, bail};
use libsqlite3_sys as ffi;

use super::rows::BareRow;
use super::{Inserter, now_ms};

const INSERT: &CStr = c"INSERT INTO entries (room_id, seq, author_id, nonce, body, created_at, acl_version, kind) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, 'message')";

pub struct Sqlite {
    conn: NonNull<ffi::sqlite3>,
    insert: *mut ffi::sqlite3_stmt,
    begin: *mut ffi::sqlite3_stmt,
    commit: *mut ffi::sqlite3_stmt,
}

// SAFETY: the library is built for any thread, and this type gives access to one at a time.
unsafe impl Send for Sqlite {}

impl Sqlite {
    pub fn open(path: &str, foreign_keys: bool) -> Result<Self> {
        let mut connection = Self::connect(path, foreign_keys)?;
        connection.insert = connection.prepare(INSERT)?;
        connection.begin = connection.prepare(c"BEGIN IMMEDIATE")?;
        connection.commit = connection.prepare(c"COMMIT")?;
        Ok(connection)
    }

    /// To a database that may have no tables yet.
    pub(super) fn connect(path: &str, foreign_keys: bool) -> Result<Self> {
        let file = CString::new(path).context("the path holds a NUL")?;
        let mut conn = ptr::null_mut();
        // SAFETY: `file` ends with a NUL and outlives the call, which fills `conn` even if it fails.
        let code = unsafe { ffi::sqlite3_open_v2(file.as_ptr(), &mut conn, ffi::SQLITE_OPEN_READWRITE, ptr::null()) };
        let conn = NonNull::new(conn).context("SQLite has no memory")?;
        let none = ptr::null_mut();
        let mut connection = Self { conn, insert: none, begin: none, commit: none };
        connection.check(code)?;
        connection.execute(&format!(
            "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
             PRAGMA foreign_keys = {}; PRAGMA wal_autocheckpoint = 4000; PRAGMA temp_store = MEMORY",
            if foreign_keys { "ON" } else { "OFF" }
        ))?;
        Ok(connection)
    }

    pub fn execute(&mut self, statements: &str) -> Result<()> {
        let text = CString::new(statements).context("a statement with a NUL")?;
        // SAFETY: the connection is live, `text` ends with a NUL and outlives the call; there is no callback.
        let code =
            unsafe { ffi::sqlite3_exec(self.conn.as_ptr(), text.as_ptr(), None, ptr::null_mut(), ptr::null_mut()) };
        self.check(code)
    }

    fn prepare(&mut self, statement: &CStr) -> Result<*mut ffi::sqlite3_stmt> {
        let mut prepared = ptr::null_mut();
        // SAFETY: as above; the length -1 says that the text ends with a NUL.
        let code = unsafe {
            ffi::sqlite3_prepare_v2(self.conn.as_ptr(), statement.as_ptr(), -1, &mut prepared, ptr::null_mut())
        };
        self.check(code)?;
        Ok(prepared)
    }

    fn step(&mut self, statement: *mut ffi::sqlite3_stmt) -> Result<()> {
        // SAFETY: the statement was prepared on this connection and is not finalised before it is dropped.
        let (code, _) = unsafe { (ffi::sqlite3_step(statement), ffi::sqlite3_reset(statement)) };
        if code == ffi::SQLITE_DONE { Ok(()) } else { bail!("SQLite: {}", self.error()) }
    }

    fn bind(&mut self, row: &BareRow, now: i64) -> Result<()> {
        let statement = self.insert;
        for (place, number) in [(1, row.room), (2, row.seq), (3, row.author), (6, now)] {
            // SAFETY: as in `step`; a wrong place is an error code.
            let code = unsafe { ffi::sqlite3_bind_int64(statement, place, number) };
            self.check(code)?;
        }
        for (place, text) in [(4, &row.nonce), (5, &row.body)] {
            let length = c_int::try_from(text.len()).context("a text of more than 2 GiB")?;
            // SAFETY: the text is not copied; it stays as it is until the statement was stepped and is bound anew before
            // it is stepped again.
            let code =
                unsafe { ffi::sqlite3_bind_text(statement, place, text.as_ptr().cast(), length, ffi::SQLITE_STATIC()) };
            self.check(code)?;
        }
        Ok(())
    }

    fn check(&self, code: c_int) -> Result<()> {
        if code == ffi::SQLITE_OK { Ok(()) } else { bail!("SQLite: {}", self.error()) }
    }

    fn error(&self) -> String {
        // SAFETY: the connection is live; its message ends with a NUL and is copied before anything else is called.
        let text = unsafe { CStr::from_ptr(ffi::sqlite3_errmsg(self.conn.as_ptr())) };
        text.to_string_lossy().into_owned()
    }
}

impl Inserter for Sqlite {
    fn insert(&mut self, rows: &[BareRow]) -> Result<()> {
        let now = now_ms();
        // A single statement is its own transaction.
        let several = rows.len() > 1;
        if several {
            self.step(self.begin)?;
        }
        for row in rows {
            self.bind(row, now)?;
            self.step(self.insert)?;
        }
        if several { self.step(self.commit) } else { Ok(()) }
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        // SAFETY: the three statements are null or live, the connection is live, and nobody uses any of them after this.
        unsafe {
            for statement in [self.insert, self.begin, self.commit] {
                ffi::sqlite3_finalize(statement);
            }
            ffi::sqlite3_close(self.conn.as_ptr());
        }
    }
}
