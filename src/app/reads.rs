//! Read positions that people move. A person who scrolls, or has twenty tabs, marks much at once, and only the last of it matters: what
//! one session marks in one room is put together while the mark before it is being written, and of one person two are written
//! at a time.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::{App, AppResult};
use crate::adapters::bus::Bus;
use crate::domain::{AccountId, Clock, Code, Event, Refusal, RoomEvent, RoomId, Seq, SessionId};
use crate::store::members::{self, Membership};
use crate::store::{Store, StoreError, StoreResult};
use crate::telemetry::metrics::{Level, Queue, Source};

/// Marks of one person that are written at a time.
const AT_ONCE: usize = 2;
/// Answers that one person may wait for, on all their connections together.
const PER_PERSON: usize = 2_048;
const ALL: usize = 65_536;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkRequest {
    pub session: SessionId,
    pub room: RoomId,
    pub seq: Seq,
}

/// The parts of the application that marking uses.
#[derive(Clone)]
pub struct Marking {
    store: Store,
    bus: Arc<dyn Bus>,
    clock: Clock,
}

#[derive(Default)]
pub struct Reads {
    people: Mutex<HashMap<AccountId, PersonReads>>,
    waiting: Level,
}

#[derive(Default)]
struct PersonReads {
    workers: usize,
    under_way: Vec<(SessionId, RoomId)>,
    requests: VecDeque<(MarkRequest, Vec<ReadAnswer>)>,
}

struct ReadAnswer {
    respond: oneshot::Sender<AppResult<Membership>>,
    place: ReadPermit,
}

/// Given back however the wait ends.
struct ReadPermit(Arc<Reads>);

impl Reads {
    /// Refuses `too_many_requests` when too much waits.
    pub async fn mark(
        self: &Arc<Self>,
        account: AccountId,
        request: MarkRequest,
        marking: Marking,
    ) -> AppResult<Membership> {
        let (respond, response) = oneshot::channel();
        if self.add(account, request, respond)? {
            // In a task of its own: whoever asks may go away, and others wait for the same answer.
            let worker = ReadWorker { reads: self.clone(), account, is_done: false };
            tokio::spawn(worker.work(marking));
        }
        response.await.unwrap_or_else(|_| Err(StoreError::Unavailable.into()))
    }

