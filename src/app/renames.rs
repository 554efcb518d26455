//! Publishes a member's new name to their rooms. A person may be in hundreds of rooms and may change their name again: changes
//! during a fan-out, and for a second after it, share the next fan-out. A node that misses the event finds the name in the database
//! within seconds (`realtime/hub/polls.rs`). People who see the name outside of a room are told by the operation's own transaction
//! (`store::names::beside_rooms`).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::App;
use crate::adapters::bus::Bus;
use crate::domain::{AccountId, Event, RoomEvent};
use crate::store::names::{self, Name};
use crate::store::{Store, StoreResult};
use crate::telemetry::metrics::{Page, Queue, Source};

/// The pause between two fan-outs of one person's name.
const REST: Duration = Duration::from_secs(1);
/// Fan-outs at once. The names of more people are found in the database.
const ALL: usize = 1_024;

#[derive(Default)]
pub struct Renames {
    /// The people whose name is being published, or was a moment ago, and whether it has changed again since.
    people: Mutex<HashMap<AccountId, bool>>,
}

/// The parts of the application that a fan-out uses.
struct RenameFanout {
    store: Store,
    bus: Arc<dyn Bus>,
}

/// A fan-out's place, which is given back however the task ends.
struct RenameTask {
    renames: Arc<Renames>,
    account: AccountId,
    is_done: bool,
}

/// Publishes the name in the background. It is called after the commit and returns at once.
pub(super) fn publish(app: &App, account: AccountId) {
    if app.renames.begin(account) {
        let task = RenameTask { renames: app.renames.clone(), account, is_done: false };
        let (store, bus) = (app.store.clone(), app.bus.clone());
        tokio::spawn(task.work(RenameFanout { store, bus }));
    }
}

impl Renames {
    /// `true` if the caller must start the fan-out.
    fn begin(&self, account: AccountId) -> bool {
        let mut people = self.lock();
        if let Some(again) = people.get_mut(&account) {
            *again = true;
            return false;
        }
        let has_place = people.len() < ALL;
        if has_place {
            people.insert(account, false);
        }
        has_place
    }

    /// Whether the name was changed again; if not, the person is forgotten.
    fn again(&self, account: AccountId) -> bool {
        let mut people = self.lock();
        let again = people.get_mut(&account).is_some_and(std::mem::take);
        if !again {
            people.remove(&account);
        }
        again
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, bool>> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RenameTask {
    async fn work(mut self, fanout: RenameFanout) {
        loop {
            if let Err(error) = fanout.publish(self.account).await {
                tracing::debug!(error = %error, "cannot publish a new name");
            }
            tokio::time::sleep(REST).await;
            if !self.renames.again(self.account) {
                self.is_done = true;
                return;
            }
        }
    }
}

impl Drop for RenameTask {
    fn drop(&mut self) {
        if !self.is_done {
            // The runtime ends, or the task panicked.
            self.renames.lock().remove(&self.account);
        }
    }
}

impl RenameFanout {
    /// Runs on a thread of the store, so that hundreds of events delay no connection.
    async fn publish(&self, account: AccountId) -> StoreResult<()> {
        let bus = self.bus.clone();
        let publish = move |conn: &mut _| {
            let Some((Name { account, name, at }, rooms)) = names::rooms_of(conn, account)? else {
                return Ok(());
            };
            for room in rooms {
                bus.publish(Event::Room(room, RoomEvent::Renamed { account, name: name.clone(), at }));
            }
            Ok(())
        };
        self.store.read_queued(publish).await
    }
}

impl Source for Renames {
    fn queues(&self) -> Vec<Queue> {
        vec![Queue::new("renames", self.lock().len(), ALL)]
    }

    fn write(&self, _page: &mut Page<'_>) -> std::fmt::Result {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(renames: &Arc<Renames>, account: AccountId) -> RenameTask {
        RenameTask { renames: renames.clone(), account, is_done: false }
    }

    #[test]
    fn what_changes_while_it_is_told_is_told_together() {
        let renames = Arc::<Renames>::default();
        let ana = AccountId(1);
        assert!(renames.begin(ana));
        for _ in 0..100 {
            assert!(!renames.begin(ana), "one tells");
        }
        assert!(renames.begin(AccountId(2)), "others are told of too");
        assert!(renames.again(ana), "a hundred changes are one");
        assert!(!renames.again(ana));
        assert!(renames.begin(ana), "and it begins anew");
    }

    #[test]
    fn the_telling_is_bounded_and_gives_its_place_back() {
        let renames = Arc::<Renames>::default();
        let all = i64::try_from(ALL).unwrap();
        assert!((0..all).all(|account| renames.begin(AccountId(account))));
        assert!(!renames.begin(AccountId(all)), "found in the database");
        drop(task(&renames, AccountId(0)));
        assert!(renames.begin(AccountId(all)));
    }
}
