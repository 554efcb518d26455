//! Names that change: told late, twice, in the wrong order, or not at all.

use super::*;

fn renamed(account: i64, name: &str, at: i64) -> RoomEvent {
    RoomEvent::Renamed { account: AccountId(account), name: name.to_owned(), at: Timestamp(at) }
}

fn named(account: i64, name: &str) -> Effect {
    Effect::Named { account: AccountId(account), name: name.to_owned() }
}

/// As the database has them.
fn called(account: i64, active: bool, name: &str, at: i64) -> Member {
    Member { name: name.to_owned(), named_at: Some(Timestamp(at)), ..member(account, active) }
}

fn names(effects: Vec<Effect>) -> Vec<Effect> {
    effects.into_iter().filter(|effect| matches!(effect, Effect::Named { .. })).collect()
}

fn name_of(state: &RoomState, account: i64) -> String {
    state.member_views().into_iter().find(|view| view.account == AccountId(account)).unwrap().name
}

#[test]
fn of_two_names_the_later_one_counts_whatever_comes_last() {
    let mut state = state();
    assert_eq!(state.on_event(renamed(2, "Anne", 20), Timestamp(0)), [named(2, "Anne")]);
    for (name, at) in [("Anne", 20), ("Member 2", 10), ("Anja", 20)] {
        assert_eq!(state.on_event(renamed(2, name, at), Timestamp(0)), [], "{name}");
    }
    assert_eq!(state.on_event(renamed(2, "Anne", 30), Timestamp(0)), [], "the same name is no news");
    assert_eq!(name_of(&state, 2), "Anne");
}

#[test]
fn members_that_are_read_tell_what_the_bus_did_not() {
    let mut state = state();
    state.renew_members();
    let members = vec![member(1, true), called(2, true, "Anne", 20)];
    assert_eq!(state.loaded_members(snapshot(5, 2, members)), [named(2, "Anne")]);

    // A read that began before the change does not take it back.
    state.renew_members();
    state.on_event(renamed(2, "Anja", 30), Timestamp(0));
    let members = vec![member(1, true), called(2, true, "Anne", 20)];
    assert_eq!(state.loaded_members(snapshot(5, 2, members)), []);
    assert_eq!(name_of(&state, 2), "Anja");
}

#[test]
fn who_takes_part_no_more_is_not_told_of() {
    let mut state = state();
    apply_entries(&mut state, [change(6, 3, EntryKind::MemberRemoved, 2)], 0);
    assert_eq!(state.on_event(renamed(2, "Anne", 20), Timestamp(0)), []);
    state.renew_members();
    let members = vec![member(1, true), called(2, false, "Anja", 30)];
    assert_eq!(names(state.loaded_members(snapshot(6, 3, members))), []);
}

#[test]
fn a_name_of_nobody_here_makes_the_room_look() {
    let mut state = state();
    assert_eq!(state.on_event(renamed(9, "Zoe", 20), Timestamp(0)), [Effect::LoadMembers]);
}

#[test]
fn an_entry_with_another_name_than_the_known_one_waits_for_the_database() {
    let mut state = state();
    apply_entries(&mut state, [change(6, 3, EntryKind::MemberRemoved, 2)], 0);
    let back = |name: &str| {
        let data = serde_json::json!({"account": 2, "name": name, "role": "broker"});
        Entry {
            body: EntryBody::from_parts("member_added".to_owned(), None, Some(data)),
            ..change(7, 4, EntryKind::MemberAdded, 2)
        }
    };
    assert_eq!(apply_entries(&mut state, [back("Anne")], 0), [Effect::LoadMembers]);
    // It was changed once more since the entry was written: the name follows on the entry.
    let effects = state.loaded_members(snapshot(7, 4, vec![member(1, true), called(2, true, "Anja", 30)]));
    assert_eq!(delivered(&effects), [7]);
    let place = |wanted: fn(&Effect) -> bool| effects.iter().position(wanted).unwrap();
    assert!(place(|e| matches!(e, Effect::Entries(_))) < place(|e| matches!(e, Effect::Named { .. })));
    assert_eq!(names(effects), [named(2, "Anja")]);
}
