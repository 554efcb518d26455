use super::*;
use crate::store::testing::TestStore;

const NOW: Timestamp = Timestamp(1_800_000_000_000);
const LEASE: i64 = 60_000;

fn mail(subject: &str) -> MailContent {
    MailContent { subject: subject.to_owned(), text: "the text".to_owned(), html: "<p>the text</p>".to_owned() }
}

fn put(test: &TestStore, subject: &str, now: Timestamp) -> MailId {
    let to = EmailAddress::parse("claire@example.org").unwrap();
    test.store.write_blocking(|conn| enqueue(conn, "invitation", &to, &mail(subject), now)).unwrap()
}

fn claim(test: &TestStore, now: Timestamp) -> Vec<ClaimedMail> {
    test.store.write_blocking(|conn| claim_due(conn, now, LEASE, 20)).unwrap()
}

fn bodies(test: &TestStore, id: MailId) -> (Option<String>, Option<String>) {
    let query = mails::table.find(id).select((mails::body_text, mails::body_html));
    test.store.write_blocking(|conn| Ok(query.first(conn)?)).unwrap()
}

fn state(test: &TestStore, id: MailId) -> MailDelivery {
    test.store.write_blocking(|conn| delivery(conn, id)).unwrap().unwrap()
}

#[test]
fn a_mail_exists_only_if_its_transaction_committed() {
    let test = TestStore::open();
    let to = EmailAddress::parse("claire@example.org").unwrap();
    let failed: StoreResult<()> = test.store.write_blocking(|conn| {
        enqueue(conn, "invitation", &to, &mail("lost"), NOW)?;
        Err(crate::domain::Code::InvitationPending.into())
    });
    assert!(failed.is_err());
    assert!(claim(&test, NOW).is_empty());
    put(&test, "kept", NOW);
    assert!(test.store.write_blocking(|conn| is_any_due(conn, NOW)).unwrap());
    assert_eq!(claim(&test, NOW).len(), 1);
}

#[test]
fn a_lease_keeps_others_away_until_it_ends() {
    let test = TestStore::open();
    let id = put(&test, "one", NOW);
    let first = claim(&test, NOW);
    assert_eq!((first[0].id, first[0].attempts, first[0].message_id.len()), (id, 1, 32));
    assert!(claim(&test, NOW.plus_ms(LEASE - 1)).is_empty());
    let second = claim(&test, NOW.plus_ms(LEASE));
    assert_eq!(second[0].attempts, 2);
    assert_eq!(second[0].message_id, first[0].message_id);
}

#[test]
fn a_stale_worker_cannot_overwrite() {
    let test = TestStore::open();
    let id = put(&test, "one", NOW);
    let stale = claim(&test, NOW).remove(0);
    let later = NOW.plus_ms(LEASE);
    let fresh = claim(&test, later).remove(0);
    let store = &test.store;
    assert!(!store.write_blocking(|conn| mark_sent(conn, id, stale.attempts, later)).unwrap());
    assert!(!store.write_blocking(|conn| mark_parked(conn, id, stale.attempts, "smtp_refused")).unwrap());
    assert!(!store.write_blocking(|conn| mark_retry(conn, id, stale.attempts, later, "smtp_timeout")).unwrap());
    assert_eq!(state(&test, id).state, MailState::Queued);
    assert!(store.write_blocking(|conn| mark_sent(conn, id, fresh.attempts, later)).unwrap());
    assert_eq!(state(&test, id).state, MailState::Sent);
}

