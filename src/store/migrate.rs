//! Brings the schema up to date at start. Two nodes may start together: the second waits, then finds nothing to do.
//!
//! The schema may also be newer than this program: during an upgrade, and after one was rolled back. `migrations/README.md` says
//! what a migration must keep so that the previous program goes on working.

use diesel::backend::Backend;
use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::sql_types::Bool;
use diesel::sqlite::Sqlite;
use diesel::{QueryableByName, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{Db, Store, StoreError, StoreResult};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// The advisory lock's number: any constant that nothing else in the database uses.
const LOCK: i64 = 0x656e_7472_656d_6973;

/// Runs the pending migrations and returns their names.
pub(super) fn run(conn: &mut Db) -> StoreResult<Vec<String>> {
    match conn {
        Db::Postgres(pg) => {
            diesel::sql_query("SET lock_timeout = 0").execute(pg)?;
            diesel::sql_query("SET statement_timeout = 0").execute(pg)?;
            let free: Locked =
                diesel::sql_query(format!("SELECT pg_try_advisory_lock({LOCK}) AS locked")).get_result(pg)?;
            if !free.locked {
                tracing::info!("another process brings the schema up to date, waiting for it");
                diesel::sql_query(format!("SELECT pg_advisory_lock({LOCK})")).execute(pg)?;
            }
            let done = pg.run_pending_migrations(POSTGRES).map(names).map_err(failed);
            diesel::sql_query(format!("SELECT pg_advisory_unlock({LOCK})")).execute(pg)?;
            done
        }
        // The lock file already keeps every other process out.
        Db::Sqlite(sqlite) => sqlite.run_pending_migrations(SQLITE).map(names).map_err(failed),
    }
}

#[derive(QueryableByName)]
struct Locked {
    #[diesel(sql_type = Bool)]
    locked: bool,
}

/// The migrations of a later version, which this one does not know.
pub(super) fn newer(conn: &mut Db) -> StoreResult<Vec<String>> {
    let (applied, known) = match conn {
        Db::Postgres(pg) => (pg.applied_migrations(), known::<Pg>(&POSTGRES)),
        Db::Sqlite(sqlite) => (sqlite.applied_migrations(), known::<Sqlite>(&SQLITE)),
    };
    let known = known?;
    let mut newer = names(applied.map_err(failed)?);
    newer.retain(|name| !known.contains(name));
    Ok(newer)
}

fn known<DB: Backend>(source: &impl MigrationSource<DB>) -> StoreResult<Vec<String>> {
    let migrations = source.migrations().map_err(failed)?;
    Ok(migrations.iter().map(|migration| migration.name().version().to_string()).collect())
}

impl Store {
    /// Runs the pending migrations and returns their names. It blocks.
    pub fn migrate(&self) -> StoreResult<Vec<String>> {
        run(&mut self.connect()?)
    }

    /// The migrations of a later version, which this one does not know. Blocks.
    pub fn newer_migrations(&self) -> StoreResult<Vec<String>> {
        newer(&mut self.connect()?)
    }

    /// Reverts every migration and deletes all data, for the test that goes up, down and up again. It blocks.
    pub fn revert_migrations(&self) -> StoreResult<()> {
        match self.connect()? {
            Db::Postgres(mut pg) => pg.revert_all_migrations(POSTGRES).map(|_| ()).map_err(failed),
            Db::Sqlite(mut sqlite) => sqlite.revert_all_migrations(SQLITE).map(|_| ()).map_err(failed),
        }
    }
}

fn names(versions: Vec<diesel::migration::MigrationVersion<'_>>) -> Vec<String> {
    versions.into_iter().map(|v| v.to_string()).collect()
}

fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> StoreError {
    StoreError::Setup(format!("a migration failed: {error}"))
}
