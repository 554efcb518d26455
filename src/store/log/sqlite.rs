//! The batch on SQLite: prepared statements, row by row, inside one transaction. There is no network to save.

use std::collections::{HashMap, HashSet};

use diesel::SqliteConnection;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::Text;

use super::super::rooms::RoomHead;
use super::super::schema::{entries, members, rooms, sessions};
use super::new_entry::NewEntry;
use super::plan::{BatchPlan, Facts, Insert, Stored};
use crate::domain::{Posted, RoomId, Seq, SessionId, Timestamp};
use crate::testing::failpoints::plain_way_is_open;

/// For the connection of the lane. In KiB: the last pages of the indexes, of which every batch changes many, stay in memory.
pub(super) const SETTINGS: &str = "PRAGMA cache_size = -16384";

pub(super) fn heads(conn: &mut SqliteConnection, of: &[RoomId]) -> QueryResult<Vec<RoomHead>> {
    let mut heads = Vec::with_capacity(of.len());
    for room in of {
        let found: Option<(Seq, i64)> =
            rooms::table.find(*room).select((rooms::last_seq, rooms::acl_version)).first(conn).optional()?;
        heads.extend(found.map(|(seq, acl_version)| RoomHead { room: *room, seq, acl_version }));
    }
    Ok(heads)
}

pub(super) fn facts(conn: &mut SqliteConnection, posts: &[&NewEntry], now: Timestamp) -> QueryResult<Vec<Facts>> {
    posts.iter().map(|post| facts_of(conn, post, now)).collect()
}

fn is_member(conn: &mut SqliteConnection, post: &NewEntry) -> QueryResult<bool> {
    let active: Option<bool> =
        members::table.find((post.room, post.account)).select(members::active).first(conn).optional()?;
    Ok(active == Some(true))
}

fn session_lives(conn: &mut SqliteConnection, post: &NewEntry, now: Timestamp) -> QueryResult<bool> {
    let session: Option<SessionId> = sessions::table
        .find(post.session)
        .filter(sessions::account_id.eq(post.account))
        .filter(sessions::expires_at.gt(now))
        .select(sessions::id)
        .first(conn)
        .optional()?;
    Ok(session.is_some())
}

fn facts_of(conn: &mut SqliteConnection, post: &NewEntry, now: Timestamp) -> QueryResult<Facts> {
    let stored: Option<(Seq, String, Option<String>, Option<String>, Timestamp)> = entries::table
        .filter(entries::room_id.eq(post.room))
        .filter(entries::author_id.eq(post.account))
        .filter(entries::nonce.eq(post.nonce.as_str()))
        // Said twice so that SQLite sees that the partial index applies.
        .filter(entries::nonce.is_not_null())
        .select((entries::seq, entries::kind, entries::body, entries::data, entries::created_at))
        .first(conn)
        .optional()?;
    Ok(Facts {
        is_member: is_member(conn, post)?,
        session_lives: session_lives(conn, post, now)?,
        stored: stored.map(|(seq, kind, text, data, at)| Stored { seq, kind, text, data, at }),
    })
}

/// The plain batch, as `plain` describes it: one statement for each post, and one for each author and room. Inside the
/// transaction; `None`, in a new transaction with nothing written, if the batch is not plain.
pub(super) fn plain(
    conn: &mut SqliteConnection,
    posts: &[&NewEntry],
    now: Timestamp,
) -> QueryResult<Option<BatchPlan>> {
    if !plain_way_is_open() {
        return Ok(None);
    }
    let plan = write_plain(conn, posts, now)?;
    if plan.is_none() {
        // No savepoint, which copies each page before its first change, for what nearly never is undone.
        conn.batch_execute("ROLLBACK; BEGIN IMMEDIATE")?;
    }
    Ok(plan)
}

fn write_plain(conn: &mut SqliteConnection, posts: &[&NewEntry], now: Timestamp) -> QueryResult<Option<BatchPlan>> {
    let mut rooms: HashMap<RoomId, RoomHead> = HashMap::new();
    let mut authors = HashSet::with_capacity(posts.len());
    let mut plan = BatchPlan {
        inserts: Vec::with_capacity(posts.len()),
        heads: Vec::new(),
        outcomes: Vec::with_capacity(posts.len()),
    };
    for (index, post) in posts.iter().enumerate() {
        if !rooms.contains_key(&post.room) {
            rooms.extend(heads(conn, &[post.room])?.first().map(|head| (post.room, *head)));
        }
        let Some(head) = rooms.get_mut(&post.room) else { return Ok(None) };
        let is_new = authors.insert((post.room, post.account, post.session));
        if is_new && !(is_member(conn, post)? && session_lives(conn, post, now)?) {
            return Ok(None);
        }
        head.seq = head.seq.next();
        let insert = Insert { post: index, seq: head.seq, acl_version: head.acl_version };
        match insert_entry(conn, post, &insert, now) {
            // A nonce that is stored, or twice in this batch.
            Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => return Ok(None),
            result => result?,
        }
        plan.inserts.push(insert);
        plan.outcomes.push(Ok(Posted { room: post.room, seq: head.seq, at: now, repeated: false }));
    }
    plan.heads = rooms.into_values().collect();
    advance(conn, &plan.heads)?;
    Ok(Some(plan))
}

pub(super) fn write(
    conn: &mut SqliteConnection,
    posts: &[&NewEntry],
    inserts: &[Insert],
    heads: &[RoomHead],
    now: Timestamp,
) -> QueryResult<()> {
    for insert in inserts {
        if let Some(post) = posts.get(insert.post) {
            insert_entry(conn, post, insert, now)?;
        }
    }
    advance(conn, heads)
}

fn insert_entry(conn: &mut SqliteConnection, post: &NewEntry, insert: &Insert, now: Timestamp) -> QueryResult<()> {
    let columns = (
        entries::room_id.eq(post.room),
        entries::seq.eq(insert.seq),
        entries::kind.eq(post.body.kind()),
        entries::author_id.eq(post.account),
        entries::nonce.eq(post.nonce.as_str()),
        entries::body.eq(post.body.text()),
        entries::acl_version.eq(insert.acl_version),
        entries::created_at.eq(now),
    );
    // Most messages have no data, and each column that is written costs.
    match post.data() {
        None => diesel::insert_into(entries::table).values(columns).execute(conn)?,
        Some(data) => diesel::insert_into(entries::table).values((columns, entries::data.eq(data))).execute(conn)?,
    };
    Ok(())
}

/// Diesel prepares each `UPDATE` anew, which costs more than to run it: the rooms of a batch share one.
fn advance(conn: &mut SqliteConnection, heads: &[RoomHead]) -> QueryResult<()> {
    match heads {
        [] => {}
        [head] => {
            diesel::update(rooms::table.find(head.room)).set(rooms::last_seq.eq(head.seq)).execute(conn)?;
        }
        many => {
            let pairs: Vec<String> =
                many.iter().map(|RoomHead { room, seq, .. }| format!("\"{}\":{}", room.0, seq.0)).collect();
            diesel::sql_query(ADVANCE).bind::<Text, _>(format!("{{{}}}", pairs.join(","))).execute(conn)?;
        }
    }
    Ok(())
}

const ADVANCE: &str = "UPDATE rooms SET last_seq = heads.value FROM json_each(?) AS heads \
     WHERE rooms.id = CAST(heads.key AS INTEGER)";