#[test]
fn sending_and_dropping_empty_the_bodies() {
    let test = TestStore::open();
    let sent = put(&test, "sent", NOW);
    let claimed = claim(&test, NOW).remove(0);
    assert_eq!(claimed.content, mail("sent"));
    test.store.write_blocking(|conn| mark_sent(conn, sent, 1, NOW)).unwrap();
    assert_eq!(bodies(&test, sent), (None, None));

    let dropped = put(&test, "dropped", NOW);
    let underway = claim(&test, NOW).remove(0);
    test.store.write_blocking(|conn| drop_queued(conn, dropped)).unwrap();
    assert_eq!(bodies(&test, dropped), (None, None));
    // It was just being sent: its end does not bring it back.
    assert!(!test.store.write_blocking(|conn| mark_retry(conn, dropped, underway.attempts, NOW, "x")).unwrap());
    test.store.write_blocking(|conn| drop_queued(conn, sent)).unwrap();
    assert_eq!(state(&test, sent).state, MailState::Sent);

    assert_eq!(test.store.write_blocking(backlog).unwrap(), Backlog::default());
}

#[test]
fn a_retry_waits_and_tells_why() {
    let test = TestStore::open();
    let id = put(&test, "one", NOW);
    let first = claim(&test, NOW).remove(0);
    let due = NOW.plus_ms(backoff_ms(first.attempts));
    test.store.write_blocking(|conn| mark_retry(conn, id, 1, due, "smtp_connection")).unwrap();
    assert!(claim(&test, due.plus_ms(-1)).is_empty());
    assert_eq!(state(&test, id).error.as_deref(), Some("smtp_connection"));
    assert_eq!(claim(&test, due)[0].attempts, 2);
}

#[test]
fn the_backlog_is_what_has_not_left() {
    let test = TestStore::open();
    let parked = put(&test, "parked", NOW);
    claim(&test, NOW);
    test.store.write_blocking(|conn| mark_parked(conn, parked, 1, "smtp_refused")).unwrap();
    put(&test, "older", NOW.plus_ms(1));
    put(&test, "newer", NOW.plus_ms(2));
    let expected = Backlog { queued: 2, parked: 1, oldest: Some(NOW.plus_ms(1)) };
    assert_eq!(test.store.write_blocking(backlog).unwrap(), expected);
}

#[test]
fn backoff_doubles_up_to_an_hour() {
    let seconds: Vec<i64> = (1..=9).map(|n| backoff_ms(n) / 1000).collect();
    assert_eq!(seconds, [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
    assert_eq!(backoff_ms(i32::MAX), 3_600_000);
}

/// Eight claimers, forty mails: each mail goes to exactly one. On PostgreSQL this is what SKIP LOCKED is for.
#[test]
fn no_mail_is_claimed_twice() {
    let test = TestStore::open();
    for n in 0..40 {
        put(&test, &format!("mail {n}"), NOW);
    }
    let mut claimed: Vec<MailId> = std::thread::scope(|scope| {
        let claimers: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let mut mine = Vec::new();
                    loop {
                        let some = test.store.write_blocking(|conn| claim_due(conn, NOW, LEASE, 3)).unwrap();
                        if some.is_empty() {
                            return mine;
                        }
                        mine.extend(some.into_iter().map(|m| m.id));
                    }
                })
            })
            .collect();
        claimers.into_iter().flat_map(|c| c.join().unwrap()).collect()
    });
    assert_eq!(claimed.len(), 40);
    claimed.sort();
    claimed.dedup();
    assert_eq!(claimed.len(), 40);
}

#[test]
fn the_demo_mailbox_takes_a_repeated_attempt_once() {
    use crate::store::demo_mails;
    let test = TestStore::open();
    let to = EmailAddress::parse("claire@example.org").unwrap();
    for (id, subject) in [("a", "first"), ("b", "second"), ("b", "second")] {
        test.store.write_blocking(|conn| demo_mails::insert(conn, id, &to, &mail(subject), NOW)).unwrap();
    }
    let listed = test.store.write_blocking(demo_mails::list).unwrap();
    assert_eq!(listed.iter().map(|m| m.subject.as_str()).collect::<Vec<_>>(), ["second", "first"]);
    let found = test.store.write_blocking(|conn| demo_mails::find(conn, listed[0].id)).unwrap().unwrap();
    assert_eq!((found.text.as_str(), found.html.as_str()), ("the text", "<p>the text</p>"));
    assert!(test.store.write_blocking(|conn| demo_mails::find(conn, 999)).unwrap().is_none());
}
