//! The batch on SQLite: prepared statements, row by row, inside one transaction. There is no network to save.

use diesel::SqliteConnection;
use diesel::prelude::*;

use super::super::rooms::Head;
use super::super::schema::{entries, members, rooms, sessions};
use super::lane::NewPost;
use super::plan::{Facts, Insert, Stored};
use crate::domain::{EntryKind, RoomId, Seq, SessionId, Timestamp};

pub(super) fn heads(conn: &mut SqliteConnection, of: &[RoomId]) -> QueryResult<Vec<Head>> {
    let mut heads = Vec::with_capacity(of.len());
    for room in of {
        let found: Option<(Seq, i64)> =
            rooms::table.find(*room).select((rooms::last_seq, rooms::acl_version)).first(conn).optional()?;
        heads.extend(found.map(|(seq, acl_version)| Head { room: *room, seq, acl_version }));
    }
    Ok(heads)
}

pub(super) fn facts(conn: &mut SqliteConnection, posts: &[&NewPost], now: Timestamp) -> QueryResult<Vec<Facts>> {
    posts.iter().map(|post| facts_of(conn, post, now)).collect()
}

fn facts_of(conn: &mut SqliteConnection, post: &NewPost, now: Timestamp) -> QueryResult<Facts> {
    let is_member: Option<bool> =
        members::table.find((post.room, post.account)).select(members::active).first(conn).optional()?;
    let session: Option<SessionId> = sessions::table
        .find(post.session)
        .filter(sessions::account_id.eq(post.account))
        .filter(sessions::expires_at.gt(now))
        .select(sessions::id)
        .first(conn)
        .optional()?;
    let stored: Option<(Seq, Option<String>, Timestamp)> = entries::table
        .filter(entries::room_id.eq(post.room))
        .filter(entries::author_id.eq(post.account))
        .filter(entries::nonce.eq(post.nonce.as_str()))
        // Said twice so that SQLite sees that the partial index applies.
        .filter(entries::nonce.is_not_null())
        .select((entries::seq, entries::body, entries::created_at))
        .first(conn)
        .optional()?;
    Ok(Facts {
        is_member: is_member == Some(true),
        session_lives: session.is_some(),
        stored: stored.map(|(seq, body, at)| Stored { seq, body: body.unwrap_or_default(), at }),
    })
}

pub(super) fn write(
    conn: &mut SqliteConnection,
    posts: &[&NewPost],
    inserts: &[Insert],
    heads: &[Head],
    now: Timestamp,
) -> QueryResult<()> {
    for insert in inserts {
        let Some(post) = posts.get(insert.post) else { continue };
        diesel::insert_into(entries::table)
            .values((
                entries::room_id.eq(post.room),
                entries::seq.eq(insert.seq),
                entries::kind.eq(EntryKind::Message),
                entries::author_id.eq(post.account),
                entries::nonce.eq(post.nonce.as_str()),
                entries::body.eq(post.body.as_str()),
                entries::acl_version.eq(insert.acl_version),
                entries::created_at.eq(now),
            ))
            .execute(conn)?;
    }
    for head in heads {
        diesel::update(rooms::table.find(head.room)).set(rooms::last_seq.eq(head.seq)).execute(conn)?;
    }
    Ok(())
}
