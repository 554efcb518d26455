use std::sync::Mutex;

use super::*;
use crate::domain::{EmailAddress, Language, Role};
use crate::store::accounts;
use crate::store::testing::TestStore;

const NOW: Timestamp = Timestamp(1_800_000_000_000);

#[derive(Default)]
struct Notes(Mutex<Vec<(AccountId, i64, i64)>>);

impl ChangeListener for Notes {
    fn recorded(&self, account: AccountId, change: AccountChange) {
        self.0.lock().unwrap().push((account, change.seq.unwrap().0, change.id));
    }
}

fn account(test: &TestStore, name: &str) -> AccountId {
    let new = accounts::AccountInsert {
        email: EmailAddress::parse(&format!("{name}@example.org")).unwrap(),
        role: Role::Broker,
        first_name: name.to_owned(),
        last_name: "Test".to_owned(),
        phone: None,
        language: Language::En,
        password_hash: "-".to_owned(),
        email_verified_at: None,
    };
    test.store.write_blocking(|conn| accounts::insert(conn, &new, NOW)).unwrap()
}

fn told(test: &TestStore, account: AccountId, ids: &[i64], now: Timestamp) {
    for id in ids {
        test.store.write_blocking(|conn| record(conn, [account], Topic::Invitation, *id, now)).unwrap();
    }
}

fn numbers(kept: &Kept) -> Vec<(i64, i64)> {
    kept.changes.iter().map(|change| (change.seq.unwrap().0, change.id)).collect()
}

fn missed_by(test: &TestStore, account: AccountId, after: Option<i64>, most: i64) -> Option<Kept> {
    let asked = Asked { account, after: after.map(ChangeSeq), always: false };
    test.store.write_blocking(|conn| missed(conn, &[asked], most)).unwrap().pop()
}

#[test]
fn each_account_counts_its_own_changes_without_a_hole() {
    let test = TestStore::open();
    let (ana, ben) = (account(&test, "ana"), account(&test, "ben"));
    let notes = Arc::new(Notes::default());
    test.store.listen(notes.clone());
    told(&test, ana, &[7], NOW);
    let several = [(ben, 1), (ana, 8), (ben, 2), (ben, 1), (ana, 9)];
    let several = several.map(|(account, id)| NewChange { account, topic: Topic::Transaction, id });
    test.store.write_blocking(|conn| record_all(conn, several, NOW)).unwrap();
    test.store.write_blocking(|conn| record(conn, [], Topic::Client, 1, NOW)).unwrap();

    let expected = [(ana, 1, 7), (ana, 2, 8), (ana, 3, 9), (ben, 1, 1), (ben, 2, 2)];
    let mut heard = notes.0.lock().unwrap().clone();
    heard.sort_unstable();
    assert_eq!(heard, expected, "each once, after the commit");
    assert_eq!(numbers(&missed_by(&test, ana, Some(0), 100).unwrap()), [(1, 7), (2, 8), (3, 9)]);
    assert_eq!(numbers(&missed_by(&test, ana, Some(2), 100).unwrap()), [(3, 9)]);
    assert_eq!(missed_by(&test, ben, Some(2), 100), None, "nothing is missed");
    let topics = missed_by(&test, ana, Some(0), 100).unwrap().changes.into_iter().map(|change| change.topic);
    assert_eq!(topics.collect::<Vec<_>>(), ["invitation", "transaction", "transaction"]);
}

#[test]
fn what_is_not_committed_has_no_number_and_is_not_told() {
    let test = TestStore::open();
    let ana = account(&test, "ana");
    let notes = Arc::new(Notes::default());
    test.store.listen(notes.clone());
    let failed: StoreResult<()> = test.store.write_blocking(|conn| {
        record(conn, [ana], Topic::Invitation, 1, NOW)?;
        Err(crate::domain::Code::InvitationPending.into())
    });
    assert!(failed.is_err());
    told(&test, ana, &[2], NOW);
    assert_eq!(*notes.0.lock().unwrap(), [(ana, 1, 2)]);
}

#[test]
fn only_the_newest_are_read_and_a_head_can_be_asked_for() {
    let test = TestStore::open();
    let (ana, ben) = (account(&test, "ana"), account(&test, "ben"));
    told(&test, ana, &[1, 2, 3, 4, 5], NOW);
    let found = missed_by(&test, ana, Some(1), 2).unwrap();
    assert_eq!((found.head, numbers(&found)), (ChangeSeq(5), vec![(4, 4), (5, 5)]));
    let asked = |account, after: Option<i64>| Asked { account, after: after.map(ChangeSeq), always: true };
    let all = [asked(ana, None), asked(ben, Some(3))];
    let found = test.store.write_blocking(|conn| missed(conn, &all, 9)).unwrap();
    let heads: Vec<_> = found.iter().map(|kept| (kept.account, kept.head.0, kept.changes.len())).collect();
    assert_eq!(heads, [(ana, 5, 0), (ben, 0, 0)]);
    let head = |account| test.store.write_blocking(|conn| head(conn, account)).unwrap();
    assert_eq!((head(ana), head(ben)), (ChangeSeq(5), ChangeSeq(0)));
}

#[test]
fn old_changes_are_forgotten_in_parts_and_the_numbers_go_on() {
    let test = TestStore::open();
    let ana = account(&test, "ana");
    told(&test, ana, &[1, 2, 3], NOW);
    told(&test, ana, &[4], NOW.plus_ms(1));
    let prune = |most| test.store.write_blocking(|conn| prune(conn, NOW.plus_ms(1), most)).unwrap();
    assert_eq!((prune(2), prune(2), prune(2)), (2, 1, 0));
    told(&test, ana, &[5], NOW.plus_ms(2));
    let found = missed_by(&test, ana, Some(0), 100).unwrap();
    assert_eq!((found.head, numbers(&found)), (ChangeSeq(5), vec![(4, 4), (5, 5)]));
}

#[test]
fn a_topic_of_another_version_is_read_as_it_stands() {
    let test = TestStore::open();
    let ana = account(&test, "ana");
    told(&test, ana, &[1], NOW);
    test.store
        .write_blocking(|conn| crate::store::testing::execute(conn, "UPDATE account_changes SET topic = 'later'"))
        .unwrap();
    assert_eq!(missed_by(&test, ana, Some(0), 100).unwrap().changes[0].topic, "later");
}

/// Two that name the same people in another order: each waits for the other at most once.
#[test]
fn operations_that_tell_the_same_people_wait_for_no_circle() {
    let test = TestStore::open();
    let people: Vec<AccountId> = ["ana", "ben", "carl", "dora"].map(|name| account(&test, name)).to_vec();
    std::thread::scope(|scope| {
        for way in 0..4 {
            let (store, mut those) = (test.store.clone(), people.clone());
            those.rotate_left(way);
            scope.spawn(move || {
                for id in 0..25 {
                    let those = those.clone();
                    store.write_blocking(|conn| record(conn, those.clone(), Topic::Transaction, id, NOW)).unwrap();
                }
            });
        }
    });
    for account in people {
        let found = missed_by(&test, account, Some(0), 1000).unwrap();
        assert_eq!(found.changes.iter().map(|c| c.seq.unwrap().0).collect::<Vec<_>>(), (1..=100).collect::<Vec<_>>());
    }
}
