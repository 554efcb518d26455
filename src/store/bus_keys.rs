//! The keys with which nodes sign what they publish to each other; [`BusKey`] says when each is used. The database's clock decides.

use diesel::prelude::*;

use super::schema::bus_keys;
use super::{Db, StoreResult, clock, on};
use crate::domain::{BusKey, BusSecret, Timestamp};

/// The result of adding a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotated {
    /// The key signs from then on.
    From(Timestamp),
    /// An earlier key still waits for its time; nothing was changed.
    Waiting(Timestamp),
}

/// All keys, the oldest first.
pub fn list(conn: &mut Db) -> StoreResult<Vec<BusKey>> {
    let rows = bus_keys::table.order(bus_keys::id).select((bus_keys::secret, bus_keys::active_from));
    let found: Vec<(Vec<u8>, Timestamp)> = rows.load(conn)?;
    let key = |(secret, active_from)| BusKey { secret: BusSecret::new(secret), active_from };
    Ok(found.into_iter().map(key).collect())
}

/// All keys; `fresh` becomes the first if there is none. Two nodes at once both get the one that was written first.
pub fn list_or_make(conn: &mut Db, fresh: &BusSecret) -> StoreResult<Vec<BusKey>> {
    let keys = list(conn)?;
    if !keys.is_empty() {
        return Ok(keys);
    }
    let now = clock::now(conn)?;
    keep(conn, 1, fresh, now, now)?;
    list(conn)
}

/// Adds `fresh`, which signs in some minutes, when every node has read it.
pub fn rotate(conn: &mut Db, fresh: &BusSecret) -> StoreResult<Rotated> {
    let now = clock::now(conn)?;
    let newest: Option<(i64, Timestamp)> = bus_keys::table
        .order(bus_keys::id.desc())
        .select((bus_keys::id, bus_keys::active_from))
        .first(conn)
        .optional()?;
    let (id, from) = match newest {
        Some((_, waiting)) if waiting > now => return Ok(Rotated::Waiting(waiting)),
        Some((id, _)) => (id.saturating_add(1), now.plus_ms(BusKey::AHEAD_MS)),
        None => (1, now),
    };
    // There is no row if another rotation was first, whose key still waits.
    let kept = keep(conn, id, fresh, now, from)?;
    Ok(if kept > 0 { Rotated::From(from) } else { Rotated::Waiting(from) })
}

/// Makes `fresh` the only key from now on. Until a node has read it, it and the others drop each other's events.
pub fn replace(conn: &mut Db, fresh: &BusSecret) -> StoreResult<()> {
    let now = clock::now(conn)?;
    let newest: Option<i64> = bus_keys::table.select(diesel::dsl::max(bus_keys::id)).first(conn)?;
    let id = newest.unwrap_or(0).saturating_add(1);
    keep(conn, id, fresh, now, now)?;
    diesel::delete(bus_keys::table.filter(bus_keys::id.lt(id))).execute(conn)?;
    Ok(())
}

/// Deletes the keys that are no longer accepted.
pub fn prune(conn: &mut Db) -> StoreResult<()> {
    let long_ago = clock::now(conn)?.plus_ms(-BusKey::OVERLAP_MS);
    let signing = bus_keys::table.filter(bus_keys::active_from.lt(long_ago));
    let signing: Option<i64> = signing.select(diesel::dsl::max(bus_keys::id)).first(conn)?;
    if let Some(signing) = signing {
        diesel::delete(bus_keys::table.filter(bus_keys::id.lt(signing))).execute(conn)?;
    }
    Ok(())
}

fn keep(conn: &mut Db, id: i64, secret: &BusSecret, now: Timestamp, from: Timestamp) -> StoreResult<usize> {
    let row = (
        bus_keys::id.eq(id),
        bus_keys::secret.eq(secret.reveal()),
        bus_keys::created_at.eq(now),
        bus_keys::active_from.eq(from),
    );
    Ok(on!(conn, c => diesel::insert_into(bus_keys::table).values(row).on_conflict_do_nothing().execute(c))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::TestStore;

    fn secret(text: &str) -> BusSecret {
        BusSecret::new(text.as_bytes())
    }

    fn kept(conn: &mut Db) -> Vec<BusSecret> {
        list(conn).unwrap().into_iter().map(|key| key.secret).collect()
    }

    /// As if this key had begun to sign so long ago.
    fn signs_since(conn: &mut Db, id: i64, ms: i64) {
        let at = clock::now(conn).unwrap().plus_ms(-ms);
        diesel::update(bus_keys::table.find(id)).set(bus_keys::active_from.eq(at)).execute(conn).unwrap();
    }

    #[test]
    fn the_first_key_is_the_key_of_all() {
        let opened = TestStore::open();
        let mut conn = opened.store.connect().unwrap();
        assert_eq!(list_or_make(&mut conn, &secret("a")).unwrap()[0].secret, secret("a"));
        assert_eq!(list_or_make(&mut conn, &secret("b")).unwrap()[0].secret, secret("a"));
        // Another process found none either.
        assert_eq!(keep(&mut conn, 1, &secret("b"), Timestamp(0), Timestamp(0)).unwrap(), 0);
        assert_eq!(kept(&mut conn), [secret("a")]);
    }

    #[test]
    fn a_new_key_waits_and_the_old_one_goes_later() {
        let opened = TestStore::open();
        let mut conn = opened.store.connect().unwrap();
        list_or_make(&mut conn, &secret("a")).unwrap();
        let Rotated::From(from) = rotate(&mut conn, &secret("b")).unwrap() else { panic!("nothing waits") };
        assert!(from > clock::now(&mut conn).unwrap());
        assert_eq!(rotate(&mut conn, &secret("c")).unwrap(), Rotated::Waiting(from));
        for since in [-BusKey::AHEAD_MS, 0, BusKey::OVERLAP_MS - 60_000] {
            signs_since(&mut conn, 2, since);
            prune(&mut conn).unwrap();
            assert_eq!(kept(&mut conn), [secret("a"), secret("b")], "{since}");
        }
        signs_since(&mut conn, 2, BusKey::OVERLAP_MS + 60_000);
        prune(&mut conn).unwrap();
        assert_eq!(kept(&mut conn), [secret("b")]);
        assert!(matches!(rotate(&mut conn, &secret("c")).unwrap(), Rotated::From(_)));
        replace(&mut conn, &secret("d")).unwrap();
        assert_eq!(kept(&mut conn), [secret("d")], "what somebody else may have is gone at once");
    }
}
