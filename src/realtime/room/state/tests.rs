mod marks;
mod schedules;

use super::delivery::MAX_PENDING;
use super::*;
use crate::domain::{EntryKind, Role};

pub const ROOM: RoomId = RoomId(7);
pub const TIMES: RoomTimes = RoomTimes { typing_ms: 5_000, presence_lease_ms: 60_000, presence_refresh_ms: 50_000 };

pub fn member(account: i64, active: bool) -> Member {
    Member {
        account: AccountId(account),
        name: format!("Member {account}"),
        role: Role::Broker,
        active,
        read: Seq(0),
        last_seen: None,
    }
}

pub fn snapshot(head: i64, acl_version: i64, members: Vec<Member>) -> Snapshot {
    Snapshot { transaction: TransactionId(1), head: Seq(head), acl_version, members }
}

pub fn message(seq: i64, acl_version: i64) -> Entry {
    Entry {
        room: ROOM,
        seq: Seq(seq),
        kind: EntryKind::Message,
        author: Some(AccountId(1)),
        nonce: Some(format!("n{seq}")),
        body: Some("text".to_owned()),
        data: None,
        at: Timestamp(seq),
        acl_version,
    }
}

pub fn change(seq: i64, acl_version: i64, kind: EntryKind, account: i64) -> Entry {
    let data = serde_json::json!({"account": account, "name": format!("Member {account}"), "role": "broker"});
    Entry { kind, nonce: None, body: None, data: Some(data), ..message(seq, acl_version) }
}

pub fn committed(entries: impl IntoIterator<Item = Entry>) -> RoomEvent {
    RoomEvent::Committed(entries.into_iter().map(Arc::new).collect())
}

/// Two members, head 5.
pub fn state() -> RoomState {
    RoomState::new(ROOM, NodeId(1), TIMES, snapshot(5, 2, vec![member(1, true), member(2, true)]))
}

pub fn delivered(effects: &[Effect]) -> Vec<i64> {
    let run = |effect: &Effect| if let Effect::Entries(entries) = effect { entries.clone() } else { Vec::new() };
    effects.iter().flat_map(run).map(|entry| entry.seq.0).collect()
}

#[test]
fn a_gap_is_filled_even_when_no_more_can_wait() {
    let mut state = state();
    let many = i64::try_from(MAX_PENDING).unwrap() + 100;
    let effects = state.hear(committed((7..7 + many).map(|seq| message(seq, 2))), Timestamp(0));
    assert_eq!(effects, [Effect::LoadEntries { after: Seq(5) }]);
    assert_eq!(state.pending.len(), MAX_PENDING);
    let effects = state.loaded_entries((6..=8).map(|seq| message(seq, 2)).collect());
    assert_eq!(delivered(&effects), (6..6 + i64::try_from(MAX_PENDING).unwrap()).collect::<Vec<_>>());
    assert!(matches!(effects.last(), Some(Effect::LoadEntries { .. })), "the rest is read");
}

#[test]
fn an_entry_that_the_database_does_not_have_is_forgotten() {
    let mut state = state();
    assert_eq!(state.hear(committed([message(9, 2)]), Timestamp(0)), [Effect::LoadEntries { after: Seq(5) }]);
    assert_eq!(state.loaded_entries(Vec::new()), []);
    assert_eq!(state.head_is(Seq(5)), []);
    assert_eq!(delivered(&state.hear(committed([message(6, 2)]), Timestamp(0))), [6]);
}

#[test]
fn members_that_the_database_does_not_have_are_asked_for_once() {
    let mut state = state();
    assert_eq!(state.hear(committed([message(6, 9)]), Timestamp(0)), [Effect::LoadMembers]);
    assert_eq!(state.loaded_members(snapshot(5, 2, vec![member(1, true)])), []);
    assert_eq!(delivered(&state.hear(committed([message(6, 2)]), Timestamp(0))), [6]);
}

#[test]
fn what_was_heard_while_an_older_read_was_under_way_is_kept() {
    let mut state = state();
    // The read begins before 6 is committed and so brings nothing; 6 and 7 are heard meanwhile, 6 with unknown members.
    assert!(state.look_again().contains(&Effect::LoadEntries { after: Seq(5) }));
    assert_eq!(state.hear(committed([message(6, 4), message(7, 4)]), Timestamp(0)), []);
    assert_eq!(state.loaded_entries(Vec::new()), []);
    // The members' read was older too: one more is asked for.
    assert_eq!(state.loaded_members(snapshot(5, 2, vec![member(1, true)])), [Effect::LoadMembers]);
    assert_eq!(delivered(&state.loaded_members(snapshot(7, 4, vec![member(1, true)]))), [6, 7]);
}

#[test]
fn an_empty_answer_says_nothing_of_what_was_heard_after_the_question() {
    let mut state = state();
    assert!(state.look_again().contains(&Effect::LoadEntries { after: Seq(5) }));
    // Committed and heard after the database was read; 6 got lost on the way.
    assert_eq!(state.hear(committed([message(7, 2)]), Timestamp(0)), []);
    assert_eq!(state.loaded_entries(Vec::new()), [Effect::LoadEntries { after: Seq(5) }]);
    assert_eq!(delivered(&state.loaded_entries(vec![message(6, 2)])), [6, 7]);
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
    let effects = state.hear(committed([change(6, 4, EntryKind::MemberAdded, 3)]), Timestamp(0));
    assert_eq!(effects, [Effect::LoadMembers]);
}

#[test]
fn positions_only_move_forward_and_a_late_read_does_not_take_them_back() {
    let mut state = state();
    let read = |seq| RoomEvent::Read { account: AccountId(2), seq: Seq(seq), unread: 1 };
    let moved = state.hear(read(4), Timestamp(0));
    assert_eq!(
        moved,
        [
            Effect::Read { account: AccountId(2), seq: Seq(4) },
            Effect::Unread { account: AccountId(2), read: Seq(4), count: 1 }
        ]
    );
    assert_eq!(state.hear(read(3), Timestamp(0)), []);
    state.loaded_members(snapshot(5, 2, vec![member(1, true), member(2, true)]));
    let views = state.member_views();
    assert_eq!(views.iter().map(|view| view.read).collect::<Vec<_>>(), [Seq(0), Seq(4)]);
}
