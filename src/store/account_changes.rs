//! The changes of each person: a number that rises by one with each change, and for some days which thing it was. Written by
//! the transaction that changes the thing, so a change has a number exactly when it was committed.
//!
//! A head's row is locked until the commit, and so a number is never visible before the one below it. An operation calls
//! [`record`] or [`record_all`] once and **last**: two that lock heads in the order of their accounts, and nothing after them, never
//! wait for each other in a circle.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::{Db, StoreError, StoreResult, on};
use crate::domain::{AccountChange, AccountId, ChangeSeq, NewChange, Timestamp, Topic};

/// Accounts of one statement.
const AT_ONCE: usize = 1_000;

/// Hears of a change when it is committed, on the thread that committed it: it must not wait.
pub trait ChangeListener: Send + Sync {
    fn recorded(&self, account: AccountId, change: AccountChange);
}

/// The listener to the changes of a store.
#[derive(Clone, Default)]
pub(super) struct Listening(Arc<OnceLock<Arc<dyn ChangeListener>>>);

thread_local! {
    /// The changes that the transaction on this thread has recorded so far.
    static RECORDED: RefCell<Vec<(AccountId, AccountChange)>> = const { RefCell::new(Vec::new()) };
}

/// A transaction begins, and what another one recorded that failed is forgotten.
pub(super) fn begin() {
    RECORDED.with_borrow_mut(Vec::clear);
}

impl Listening {
    pub(super) fn set(&self, listener: Arc<dyn ChangeListener>) {
        let _ = self.0.set(listener);
    }

    /// The transaction of this thread has committed.
    pub(super) fn committed(&self) {
        let recorded = RECORDED.take();
        if let Some(listener) = self.0.get() {
            for (account, change) in recorded {
                listener.recorded(account, change);
            }
        }
    }
}

/// The thing looks different to these people from now on. Part of the caller's transaction, and the last of it.
pub fn record(
    conn: &mut Db,
    accounts: impl IntoIterator<Item = AccountId>,
    topic: Topic,
    id: i64,
    now: Timestamp,
) -> StoreResult<()> {
    record_all(conn, accounts.into_iter().map(|account| NewChange { account, topic, id }), now)
}

/// As [`record`], for several things: two statements, however many they are. A thing that is named twice is one change.
pub fn record_all(conn: &mut Db, changes: impl IntoIterator<Item = NewChange>, now: Timestamp) -> StoreResult<()> {
    let mut of_accounts: BTreeMap<AccountId, Vec<(Topic, i64)>> = BTreeMap::new();
    for NewChange { account, topic, id } in changes {
        let those = of_accounts.entry(account).or_default();
        if !those.contains(&(topic, id)) {
            those.push((topic, id));
        }
    }
    if of_accounts.is_empty() {
        return Ok(());
    }
    let counts: Vec<(i64, usize)> = of_accounts.iter().map(|(account, those)| (account.0, those.len())).collect();
    let heads = raise_heads(conn, &counts)?;
    let mut recorded = Vec::new();
    for HeadRow { account_id, last_change } in heads {
        let those = of_accounts.remove(&AccountId(account_id)).unwrap_or_default();
        let first = last_change - i64::try_from(those.len()).unwrap_or_default();
        for (seq, (topic, id)) in (first + 1..).zip(those) {
            let change = AccountChange { seq: Some(ChangeSeq(seq)), topic: topic.as_str().into(), id };
            recorded.push((AccountId(account_id), change));
        }
    }
    insert(conn, &recorded, now)?;
    RECORDED.with_borrow_mut(|all| all.extend(recorded));
    Ok(())
}

#[derive(QueryableByName)]
struct HeadRow {
    #[diesel(sql_type = BigInt)]
    account_id: i64,
    #[diesel(sql_type = BigInt)]
    last_change: i64,
}

/// The rows of a JSON array that is bound as `$1`, each in the column `value`. SQLite counts parameters as they come: no other stands before
/// this one.
fn given(conn: &Db) -> &'static str {
    match conn {
        Db::Postgres(_) => "jsonb_array_elements(CAST($1 AS jsonb)) AS given (value)",
        Db::Sqlite(_) => "json_each($1) AS given",
    }
}

fn json(rows: &impl serde::Serialize) -> StoreResult<String> {
    serde_json::to_string(rows).map_err(|e| StoreError::Setup(format!("changes cannot be written as JSON: {e}")))
}

/// Locks the heads in the order of their accounts, and raises each by its count.
fn raise_heads(conn: &mut Db, counts: &[(i64, usize)]) -> StoreResult<Vec<HeadRow>> {
    let statement = format!(
        "INSERT INTO account_heads (account_id, last_change) \
         SELECT CAST(given.value ->> 0 AS BIGINT), CAST(given.value ->> 1 AS BIGINT) FROM {} WHERE true ORDER BY 1 \
         ON CONFLICT (account_id) DO UPDATE SET last_change = account_heads.last_change + excluded.last_change \
         RETURNING account_id, last_change",
        given(conn)
    );
    let query = diesel::sql_query(statement).bind::<Text, _>(json(&counts)?);
    Ok(on!(conn, c => query.load(c))?)
}

