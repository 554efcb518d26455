//! How far one connection was told of the changes of its account. So it gets each change once and in order, whatever the bus loses,
//! repeats or overtakes. Pure.

use crate::domain::{AccountChange, ChangeSeq};
use crate::realtime::links::FollowRequest;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChangeCursor {
    /// The client does not follow: it is sent what the node hears.
    #[default]
    Idle,
    /// It asked to follow from there on, and no reading has begun since.
    Asked(FollowRequest),
    /// A reading that answers it is under way.
    Reading(FollowRequest),
    /// It was sent everything up to here.
    At(ChangeSeq),
}

/// The treatment of a change that the node hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnChange {
    Send,
    Drop,
    /// The database is read: another one stands before it.
    Read,
}

/// The wanted result of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// The changes after this one; `None`: the head alone.
    pub after: Option<ChangeSeq>,
    /// The head also if nothing was missed.
    pub always: bool,
}

/// The frames after a reading.
#[derive(Debug, PartialEq, Eq)]
pub struct OnRead<'a> {
    /// The request that is answered with the head.
    pub answered: Option<FollowRequest>,
    pub missed: Missed<'a>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Missed<'a> {
    Nothing,
    These(&'a [AccountChange]),
    /// More than is kept, or the number is of another history.
    Everything,
}

impl ChangeCursor {
    /// The client asks to follow. Gives its request of before that is not answered yet, and will not be.
    pub fn ask(&mut self, request: FollowRequest) -> Option<FollowRequest> {
        let before = self.give_up();
        *self = Self::Asked(request);
        before
    }

    /// Takes back what is not answered.
    pub fn give_up(&mut self) -> Option<FollowRequest> {
        match *self {
            Self::Asked(request) | Self::Reading(request) => {
                *self = Self::Idle;
                Some(request)
            }
            Self::Idle | Self::At(_) => None,
        }
    }

    /// The reading failed: takes back the request that it was to answer.
    pub fn on_failure(&mut self) -> Option<FollowRequest> {
        if matches!(self, Self::Reading(_)) { self.give_up() } else { None }
    }

    pub fn follows(&self) -> bool {
        !matches!(self, Self::Idle)
    }

    pub fn on_change(&mut self, seq: Option<ChangeSeq>) -> OnChange {
        let Some(seq) = seq else { return OnChange::Send };
        match *self {
            Self::Idle => OnChange::Send,
            // The reading may be older than this change.
            Self::Asked(_) | Self::Reading(_) => OnChange::Read,
            Self::At(at) if seq <= at => OnChange::Drop,
            Self::At(at) if seq == at.next() => {
                *self = Self::At(seq);
                OnChange::Send
            }
            Self::At(_) => OnChange::Read,
        }
    }

    /// A reading begins; what it is to give for this connection, if anything.
    pub fn begin_reading(&mut self) -> Option<Wanted> {
        match *self {
            Self::Idle => None,
            Self::Asked(request) | Self::Reading(request) => {
                *self = Self::Reading(request);
                Some(Wanted { after: request.after, always: true })
            }
            Self::At(at) => Some(Wanted { after: Some(at), always: false }),
        }
    }

    /// A reading found this head, and that these are the newest changes that are kept, in order.
    pub fn on_read<'a>(&mut self, head: ChangeSeq, kept: &'a [AccountChange]) -> OnRead<'a> {
        let (answered, after) = match *self {
            Self::Idle | Self::Asked(_) => return OnRead { answered: None, missed: Missed::Nothing },
            // A change that arrived during the reading is newer than its head.
            Self::At(at) if at >= head => return OnRead { answered: None, missed: Missed::Nothing },
            Self::At(at) => (None, Some(at)),
            Self::Reading(request) => (Some(request), request.after),
        };
        *self = Self::At(head);
        let missed = match after {
            None => Missed::Nothing,
            Some(after) if after == head => Missed::Nothing,
            Some(after) => tail(kept, after, head).map_or(Missed::Everything, Missed::These),
        };
        OnRead { answered, missed }
    }
}

/// The wanted result of one reading for all connections of an account.
pub fn wanted<'a>(cursors: impl Iterator<Item = &'a mut ChangeCursor>) -> Option<Wanted> {
    let all = cursors.filter_map(ChangeCursor::begin_reading);
    all.reduce(|one, other| Wanted {
        after: match (one.after, other.after) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        },
        always: one.always || other.always,
    })
}

