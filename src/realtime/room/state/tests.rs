mod marks;
mod names;
mod schedules;

use super::*;
use crate::domain::{Entry, EntryBody, EntryKind, Role, RoomSubject, TransactionId};

pub const ROOM: RoomId = RoomId(7);
pub const TIMES: RoomTimes = RoomTimes { typing_ms: 5_000, presence_lease_ms: 60_000, presence_refresh_ms: 50_000 };

pub fn member(account: i64, active: bool) -> Member {
    Member {
        account: AccountId(account),
        name: format!("Member {account}"),
        role: Role::Broker,
        active,
        address_proved: true,
        read: None,
        last_seen: None,
        named_at: None,
    }
}

pub fn snapshot(head: i64, acl_version: i64, members: Vec<Member>) -> Snapshot {
    Snapshot { subject: RoomSubject::Conversation(TransactionId(1)), head: Seq(head), acl_version, members }
}

pub fn message(seq: i64, acl_version: i64) -> Entry {
    Entry {
        room: ROOM,
        seq: Seq(seq),
        author: Some(AccountId(1)),
        nonce: Some(format!("n{seq}")),
        body: EntryBody::message("text"),
        at: Timestamp(seq),
        acl_version,
    }
}

pub fn change(seq: i64, acl_version: i64, kind: EntryKind, account: i64) -> Entry {
    let data = serde_json::json!({"account": account, "name": format!("Member {account}"), "role": "broker"});
    let body = EntryBody::from_parts(kind.as_str().to_owned(), None, Some(data));
    Entry { nonce: None, body, ..message(seq, acl_version) }
}

pub fn committed(entries: impl IntoIterator<Item = Entry>) -> Vec<RoomEvent> {
    EntryBatch::of(&entries.into_iter().collect::<Vec<_>>()).into_iter().map(RoomEvent::Committed).collect()
}

/// Tells the room what was committed.
pub fn apply_entries(state: &mut RoomState, entries: impl IntoIterator<Item = Entry>, now: i64) -> Vec<Effect> {
    committed(entries).into_iter().flat_map(|event| state.on_event(event, Timestamp(now))).collect()
}

/// Two members, head 5.
pub fn state() -> RoomState {
    RoomState::new(ROOM, NodeId(1), TIMES, snapshot(5, 2, vec![member(1, true), member(2, true)]))
}

pub fn delivered(effects: &[Effect]) -> Vec<i64> {
    let batches = |effect: &Effect| if let Effect::Entries(batches) = effect { batches.clone() } else { Vec::new() };
    effects.iter().flat_map(batches).flat_map(|batch| batch.entries()).map(|entry| entry.seq.0).collect()
}

/// Later than an entry may be on its way.
const LATE: Timestamp = Timestamp(1_000);

#[test]
fn a_gap_is_filled_even_when_no_more_can_wait() {
    let mut state = state();
    let many = i64::try_from(MAX_PENDING).unwrap() + 100;
    assert_eq!(apply_entries(&mut state, (7..7 + many).map(|seq| message(seq, 2)), 0), []);
    assert_eq!(state.pending(), MAX_PENDING);
    assert_eq!(state.tick(LATE), [Effect::LoadEntries { after: Seq(5) }]);
    let effects = state.loaded_entries(&[message(6, 2)]);
    // The farther of the two batches had to make room for the entry that was missing.
    assert_eq!(delivered(&effects), (6..=518).collect::<Vec<_>>());
    assert!(matches!(effects.last(), Some(Effect::LoadEntries { .. })), "the rest is read");
    assert_eq!(state.pending(), 0);
}

#[test]
fn what_another_node_wrote_before_is_waited_for_and_then_read() {
    let mut state = state();
    assert_eq!(apply_entries(&mut state, [message(7, 2)], 0), []);
    assert_eq!(delivered(&apply_entries(&mut state, [message(6, 2)], 150)), [6, 7], "it came by itself");
    assert_eq!(apply_entries(&mut state, [message(9, 2)], 160), []);
    assert_eq!(apply_entries(&mut state, [message(10, 2)], 300), [], "another gap, and another while");
    assert_eq!(apply_entries(&mut state, [message(11, 2)], 400), [Effect::LoadEntries { after: Seq(7) }]);
    assert_eq!(apply_entries(&mut state, [message(12, 2)], 900), [], "it is being read");
    assert_eq!(delivered(&state.loaded_entries(&[message(8, 2)])), [8, 9, 10, 11, 12]);
    assert_eq!(state.tick(LATE), []);
}

