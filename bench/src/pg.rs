//! A connection to PostgreSQL through libpq, the library that the server uses.

use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr::{self, NonNull};

// Nothing of it is named: it makes the bundled libpq find its TLS.
use openssl_sys as _;

use anyhow::{Context, Result, bail};
use pq_sys::{ConnStatusType, ExecStatusType, PGconn, PGresult};

pub struct PgConnection(NonNull<PGconn>);

/// The result of a statement; freed when dropped.
struct PgAnswer(*mut PGresult);

// SAFETY: libpq has no thread of its own and allows a connection to be used from any one thread at a time.
unsafe impl Send for PgConnection {}

impl PgConnection {
    pub fn open(url: &str) -> Result<Self> {
        let url = CString::new(url).context("the address of the database holds a NUL")?;
        // SAFETY: `url` ends with a NUL and outlives the call.
        let conn = unsafe { pq_sys::PQconnectdb(url.as_ptr()) };
        let connection = Self(NonNull::new(conn).context("libpq has no memory")?);
        // SAFETY: the connection is live.
        if unsafe { pq_sys::PQstatus(conn) } != ConnStatusType::CONNECTION_OK {
            bail!("cannot connect: {}", connection.error());
        }
        Ok(connection)
    }

    pub fn execute(&mut self, statement: &str) -> Result<()> {
        self.answer(statement).map(drop)
    }

    /// The first column of the first row; `None` if there is no row.
    pub fn value(&mut self, statement: &str) -> Result<Option<String>> {
        let answer = self.answer(statement)?;
        // SAFETY: the answer is live; the value of an existing row and column ends with a NUL and is copied.
        unsafe {
            if pq_sys::PQntuples(answer.0) == 0 || pq_sys::PQnfields(answer.0) == 0 {
                return Ok(None);
            }
            let text = CStr::from_ptr(pq_sys::PQgetvalue(answer.0, 0, 0));
            Ok(Some(text.to_string_lossy().into_owned()))
        }
    }

    pub fn prepare(&mut self, name: &CStr, statement: &str) -> Result<()> {
        let text = CString::new(statement).context("a statement with a NUL")?;
        // SAFETY: the connection is live, both texts end with a NUL and outlive the call; no types are given, so the null
        // pointer is not read.
        let result = unsafe { pq_sys::PQprepare(self.0.as_ptr(), name.as_ptr(), text.as_ptr(), 0, ptr::null()) };
        self.finish(result).map(drop)
    }

    /// Runs a prepared statement whose parameters are in PostgreSQL's binary form.
    pub fn run_prepared<const N: usize>(&mut self, name: &CStr, parameters: &[Vec<u8>; N]) -> Result<()> {
        let values = parameters.each_ref().map(|bytes| bytes.as_ptr().cast::<c_char>());
        let mut lengths: [c_int; N] = [0; N];
        for (length, bytes) in lengths.iter_mut().zip(parameters) {
            *length = c_int::try_from(bytes.len()).context("a parameter of more than 2 GiB")?;
        }
        let binary: [c_int; N] = [1; N];
        let count = c_int::try_from(N)?;
        let (values, lengths, formats) = (values.as_ptr(), lengths.as_ptr(), binary.as_ptr());
        // SAFETY: the connection is live; the three arrays have `count` elements and outlive the call, and each value has
        // the length that stands beside it.
        let result =
            unsafe { pq_sys::PQexecPrepared(self.0.as_ptr(), name.as_ptr(), count, values, lengths, formats, 1) };
        self.finish(result).map(drop)
    }

    fn answer(&mut self, statement: &str) -> Result<PgAnswer> {
        let text = CString::new(statement).context("a statement with a NUL")?;
        // SAFETY: the connection is live, `text` ends with a NUL and outlives the call.
        let result = unsafe { pq_sys::PQexec(self.0.as_ptr(), text.as_ptr()) };
        self.finish(result)
    }

    fn finish(&mut self, result: *mut PGresult) -> Result<PgAnswer> {
        let answer = PgAnswer(result);
        // SAFETY: libpq takes a null pointer here as a fatal error.
        match unsafe { pq_sys::PQresultStatus(answer.0) } {
            ExecStatusType::PGRES_COMMAND_OK | ExecStatusType::PGRES_TUPLES_OK => Ok(answer),
            _ => bail!("PostgreSQL: {}", self.error()),
        }
    }

    fn error(&self) -> String {
        // SAFETY: the connection is live; its message ends with a NUL and is copied before anything else is called.
        let text = unsafe { CStr::from_ptr(pq_sys::PQerrorMessage(self.0.as_ptr())) };
        text.to_string_lossy().trim().to_owned()
    }
}

impl Drop for PgConnection {
    fn drop(&mut self) {
        // SAFETY: it is live, and nobody uses it after this.
        unsafe { pq_sys::PQfinish(self.0.as_ptr()) }
    }
}

impl Drop for PgAnswer {
    fn drop(&mut self) {
        // SAFETY: null or live, and nobody uses it after this.
        unsafe { pq_sys::PQclear(self.0) }
    }
}
