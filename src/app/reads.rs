//! Read positions that people move. Whoever scrolls, or has twenty tabs, marks much at once, and only the last of it matters: what
//! one session marks in one room is put together while the mark before it is being written, and of one person two are written
//! at a time.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::{App, AppResult};
use crate::adapters::bus::Bus;
use crate::domain::{AccountId, Clock, Code, Event, Refusal, RoomEvent, RoomId, Seq, SessionId};
use crate::store::members::{self, Standing};
use crate::store::{Store, StoreError, StoreResult};
use crate::telemetry::metrics::{Level, Queue, Source};

/// Marks of one person that are written at a time.
const AT_ONCE: usize = 2;
/// Answers that one person may wait for, on all their connections together.
const PER_PERSON: usize = 2_048;
const ALL: usize = 65_536;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    pub session: SessionId,
    pub room: RoomId,
    pub seq: Seq,
}

/// What marking needs, for as long as it takes.
#[derive(Clone)]
pub struct Marking {
    store: Store,
    bus: Arc<dyn Bus>,
    clock: Clock,
}

#[derive(Default)]
pub struct Reads {
    people: Mutex<HashMap<AccountId, Person>>,
    waiting: Level,
}

#[derive(Default)]
struct Person {
    workers: usize,
    under_way: Vec<(SessionId, RoomId)>,
    wishes: VecDeque<(Wish, Vec<Answer>)>,
}

struct Answer {
    tell: oneshot::Sender<AppResult<Standing>>,
    place: Place,
}

/// Given back however the wait ends.
struct Place(Arc<Reads>);

impl Reads {
    /// Refuses `too_many_requests` when too much waits.
    pub async fn mark(self: &Arc<Self>, account: AccountId, wish: Wish, marking: Marking) -> AppResult<Standing> {
        let (tell, told) = oneshot::channel();
        if self.add(account, wish, tell)? {
            // In a task of its own: whoever asks may go away, and others wait for the same answer.
            let worker = Worker { reads: self.clone(), account, is_done: false };
            tokio::spawn(worker.work(marking));
        }
        told.await.unwrap_or_else(|_| Err(StoreError::Unavailable.into()))
    }