fn insert(conn: &mut Db, recorded: &[(AccountId, AccountChange)], now: Timestamp) -> StoreResult<()> {
    let rows: Vec<_> = recorded.iter().map(|(account, c)| (account.0, c.seq, &c.topic, c.id, now.0)).collect();
    let statement = format!(
        "INSERT INTO account_changes (account_id, seq, topic, subject_id, created_at) \
         SELECT CAST(given.value ->> 0 AS BIGINT), CAST(given.value ->> 1 AS BIGINT), given.value ->> 2, \
         CAST(given.value ->> 3 AS BIGINT), CAST(given.value ->> 4 AS BIGINT) FROM {}",
        given(conn)
    );
    let query = diesel::sql_query(statement).bind::<Text, _>(json(&rows)?);
    on!(conn, c => query.execute(c))?;
    Ok(())
}

/// The number of the account's newest change.
pub fn head(conn: &mut Db, account: AccountId) -> StoreResult<ChangeSeq> {
    use super::schema::account_heads;
    let found: Option<i64> =
        account_heads::table.find(account).select(account_heads::last_change).first(conn).optional()?;
    Ok(ChangeSeq(found.unwrap_or_default()))
}

/// The question about one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    pub account: AccountId,
    /// The changes after this one are wanted; `None`: the number alone.
    pub after: Option<ChangeSeq>,
    /// The number is wanted even if it is no larger than `after`.
    pub always: bool,
}

/// The head of an account, and the newest of its changes that are kept, the last of them at the head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub account: AccountId,
    pub head: ChangeSeq,
    pub changes: Vec<AccountChange>,
}

#[derive(QueryableByName)]
struct KeptRow {
    #[diesel(sql_type = BigInt)]
    account_id: i64,
    #[diesel(sql_type = BigInt)]
    last_change: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    seq: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    topic: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    subject_id: Option<i64>,
}

/// The changes that these people lack, at most `most` of each: one statement for up to a thousand people. A person who lacks nothing
/// is left out, unless the question is to be answered in any case.
pub fn missed(conn: &mut Db, asked: &[Asked], most: i64) -> StoreResult<Vec<Kept>> {
    let statement = format!(
        "SELECT heads.account_id, heads.last_change, changes.seq, changes.topic, changes.subject_id FROM {} \
         JOIN account_heads AS heads ON heads.account_id = CAST(given.value ->> 0 AS BIGINT) \
         AND heads.last_change > CAST(given.value ->> 1 AS BIGINT) \
         LEFT JOIN account_changes AS changes ON changes.account_id = heads.account_id \
         AND changes.seq > CAST(given.value ->> 2 AS BIGINT) AND changes.seq > heads.last_change - $2 \
         ORDER BY heads.account_id, changes.seq",
        given(conn)
    );
    let mut kept: BTreeMap<AccountId, Kept> = BTreeMap::new();
    for chunk in asked.chunks(AT_ONCE) {
        let row = |asked: &Asked| {
            let after = asked.after.map_or(i64::MAX, |after| after.0);
            (asked.account.0, if asked.always { -1 } else { after }, after)
        };
        let rows = json(&chunk.iter().map(row).collect::<Vec<_>>())?;
        let query = diesel::sql_query(&statement).bind::<Text, _>(rows).bind::<BigInt, _>(most);
        let found: Vec<KeptRow> = on!(conn, c => query.load(c))?;
        for row in found {
            let account = AccountId(row.account_id);
            let empty = || Kept { account, head: ChangeSeq(row.last_change), changes: Vec::new() };
            let kept = kept.entry(account).or_insert_with(empty);
            if let (Some(seq), Some(topic), Some(id)) = (row.seq, row.topic, row.subject_id) {
                kept.changes.push(AccountChange { seq: Some(ChangeSeq(seq)), topic: topic.into(), id });
            }
        }
        // An account has no head before its first change.
        for asked in chunk.iter().filter(|asked| asked.always) {
            let empty = Kept { account: asked.account, head: ChangeSeq(0), changes: Vec::new() };
            kept.entry(asked.account).or_insert(empty);
        }
    }
    Ok(kept.into_values().collect())
}

/// Forgets at most so many changes that are older. Gives how many there were.
pub fn prune(conn: &mut Db, before: Timestamp, most: i64) -> StoreResult<usize> {
    let delete = diesel::sql_query(
        "DELETE FROM account_changes WHERE (account_id, seq) IN \
         (SELECT account_id, seq FROM account_changes WHERE created_at < $1 ORDER BY created_at LIMIT $2)",
    )
    .bind::<BigInt, _>(before)
    .bind::<BigInt, _>(most);
    Ok(on!(conn, c => delete.execute(c))?)
}

#[cfg(test)]
mod tests;
