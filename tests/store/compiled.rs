//! How SQLite was compiled: by `.cargo/config.toml`, which nobody misses when it is not read.

use diesel::sql_types::Text;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};

#[derive(QueryableByName)]
struct CompileOption {
    #[diesel(sql_type = Text)]
    compile_options: String,
}

#[test]
fn sqlite_keeps_its_plans_and_has_no_locks_that_nobody_needs() {
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    let options: Vec<CompileOption> = sql_query("PRAGMA compile_options").load(&mut conn).unwrap();
    let has = |name: &str| options.iter().any(|option| option.compile_options == name);
    assert!(has("ENABLE_QPSG") && has("THREADSAFE=2"), "the flags of .cargo/config.toml are in the build");
    for unused in ["ENABLE_MEMORY_MANAGEMENT", "ENABLE_FTS3", "ENABLE_RTREE"] {
        assert!(!has(unused), "{unused}");
    }
}