#[test]
fn what_waits_for_members_is_not_read_again() {
    let mut state = state();
    assert_eq!(apply_entries(&mut state, [message(6, 4)], 0), [Effect::LoadMembers]);
    assert_eq!(state.tick(LATE), []);
    assert_eq!(state.tick(Timestamp(9_000)), []);
    assert_eq!(delivered(&state.loaded_members(snapshot(6, 4, vec![member(1, true)]))), [6]);
}

#[test]
fn the_database_is_right_about_what_the_bus_said_before() {
    let mut state = state();
    let forged = |seq| Entry { body: EntryBody::message("forged"), ..message(seq, 2) };
    assert_eq!(apply_entries(&mut state, [forged(7), forged(8)], 0), []);
    assert_eq!(state.tick(LATE), [Effect::LoadEntries { after: Seq(5) }]);
    let log = [message(6, 2), change(7, 3, EntryKind::MemberAdded, 3), message(8, 3)];
    let effects = state.loaded_entries(&log);
    let batches =
        effects.iter().filter_map(|effect| if let Effect::Entries(batches) = effect { Some(batches) } else { None });
    assert_eq!(batches.flatten().flat_map(EntryBatch::entries).collect::<Vec<_>>(), log);
}

#[test]
fn a_clock_that_is_set_back_makes_nobody_wait() {
    let mut state = state();
    assert_eq!(apply_entries(&mut state, [message(7, 2)], 1_000_000), []);
    assert_eq!(state.tick(Timestamp(5)), [Effect::LoadEntries { after: Seq(5) }]);
}

/// One node read a part of what another committed at once.
#[test]
fn what_is_partly_known_is_read_and_not_cut_up() {
    let mut state = state();
    assert_eq!(apply_entries(&mut state, [message(5, 2), message(6, 2), message(7, 2)], 0), []);
    assert_eq!(state.pending(), 0);
    assert_eq!(state.tick(LATE), [Effect::LoadEntries { after: Seq(5) }]);
    assert_eq!(delivered(&state.loaded_entries(&[message(6, 2), message(7, 2)])), [6, 7]);
    // Waiting, and overtaken by a read.
    assert_eq!(apply_entries(&mut state, [message(9, 2), message(10, 2), message(11, 2)], 0), []);
    assert_eq!(state.tick(Timestamp(2_000)), [Effect::LoadEntries { after: Seq(7) }]);
    let effects = state.loaded_entries(&[message(8, 2), message(9, 2)]);
    assert_eq!(delivered(&effects), [8, 9]);
    assert_eq!(effects.last(), Some(&Effect::LoadEntries { after: Seq(9) }));
    assert_eq!(state.pending(), 0);
}

#[test]
fn of_two_runs_with_the_same_beginning_the_longer_is_kept() {
    let mut state = state();
    assert_eq!(apply_entries(&mut state, [message(7, 2), message(8, 2)], 0), []);
    assert_eq!(apply_entries(&mut state, [message(7, 2)], 0), []);
    assert_eq!(state.pending(), 2);
    assert_eq!(apply_entries(&mut state, [message(7, 2), message(8, 2), message(9, 2)], 0), []);
    assert_eq!(state.pending(), 3);
    assert_eq!(delivered(&apply_entries(&mut state, [message(6, 2)], 0)), [6, 7, 8, 9]);
}

#[test]
fn what_waits_is_bounded_in_bytes_too() {
    let mut state = state();
    let long = |seq| Entry { body: EntryBody::message("x".repeat(10_000)), ..message(seq, 2) };
    assert_eq!(apply_entries(&mut state, (7..1_007).map(long), 0), []);
    assert!((300..600).contains(&state.pending()), "{}", state.pending());
    assert!(delivered(&apply_entries(&mut state, [message(6, 2)], 0)).len() > 300, "the nearest are kept");
}