/// The changes from the one after `after` to `head`, if none of them is missing.
fn tail(kept: &[AccountChange], after: ChangeSeq, head: ChangeSeq) -> Option<&[AccountChange]> {
    let start = kept.iter().position(|change| change.seq > Some(after))?;
    let tail = kept.get(start..)?;
    let mut expected = after;
    for change in tail {
        expected = expected.next();
        if change.seq != Some(expected) {
            return None;
        }
    }
    (expected == head).then_some(tail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Topic;

    fn change(seq: i64) -> AccountChange {
        AccountChange { seq: Some(ChangeSeq(seq)), topic: Topic::Invitation.as_str().into(), id: seq * 10 }
    }

    fn changes(seqs: impl IntoIterator<Item = i64>) -> Vec<AccountChange> {
        seqs.into_iter().map(change).collect()
    }

    fn reading(after: Option<i64>) -> ChangeCursor {
        ChangeCursor::Reading(FollowRequest { reference: 1, after: after.map(ChangeSeq) })
    }

    #[test]
    fn who_follows_is_sent_what_they_missed_or_told_that_it_is_too_much() {
        use Missed::{Everything, Nothing, These};
        let (all, newest) = (changes(1..=5), changes(4..=5));
        let hole = changes([1, 2, 4, 5]);
        for (cursor, kept, head, missed) in [
            (reading(None), &all[..], 5, Nothing),
            (reading(Some(5)), &[], 5, Nothing),
            (reading(Some(2)), &all, 5, These(&all[2..])),
            (reading(Some(0)), &all, 5, These(&all)),
            (reading(Some(3)), &newest, 5, These(&newest)),
            (reading(Some(2)), &newest, 5, Everything),
            (reading(Some(2)), &[], 5, Everything),
            (reading(Some(2)), &hole, 5, Everything),
            // Of a database that is no more.
            (reading(Some(9)), &[], 5, Everything),
            (reading(Some(9)), &all, 0, Everything),
            (ChangeCursor::At(ChangeSeq(3)), &all, 5, These(&all[3..])),
            (ChangeCursor::At(ChangeSeq(2)), &newest, 5, Everything),
            (ChangeCursor::At(ChangeSeq(7)), &all, 5, Nothing),
            (ChangeCursor::Idle, &all, 5, Nothing),
        ] {
            let mut after = cursor;
            let outcome = after.on_read(ChangeSeq(head), kept);
            assert_eq!(outcome.missed, missed, "{cursor:?} with {kept:?}");
            assert_eq!(outcome.answered.is_some(), matches!(cursor, ChangeCursor::Reading(_)));
        }
    }

    #[test]
    fn a_reading_that_began_before_the_request_does_not_answer_it() {
        let mut cursor = ChangeCursor::default();
        let request = |reference| FollowRequest { reference, after: None };
        assert_eq!(cursor.ask(request(1)), None);
        assert_eq!(cursor.on_read(ChangeSeq(5), &[]).answered, None);
        assert_eq!(cursor.begin_reading(), Some(Wanted { after: None, always: true }));
        assert_eq!(cursor.ask(request(2)), Some(request(1)), "the earlier one is refused");
        assert_eq!(cursor.on_failure(), None, "of the reading before");
        cursor.begin_reading();
        assert_eq!(cursor.on_read(ChangeSeq(5), &[]).answered, Some(request(2)));
        assert_eq!(cursor, ChangeCursor::At(ChangeSeq(5)));
    }

    #[test]
    fn the_connections_of_one_account_are_read_for_together() {
        let at = |seq| ChangeCursor::At(ChangeSeq(seq));
        let ask = |mut cursors: Vec<ChangeCursor>| wanted(cursors.iter_mut()).map(|w| (w.after.map(|a| a.0), w.always));
        assert_eq!(ask(vec![ChangeCursor::Idle]), None);
        assert_eq!(ask(vec![at(5), at(3), ChangeCursor::Idle]), Some((Some(3), false)));
        assert_eq!(ask(vec![at(5), reading(None)]), Some((Some(5), true)));
        assert_eq!(ask(vec![reading(None)]), Some((None, true)));
        assert_eq!(ask(vec![reading(Some(2)), at(5)]), Some((Some(2), true)));
    }

    /// The bus loses, repeats and reorders; readings are late; the client comes and goes. It has each change once, in order.
    #[test]
    fn each_change_arrives_once_and_in_order_whatever_the_bus_does() {
        for seed in 1..400_u64 {
            let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mut below = move |n: u64| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state % n
            };
            let (mut head, mut on_the_bus, mut has) = (0, Vec::new(), Vec::<i64>::new());
            let mut cursor = ChangeCursor::default();
            // The head that a reading saw when it began.
            let mut under_way: Option<i64> = None;
            for step in 0..200 {
                let calm = step > 160;
                match below(8) {
                    0 | 1 if !calm => {
                        head += 1;
                        (0..below(3)).for_each(|_| on_the_bus.push(head));
                    }
                    2 if !on_the_bus.is_empty() => {
                        let place = usize::try_from(below(u64::try_from(on_the_bus.len()).unwrap())).unwrap();
                        let seq = on_the_bus.swap_remove(place);
                        if cursor.follows() && cursor.on_change(Some(ChangeSeq(seq))) == OnChange::Send {
                            has.push(seq);
                        }
                    }
                    3 | 4 => {
                        if let Some(seen) = under_way.take() {
                            let kept = changes(1..=seen);
                            if let Missed::These(these) = cursor.on_read(ChangeSeq(seen), &kept).missed {
                                has.extend(these.iter().map(|change| change.seq.unwrap().0));
                            }
                        }
                    }
                    5 if !calm => {
                        // A new connection; the reading for the one before dies with it.
                        let after = ChangeSeq(has.last().copied().unwrap_or_default());
                        cursor = ChangeCursor::Asked(FollowRequest { reference: 1, after: Some(after) });
                        under_way = None;
                    }
                    _ => {
                        if under_way.is_none() && cursor.begin_reading().is_some() {
                            under_way = Some(head);
                        }
                    }
                }
            }
            if cursor.follows() {
                assert_eq!(has, (1..=head).collect::<Vec<_>>(), "seed {seed}");
            }
        }
    }
}