    /// `true` if somebody must set to work.
    fn add(
        self: &Arc<Self>,
        account: AccountId,
        wish: Wish,
        tell: oneshot::Sender<AppResult<Standing>>,
    ) -> Result<bool, Refusal> {
        let mut people = self.lock();
        let person = people.entry(account).or_default();
        let waits: usize = person.wishes.iter().map(|(_, answers)| answers.len()).sum();
        if waits >= PER_PERSON || self.waiting.get() >= ALL {
            if person.workers == 0 {
                people.remove(&account);
            }
            return Err(Refusal::retry(Code::TooManyRequests, 500));
        }
        self.waiting.up();
        let answer = Answer { tell, place: Place(self.clone()) };
        let same = person.wishes.iter_mut().find(|(other, _)| (other.session, other.room) == (wish.session, wish.room));
        match same {
            Some((other, answers)) => {
                other.seq = other.seq.max(wish.seq);
                answers.push(answer);
            }
            None => person.wishes.push_back((wish, vec![answer])),
        }
        let begins = person.workers < AT_ONCE;
        person.workers += usize::from(begins);
        Ok(begins)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, Person>> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Worker {
    reads: Arc<Reads>,
    account: AccountId,
    is_done: bool,
}

impl Worker {
    async fn work(mut self, marking: Marking) {
        let mut before = None;
        while let Some((wish, answers)) = self.next(before) {
            tell(answers, marking.mark(self.account, wish).await);
            before = Some((wish.session, wish.room));
        }
    }

    /// The next of this person's that is not under way already. `before` is no longer.
    fn next(&mut self, before: Option<(SessionId, RoomId)>) -> Option<(Wish, Vec<Answer>)> {
        let mut people = self.reads.lock();
        let person = people.get_mut(&self.account)?;
        person.under_way.retain(|key| Some(*key) != before);
        let is_free = |(wish, _): &(Wish, _)| !person.under_way.contains(&(wish.session, wish.room));
        let place = person.wishes.iter().position(is_free);
        let next = place.and_then(|place| person.wishes.remove(place));
        match &next {
            Some((wish, _)) => person.under_way.push((wish.session, wish.room)),
            None => {
                self.is_done = true;
                leave(&mut people, self.account);
            }
        }
        next
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if !self.is_done {
            // Its thread ends, or a fault of ours ended it.
            let mut people = self.reads.lock();
            let forgotten = leave(&mut people, self.account);
            drop(people);
            drop(forgotten);
        }
    }
}

/// Who is the last takes with them what nobody will do any more.
fn leave(people: &mut HashMap<AccountId, Person>, account: AccountId) -> Option<Person> {
    let person = people.get_mut(&account)?;
    person.workers = person.workers.saturating_sub(1);
    if person.workers == 0 { people.remove(&account) } else { None }
}

fn tell(answers: Vec<Answer>, result: AppResult<Standing>) {
    let repeated: Result<Standing, Refusal> = result.as_ref().copied().map_err(|error| error.first());
    let mut answers = answers.into_iter();
    if let Some(Answer { tell, place }) = answers.next() {
        drop(place);
        let _ = tell.send(result);
    }
    for Answer { tell, place } in answers {
        drop(place);
        let _ = tell.send(repeated.clone().map_err(Into::into));
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.waiting.down();
    }
}

impl Marking {
    pub(super) fn of(app: &App) -> Self {
        Self { store: app.store.clone(), bus: app.bus.clone(), clock: app.clock.clone() }
    }

    async fn mark(&self, account: AccountId, Wish { session, room, seq }: Wish) -> AppResult<Standing> {
        let now = self.clock.now();
        let look = move |conn: &mut _| -> StoreResult<Option<(Standing, bool)>> {
            let standing = members::standing(conn, room, account, session, now)?;
            Ok((seq.min(standing.head) <= standing.position()).then_some((standing, false)))
        };
        let write = move |conn: &mut _| members::mark_read(conn, room, account, session, seq, now);
        let (standing, moved) = self.store.write_last(look, write).await?;
        if moved {
            let event = RoomEvent::Read { account, seq: standing.position(), unread: standing.unread };
            self.bus.publish(Event::Room(room, event));
        }
        Ok(standing)
    }
}

impl Source for Reads {
    fn queues(&self) -> Vec<Queue> {
        vec![Queue::new("reads", self.waiting.get(), ALL)]
    }

    fn write(&self, _page: &mut crate::telemetry::metrics::Page<'_>) -> std::fmt::Result {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Told = oneshot::Receiver<AppResult<Standing>>;

    fn add(reads: &Arc<Reads>, session: i64, room: i64, seq: i64) -> (bool, Told) {
        let (tell, told) = oneshot::channel();
        let wish = Wish { session: SessionId(session), room: RoomId(room), seq: Seq(seq) };
        (reads.add(AccountId(1), wish, tell).unwrap(), told)
    }

    fn worker(reads: &Arc<Reads>) -> Worker {
        Worker { reads: reads.clone(), account: AccountId(1), is_done: false }
    }

    fn key((wish, answers): &(Wish, Vec<Answer>)) -> (i64, i64, i64, usize) {
        (wish.session.0, wish.room.0, wish.seq.0, answers.len())
    }

    #[test]
    fn marks_of_one_session_in_one_room_are_put_together_while_one_is_written() {
        let reads = Arc::<Reads>::default();
        let first = add(&reads, 1, 7, 3);
        let mut one = worker(&reads);
        let writing = one.next(None).unwrap();
        let others = [add(&reads, 1, 7, 9), add(&reads, 1, 7, 5), add(&reads, 1, 7, 9)];
        assert_eq!((first.0, others[0].0, others[1].0), (true, true, false), "two at a time");
        let mut other = worker(&reads);
        assert!(other.next(None).is_none(), "the same is not written twice at once");
        assert_eq!(key(&writing), (1, 7, 3, 1));
        let next = one.next(Some((SessionId(1), RoomId(7)))).unwrap();
        assert_eq!(key(&next), (1, 7, 9, 3));
        tell(next.1, Err(Code::RoomUnknown.into()));
        for (_, mut told) in others {
            assert!(told.try_recv().unwrap().is_err_and(|error| error.first().code == Code::RoomUnknown));
        }
        assert!(one.next(Some((SessionId(1), RoomId(7)))).is_none());
        drop(writing);
        assert_eq!((reads.waiting.get(), reads.lock().len()), (0, 0));
    }

    #[test]
    fn two_of_one_person_are_written_at_a_time_and_too_many_are_refused() {
        let reads = Arc::<Reads>::default();
        let told: Vec<_> = (0..i64::try_from(PER_PERSON).unwrap()).map(|room| add(&reads, 1, room, 1)).collect();
        assert_eq!(told.iter().filter(|(begins, _)| *begins).count(), AT_ONCE);
        let (tell, _told) = oneshot::channel();
        let wish = Wish { session: SessionId(2), room: RoomId(1), seq: Seq(1) };
        let refused = reads.add(AccountId(1), wish, tell).unwrap_err();
        assert_eq!(refused.code, Code::TooManyRequests);
        let (tell, _other) = oneshot::channel();
        assert!(reads.add(AccountId(2), wish, tell).unwrap(), "others are not refused");
    }

    #[test]
    fn nobody_waits_for_workers_that_are_gone() {
        let reads = Arc::<Reads>::default();
        let (_, mut told) = add(&reads, 1, 7, 3);
        let mut one = worker(&reads);
        drop(one.next(None));
        let (_, mut waiting) = add(&reads, 1, 8, 3);
        drop(one);
        drop(worker(&reads));
        assert!(told.try_recv().is_err() && waiting.try_recv().is_err());
        assert_eq!((reads.waiting.get(), reads.lock().len()), (0, 0));
    }
}
