//! The database's clock. Nodes that measure by it agree.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::{Db, StoreResult};
use crate::domain::Timestamp;

#[derive(QueryableByName)]
struct Now {
    #[diesel(sql_type = BigInt)]
    now: Timestamp,
}

pub fn now(conn: &mut Db) -> StoreResult<Timestamp> {
    let found: Now = match conn {
        Db::Postgres(pg) => {
            diesel::sql_query("SELECT CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS bigint) AS now")
                .get_result(pg)?
        }
        Db::Sqlite(sqlite) => {
            diesel::sql_query("SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER) AS now").get_result(sqlite)?
        }
    };
    Ok(found.now)
}
