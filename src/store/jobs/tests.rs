use super::*;
use crate::domain::{MailId, SendMail};
use crate::store::testing::TestStore;

const NOW: Timestamp = Timestamp(1_800_000_000_000);
const LEASE: i64 = 60_000;
const KIND: &str = SendMail::KIND;
const MINUTE: i64 = 60_000;

fn put(test: &TestStore, mail: i64, now: Timestamp) -> bool {
    let payload = SendMail { mail: MailId(mail) };
    test.store.write_blocking(|conn| enqueue(conn, &payload, Some(&mail.to_string()), now, now)).unwrap()
}

fn take(test: &TestStore, now: Timestamp) -> Option<ClaimedJob> {
    test.store.write_blocking(|conn| claim(conn, KIND, now, LEASE)).unwrap()
}

fn all_counts(test: &TestStore) -> Vec<(String, JobState, i64)> {
    let counts = test.store.write_blocking(counts).unwrap();
    counts.into_iter().map(|row| (row.kind, row.state, row.count)).collect()
}

#[test]
fn a_job_exists_only_if_its_transaction_committed_and_once_for_its_key() {
    let test = TestStore::open();
    let failed: StoreResult<()> = test.store.write_blocking(|conn| {
        enqueue(conn, &SendMail { mail: MailId(1) }, None, NOW, NOW)?;
        Err(crate::domain::Code::InvitationPending.into())
    });
    assert!(failed.is_err());
    assert_eq!(take(&test, NOW), None);
    assert!(put(&test, 7, NOW));
    assert!(!put(&test, 7, NOW));
    assert_eq!(test.store.write_blocking(|conn| due_kinds(conn, NOW)).unwrap(), [KIND]);
    let job = take(&test, NOW).unwrap();
    assert_eq!((job.attempts, job.tries, job.payload.as_str()), (1, 1, r#"{"mail":7}"#));
    assert!(test.store.write_blocking(|conn| due_kinds(conn, NOW)).unwrap().is_empty());
}

#[test]
fn a_lease_keeps_others_away_and_a_stale_run_reports_nothing() {
    let test = TestStore::open();
    put(&test, 1, NOW);
    let stale = take(&test, NOW).unwrap();
    assert_eq!(take(&test, NOW.plus_ms(LEASE - 1)), None);
    let later = NOW.plus_ms(LEASE);
    let fresh = take(&test, later).unwrap();
    assert_eq!(fresh.attempts, 2);
    let store = &test.store;
    assert!(!store.write_blocking(|conn| finish(conn, &stale, later)).unwrap());
    assert!(!store.write_blocking(|conn| retry(conn, &stale, later, "x")).unwrap());
    assert!(!store.write_blocking(|conn| postpone(conn, &stale, later)).unwrap());
    assert!(!store.write_blocking(|conn| park(conn, &stale, "x", later)).unwrap());
    assert!(store.write_blocking(|conn| finish(conn, &fresh, later)).unwrap());
    assert_eq!(all_counts(&test), [(KIND.to_owned(), JobState::Done, 1)]);
}

#[test]
fn a_retry_waits_and_one_that_came_too_early_does_not_count() {
    let test = TestStore::open();
    put(&test, 1, NOW);
    let first = take(&test, NOW).unwrap();
    let due = NOW.plus_ms(30_000);
    assert!(test.store.write_blocking(|conn| retry(conn, &first, due, "smtp_timeout")).unwrap());
    assert_eq!(take(&test, due.plus_ms(-1)), None);
    let second = take(&test, due).unwrap();
    assert_eq!((second.attempts, second.tries), (2, 2));
    assert!(test.store.write_blocking(|conn| postpone(conn, &second, due)).unwrap());
    let third = take(&test, due).unwrap();
    assert_eq!((third.attempts, third.tries), (3, 2));
}

#[test]
fn the_job_that_has_been_due_for_longest_comes_first() {
    let test = TestStore::open();
    for (mail, due) in [(1, 30), (2, 10), (3, 10), (4, 20)] {
        put(&test, mail, NOW.plus_ms(due));
    }
    let taken: Vec<String> = std::iter::from_fn(|| take(&test, NOW.plus_ms(30))).map(|job| job.payload).collect();
    let expected = [2, 3, 4, 1].map(|mail| format!(r#"{{"mail":{mail}}}"#));
    assert_eq!(taken, expected);
}

/// PostgreSQL needs SKIP LOCKED for this.
#[test]
fn no_job_is_claimed_twice() {
    let test = TestStore::open();
    (0..40).for_each(|mail| assert!(put(&test, mail, NOW)));
    let mut claimed: Vec<i64> = std::thread::scope(|scope| {
        let claimers: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| std::iter::from_fn(|| take(&test, NOW)).map(|job| job.id).collect::<Vec<_>>()))
            .collect();
        claimers.into_iter().flat_map(|claimer| claimer.join().unwrap()).collect()
    });
    claimed.sort_unstable();
    let count = claimed.len();
    claimed.dedup();
    assert_eq!((count, claimed.len()), (40, 40));
}

#[test]
fn a_slot_is_made_once_and_missed_ones_are_caught_up_by_one() {
    let test = TestStore::open();
    let make = |at: Timestamp| {
        let slot = slot_at(at, MINUTE);
        test.store.write_blocking(|conn| enqueue_slot(conn, KIND, &slot, at)).unwrap()
    };
    assert!(make(NOW));
    assert!(!make(NOW.plus_ms(MINUTE - 1)), "the same slot");
    assert!(!make(NOW.plus_ms(MINUTE)), "the one before has not been run");
    let job = take(&test, NOW).unwrap();
    test.store.write_blocking(|conn| finish(conn, &job, NOW)).unwrap();
    assert!(!make(NOW), "it was run");
    // No worker ran for an hour.
    assert!(make(NOW.plus_ms(60 * MINUTE)));
    assert!(!make(NOW.plus_ms(60 * MINUTE)));
}

#[test]
fn old_jobs_are_forgotten_but_the_newest_of_a_kind_and_those_that_wait() {
    let test = TestStore::open();
    for mail in 0..3 {
        put(&test, mail, NOW);
        let job = take(&test, NOW).unwrap();
        test.store.write_blocking(|conn| finish(conn, &job, NOW)).unwrap();
    }
    put(&test, 3, NOW);
    let job = take(&test, NOW).unwrap();
    test.store.write_blocking(|conn| park(conn, &job, "smtp_refused", NOW)).unwrap();
    let forget = |done: i64, parked: i64| {
        test.store.write_blocking(|conn| prune(conn, NOW.plus_ms(done), NOW.plus_ms(parked))).unwrap();
    };
    forget(0, 0);
    assert_eq!(all_counts(&test).iter().map(|(_, _, count)| count).sum::<i64>(), 4);
    put(&test, 4, NOW);
    forget(1, 0);
    let kind = KIND.to_owned();
    assert_eq!(all_counts(&test), [(kind.clone(), JobState::Parked, 1), (kind.clone(), JobState::Queued, 1)]);
    forget(1, 1);
    assert_eq!(all_counts(&test), [(kind.clone(), JobState::Queued, 1)]);
    let newest = take(&test, NOW).unwrap();
    test.store.write_blocking(|conn| finish(conn, &newest, NOW)).unwrap();
    forget(1, 1);
    assert_eq!(all_counts(&test), [(kind, JobState::Done, 1)], "it says that its slot was run");
}

#[test]
fn a_parked_job_is_listed_and_can_be_made_due_with_all_its_tries() {
    let test = TestStore::open();
    put(&test, 1, NOW);
    let job = take(&test, NOW).unwrap();
    test.store.write_blocking(|conn| park(conn, &job, "smtp_refused", NOW)).unwrap();
    let listed = test.store.write_blocking(parked).unwrap();
    assert_eq!((listed[0].id, listed[0].error_code.as_deref()), (job.id, Some("smtp_refused")));
    for which in [KIND.to_owned(), job.id.to_string()] {
        let found = test.store.write_blocking(|conn| revivable(conn, &which, NOW)).unwrap();
        assert_eq!(found.len(), 1, "{which}");
    }
    assert!(test.store.write_blocking(|conn| revivable(conn, "another", NOW)).unwrap().is_empty());
    test.store.write_blocking(|conn| revive(conn, job.id, NOW)).unwrap();
    let again = take(&test, NOW).unwrap();
    assert_eq!((again.attempts, again.tries), (2, 1));
    // A running job may not be taken.
    assert!(test.store.write_blocking(|conn| revivable(conn, KIND, NOW)).unwrap().is_empty());
}
