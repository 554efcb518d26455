//! Rows into PostgreSQL: one prepared statement whose parameters are arrays in binary, and no BEGIN and COMMIT around it, so
//! that a batch is one round trip.

use std::ffi::CStr;

use anyhow::{Context, Result};

use super::rows::BareRow;
use super::{Inserter, now_ms};
use crate::pg::PgConnection;

const INT8: u32 = 20;
const TEXT: u32 = 25;

const MANY: &CStr = c"many";
const ONE: &CStr = c"one";

const INSERT_MANY: &str = "INSERT INTO entries (room_id, seq, author_id, nonce, body, acl_version, kind, created_at) \
     SELECT q.*, 1, 'message', $6 FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::text[], $5::text[]) AS q";
const INSERT_ONE: &str = "INSERT INTO entries (room_id, seq, author_id, nonce, body, acl_version, kind, created_at) \
     VALUES ($1::int8, $2::int8, $3::int8, $4::text, $5::text, 1, 'message', $6::int8)";

pub struct Postgres {
    connection: PgConnection,
    /// The parameters as they travel; kept, so that a batch allocates nothing.
    parameters: [Vec<u8>; 6],
}

impl Postgres {
    pub fn open(url: &str, foreign_keys: bool) -> Result<Self> {
        let mut connection = PgConnection::open(url)?;
        if !foreign_keys {
            // Foreign keys are triggers, which a replica does not run; everything else of the table stays.
            connection.execute("SET session_replication_role = replica")?;
        }
        connection.prepare(MANY, INSERT_MANY)?;
        connection.prepare(ONE, INSERT_ONE)?;
        Ok(Self { connection, parameters: Default::default() })
    }
}

impl Inserter for Postgres {
    fn insert(&mut self, rows: &[BareRow]) -> Result<()> {
        let [rooms, seqs, authors, nonces, bodies, now] = &mut self.parameters;
        now.clear();
        now.extend(now_ms().to_be_bytes());
        if let [row] = rows {
            for (into, number) in [(rooms, row.room), (seqs, row.seq), (authors, row.author)] {
                into.clear();
                into.extend(number.to_be_bytes());
            }
            for (into, text) in [(nonces, &row.nonce), (bodies, &row.body)] {
                into.clear();
                into.extend(text.as_bytes());
            }
            return self.connection.run_prepared(ONE, &self.parameters);
        }
        array(rooms, INT8, rows, |row, out| element(out, &row.room.to_be_bytes()))?;
        array(seqs, INT8, rows, |row, out| element(out, &row.seq.to_be_bytes()))?;
        array(authors, INT8, rows, |row, out| element(out, &row.author.to_be_bytes()))?;
        array(nonces, TEXT, rows, |row, out| element(out, row.nonce.as_bytes()))?;
        array(bodies, TEXT, rows, |row, out| element(out, row.body.as_bytes()))?;
        self.connection.run_prepared(MANY, &self.parameters)
    }
}

/// An array as PostgreSQL sends it: dimensions, nulls or not, type, length, lowest index, elements.
fn array(out: &mut Vec<u8>, kind: u32, rows: &[BareRow], put: impl Fn(&BareRow, &mut Vec<u8>)) -> Result<()> {
    out.clear();
    for head in [1, 0, kind, u32::try_from(rows.len()).context("a batch too long")?, 1] {
        out.extend(head.to_be_bytes());
    }
    rows.iter().for_each(|row| put(row, out));
    Ok(())
}

fn element(out: &mut Vec<u8>, bytes: &[u8]) {
    // Numbers and messages: far below 4 GiB.
    out.extend(u32::try_from(bytes.len()).unwrap_or(0).to_be_bytes());
    out.extend(bytes);
}