#[test]
fn an_entry_that_the_database_does_not_have_is_forgotten() {
    let mut state = state();
    assert_eq!(apply_entries(&mut state, [message(9, 2)], 0), []);
    assert_eq!(state.tick(LATE), [Effect::LoadEntries { after: Seq(5) }]);
    assert_eq!(state.loaded_entries(&[]), []);
    assert_eq!(state.head_is(Seq(5)), []);
    assert_eq!(delivered(&apply_entries(&mut state, [message(6, 2)], 0)), [6]);
}

#[test]
fn members_that_the_database_does_not_have_are_asked_for_once() {
    let mut state = state();
    assert_eq!(apply_entries(&mut state, [message(6, 9)], 0), [Effect::LoadMembers]);
    assert_eq!(state.loaded_members(snapshot(5, 2, vec![member(1, true)])), []);
    assert_eq!(delivered(&apply_entries(&mut state, [message(6, 2)], 0)), [6]);
}

#[test]
fn what_was_heard_while_an_older_read_was_under_way_is_kept() {
    let mut state = state();
    // The read begins before 6 is committed and so brings nothing; 6 and 7 are heard meanwhile, 6 with unknown members.
    assert!(state.resync().contains(&Effect::LoadEntries { after: Seq(5) }));
    assert_eq!(apply_entries(&mut state, [message(6, 4), message(7, 4)], 0), []);
    assert_eq!(state.loaded_entries(&[]), []);
    // The members' read was older too: one more is asked for.
    assert_eq!(state.loaded_members(snapshot(5, 2, vec![member(1, true)])), [Effect::LoadMembers]);
    assert_eq!(delivered(&state.loaded_members(snapshot(7, 4, vec![member(1, true)]))), [6, 7]);
}

#[test]
fn an_empty_answer_says_nothing_of_what_was_heard_after_the_question() {
    let mut state = state();
    assert!(state.resync().contains(&Effect::LoadEntries { after: Seq(5) }));
    // Committed and heard after the database was read; 6 got lost on the way.
    assert_eq!(apply_entries(&mut state, [message(7, 2)], 0), []);
    assert_eq!(state.loaded_entries(&[]), []);
    assert_eq!(state.tick(LATE), [Effect::LoadEntries { after: Seq(5) }]);
    assert_eq!(delivered(&state.loaded_entries(&[message(6, 2)])), [6, 7]);
}

#[test]
fn a_newcomer_with_newer_members_than_ours_waits_for_them() {
    let state = state();
    assert_eq!(state.admits(AccountId(2), 2), Some(true));
    assert_eq!(state.admits(AccountId(3), 2), Some(false));
    assert_eq!(state.admits(AccountId(3), 3), None);
}

#[test]
fn who_is_missing_from_newer_members_is_out_before_the_log_says_so() {
    let mut state = state();
    state.subscribe(SessionKey(1), AccountId(1), Timestamp(0));
    state.subscribe(SessionKey(2), AccountId(2), Timestamp(0));
    let effects = state.loaded_members(snapshot(6, 3, vec![member(1, true), member(2, false)]));
    assert_eq!(effects, [Effect::Remove { session: SessionKey(2) }, Effect::LoadEntries { after: Seq(5) }]);
}

#[test]
fn a_change_of_members_that_skips_a_version_is_not_taken_at_its_word() {
    let mut state = state();
    let effects = apply_entries(&mut state, [change(6, 4, EntryKind::MemberAdded, 3)], 0);
    assert_eq!(effects, [Effect::LoadMembers]);
}

#[test]
fn positions_only_move_forward_and_a_late_read_does_not_take_them_back() {
    let mut state = state();
    let read = |seq| RoomEvent::Read { account: AccountId(2), seq: Seq(seq), unread: 1 };
    let moved = state.on_event(read(4), Timestamp(0));
    assert_eq!(
        moved,
        [
            Effect::Read { account: AccountId(2), seq: Seq(4) },
            Effect::Unread { account: AccountId(2), read: Seq(4), count: 1 }
        ]
    );
    assert_eq!(state.on_event(read(3), Timestamp(0)), []);
    state.loaded_members(snapshot(5, 2, vec![member(1, true), member(2, true)]));
    let views = state.member_views();
    assert_eq!(views.iter().map(|view| view.read).collect::<Vec<_>>(), [None, Some(Seq(4))]);
}