    /// `true` if somebody must set to work.
    fn add(
        self: &Arc<Self>,
        account: AccountId,
        request: MarkRequest,
        respond: oneshot::Sender<AppResult<Membership>>,
    ) -> Result<bool, Refusal> {
        let mut people = self.lock();
        let person = people.entry(account).or_default();
        let waits: usize = person.requests.iter().map(|(_, answers)| answers.len()).sum();
        if waits >= PER_PERSON || self.waiting.get() >= ALL {
            if person.workers == 0 {
                people.remove(&account);
            }
            return Err(Refusal::retry(Code::TooManyRequests, 500));
        }
        self.waiting.up();
        let answer = ReadAnswer { respond, place: ReadPermit(self.clone()) };
        let same = person
            .requests
            .iter_mut()
            .find(|(other, _)| (other.session, other.room) == (request.session, request.room));
        match same {
            Some((other, answers)) => {
                other.seq = other.seq.max(request.seq);
                answers.push(answer);
            }
            None => person.requests.push_back((request, vec![answer])),
        }
        let begins = person.workers < AT_ONCE;
        person.workers += usize::from(begins);
        Ok(begins)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, PersonReads>> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct ReadWorker {
    reads: Arc<Reads>,
    account: AccountId,
    is_done: bool,
}

impl ReadWorker {
    async fn work(mut self, marking: Marking) {
        let mut before = None;
        while let Some((request, answers)) = self.next(before) {
            respond(answers, marking.mark(self.account, request).await);
            before = Some((request.session, request.room));
        }
    }

    /// The next of this person's that is not under way already. `before` is no longer.
    fn next(&mut self, before: Option<(SessionId, RoomId)>) -> Option<(MarkRequest, Vec<ReadAnswer>)> {
        let mut people = self.reads.lock();
        let person = people.get_mut(&self.account)?;
        person.under_way.retain(|key| Some(*key) != before);
        let is_free = |(request, _): &(MarkRequest, _)| !person.under_way.contains(&(request.session, request.room));
        let place = person.requests.iter().position(is_free);
        let next = place.and_then(|place| person.requests.remove(place));
        match &next {
            Some((request, _)) => person.under_way.push((request.session, request.room)),
            None => {
                self.is_done = true;
                leave(&mut people, self.account);
            }
        }
        next
    }
}

impl Drop for ReadWorker {
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

/// Ends one worker of a person. The last one takes the person's entry along, with the marks that nobody else will write.
fn leave(people: &mut HashMap<AccountId, PersonReads>, account: AccountId) -> Option<PersonReads> {
    let person = people.get_mut(&account)?;
    person.workers = person.workers.saturating_sub(1);
    if person.workers == 0 { people.remove(&account) } else { None }
}

fn respond(answers: Vec<ReadAnswer>, result: AppResult<Membership>) {
    let repeated: Result<Membership, Refusal> = result.as_ref().copied().map_err(|error| error.first());
    let mut answers = answers.into_iter();
    if let Some(ReadAnswer { respond, place }) = answers.next() {
        drop(place);
        let _ = respond.send(result);
    }
    for ReadAnswer { respond, place } in answers {
        drop(place);
        let _ = respond.send(repeated.clone().map_err(Into::into));
    }
}

impl Drop for ReadPermit {
    fn drop(&mut self) {
        self.0.waiting.down();
    }
}

impl Marking {
    pub(super) fn of(app: &App) -> Self {
        Self { store: app.store.clone(), bus: app.bus.clone(), clock: app.clock.clone() }
    }

    async fn mark(&self, account: AccountId, MarkRequest { session, room, seq }: MarkRequest) -> AppResult<Membership> {
        let now = self.clock.now();
        let look = move |conn: &mut _| -> StoreResult<Option<(Membership, bool)>> {
            let membership = members::membership(conn, room, account, session, now)?;
            Ok((seq.min(membership.head) <= membership.position()).then_some((membership, false)))
        };
        let write = move |conn: &mut _| members::mark_read(conn, room, account, session, seq, now);
        let (membership, moved) = self.store.write_last(look, write).await?;
        if moved {
            let event = RoomEvent::Read { account, seq: membership.position(), unread: membership.unread };
            self.bus.publish(Event::Room(room, event));
        }
        Ok(membership)
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

    type Response = oneshot::Receiver<AppResult<Membership>>;

    fn add(reads: &Arc<Reads>, session: i64, room: i64, seq: i64) -> (bool, Response) {
        let (respond, response) = oneshot::channel();
        let request = MarkRequest { session: SessionId(session), room: RoomId(room), seq: Seq(seq) };
        (reads.add(AccountId(1), request, respond).unwrap(), response)
    }

    fn worker(reads: &Arc<Reads>) -> ReadWorker {
        ReadWorker { reads: reads.clone(), account: AccountId(1), is_done: false }
    }

    fn key((request, answers): &(MarkRequest, Vec<ReadAnswer>)) -> (i64, i64, i64, usize) {
        (request.session.0, request.room.0, request.seq.0, answers.len())
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
        respond(next.1, Err(Code::RoomUnknown.into()));
        for (_, mut response) in others {
            assert!(response.try_recv().unwrap().is_err_and(|error| error.first().code == Code::RoomUnknown));
        }
        assert!(one.next(Some((SessionId(1), RoomId(7)))).is_none());
        drop(writing);
        assert_eq!((reads.waiting.get(), reads.lock().len()), (0, 0));
    }

    #[test]
    fn two_of_one_person_are_written_at_a_time_and_too_many_are_refused() {
        let reads = Arc::<Reads>::default();
        let response: Vec<_> = (0..i64::try_from(PER_PERSON).unwrap()).map(|room| add(&reads, 1, room, 1)).collect();
        assert_eq!(response.iter().filter(|(begins, _)| *begins).count(), AT_ONCE);
        let (respond, _told) = oneshot::channel();
        let request = MarkRequest { session: SessionId(2), room: RoomId(1), seq: Seq(1) };
        let refused = reads.add(AccountId(1), request, respond).unwrap_err();
        assert_eq!(refused.code, Code::TooManyRequests);
        let (respond, _other) = oneshot::channel();
        assert!(reads.add(AccountId(2), request, respond).unwrap(), "others are not refused");
    }

    #[test]
    fn nobody_waits_for_workers_that_are_gone() {
        let reads = Arc::<Reads>::default();
        let (_, mut response) = add(&reads, 1, 7, 3);
        let mut one = worker(&reads);
        drop(one.next(None));
        let (_, mut waiting) = add(&reads, 1, 8, 3);
        drop(one);
        drop(worker(&reads));
        assert!(response.try_recv().is_err() && waiting.try_recv().is_err());
        assert_eq!((reads.waiting.get(), reads.lock().len()), (0, 0));
    }
}
