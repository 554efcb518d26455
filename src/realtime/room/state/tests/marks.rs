//! Typing and presence: time is given, so nothing waits.

use super::*;

const TYPING: RoomEvent = RoomEvent::Typing { account: AccountId(2), on: true };

fn presence(account: i64, online: bool, last_seen: Option<i64>) -> Effect {
    Effect::Presence { account: AccountId(account), online, last_seen: last_seen.map(Timestamp) }
}

fn typing(account: i64, on: bool) -> Effect {
    Effect::Typing { account: AccountId(account), on }
}

fn marks_of(effects: Vec<Effect>) -> Vec<Effect> {
    effects.into_iter().filter(|effect| matches!(effect, Effect::Presence { .. } | Effect::Typing { .. })).collect()
}

fn report(online: &[i64], at: i64) -> RoomEvent {
    let online = online.iter().map(|account| AccountId(*account)).collect();
    RoomEvent::Presence(PresenceReport { node: NodeId(2), online, at: Timestamp(at) })
}

#[test]
fn typing_is_forgotten_after_five_seconds_unless_repeated() {
    let mut state = state();
    assert_eq!(state.on_event(TYPING, Timestamp(0)), [typing(2, true)]);
    assert_eq!(marks_of(state.tick(Timestamp(4_999))), []);
    assert_eq!(state.on_event(TYPING, Timestamp(4_999)), [typing(2, true)]);
    assert_eq!(marks_of(state.tick(Timestamp(5_001))), []);
    assert_eq!(marks_of(state.tick(Timestamp(9_999))), [typing(2, false)]);
    assert_eq!(marks_of(state.tick(Timestamp(20_000))), []);
}

#[test]
fn typing_ends_with_the_message_with_the_last_device_and_with_the_membership() {
    let mut state = state();
    state.subscribe(SessionKey(1), AccountId(2), Timestamp(0));
    state.on_event(TYPING, Timestamp(0));
    assert_eq!(state.unsubscribe(SessionKey(1), Timestamp(1)), [typing(2, false)]);

    state.on_event(TYPING, Timestamp(1));
    let by_the_typist = Entry { author: Some(AccountId(2)), ..message(6, 2) };
    assert_eq!(delivered(&apply_entries(&mut state, [by_the_typist], 2)), [6]);
    assert!(!state.tick(Timestamp(10_000)).contains(&typing(2, false)), "the message says it");

    apply_entries(&mut state, [change(7, 3, EntryKind::MemberRemoved, 2)], 3);
    assert_eq!(state.on_event(TYPING, Timestamp(4)), [], "no longer a member");
}

#[test]
fn a_page_that_is_loaded_again_is_no_absence() {
    let mut state = state();
    assert_eq!(marks_of(state.subscribe(SessionKey(1), AccountId(2), Timestamp(0))), [presence(2, true, None)]);
    assert_eq!(
        marks_of(state.subscribe(SessionKey(2), AccountId(2), Timestamp(1))),
        [],
        "a second device is no arrival"
    );
    assert_eq!(marks_of(state.unsubscribe(SessionKey(1), Timestamp(1_000))), []);
    assert_eq!(marks_of(state.tick(Timestamp(30_000))), [], "the second device is still there");

    assert_eq!(marks_of(state.unsubscribe(SessionKey(2), Timestamp(31_000))), []);
    assert_eq!(marks_of(state.tick(Timestamp(35_999))), []);
    assert_eq!(marks_of(state.subscribe(SessionKey(3), AccountId(2), Timestamp(35_999))), [], "back within the grace");
    assert_eq!(marks_of(state.tick(Timestamp(60_000))), []);

    state.unsubscribe(SessionKey(3), Timestamp(61_000));
    assert_eq!(marks_of(state.tick(Timestamp(66_000))), [presence(2, false, Some(61_000))]);
}

#[test]
fn another_nodes_report_lives_for_its_lease() {
    let mut state = state();
    assert_eq!(marks_of(state.on_event(report(&[2], 0), Timestamp(0))), [presence(2, true, None)]);
    assert_eq!(marks_of(state.on_event(report(&[2], 50_000), Timestamp(50_000))), []);
    assert_eq!(marks_of(state.tick(Timestamp(109_999))), []);
    assert_eq!(marks_of(state.tick(Timestamp(110_000))), [presence(2, false, Some(110_000))], "that node died");

    state.on_event(report(&[2], 120_000), Timestamp(120_000));
    state.subscribe(SessionKey(1), AccountId(2), Timestamp(121_000));
    assert_eq!(marks_of(state.on_event(report(&[], 122_000), Timestamp(122_000))), [], "but they are here");
}

#[test]
fn a_report_of_somebody_who_is_no_member_is_not_told() {
    let mut state = state();
    assert_eq!(marks_of(state.on_event(report(&[9], 0), Timestamp(0))), []);
}

/// Another node knew earlier that they were added, and reported them when nobody here could be told.
#[test]
fn the_presence_of_a_newcomer_follows_on_the_entry_that_adds_them() {
    let mut state = state();
    assert_eq!(marks_of(state.on_event(report(&[9], 0), Timestamp(0))), []);
    let effects = apply_entries(&mut state, [change(6, 3, EntryKind::MemberAdded, 9), message(7, 3)], 0);
    let seqs: Vec<Vec<i64>> = effects.iter().map(|effect| delivered(std::slice::from_ref(effect))).collect();
    assert_eq!(seqs, [vec![6], vec![], vec![7]]);
    assert_eq!(marks_of(effects), [presence(9, true, None)]);
}

#[test]
fn the_own_report_is_made_on_arrival_and_renewed_before_its_lease_ends() {
    let own = |effects: &[Effect]| {
        let is_report = |effect: &&Effect| matches!(effect, Effect::Publish(RoomEvent::Presence(_)));
        effects.iter().filter(is_report).count()
    };
    let mut state = state();
    assert_eq!(own(&state.tick(Timestamp(0))), 0, "nobody is here");
    assert_eq!(own(&state.subscribe(SessionKey(1), AccountId(1), Timestamp(0))), 1);
    assert_eq!(own(&state.tick(Timestamp(49_999))), 0);
    assert_eq!(own(&state.tick(Timestamp(50_000))), 1);
    assert_eq!(own(&state.tick(Timestamp(51_000))), 0);
    assert_eq!(own(&state.on_event(RoomEvent::WhoIsThere, Timestamp(52_000))), 1);
}
