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

fn attempt(test: &TestStore, id: MailId, now: Timestamp) -> MailClaim {
    test.store.write_blocking(|conn| claim(conn, id, now, LEASE)).unwrap()
}

fn taken(test: &TestStore, id: MailId, now: Timestamp) -> ClaimedMail {
    match attempt(test, id, now) {
        MailClaim::Mine(mail) => mail,
        MailClaim::NotBefore(at) => panic!("not before {at:?}"),
        MailClaim::Nothing => panic!("nothing to send"),
    }
}

/// The jobs that are due.
fn due(test: &TestStore, now: Timestamp) -> Vec<String> {
    test.store.write_blocking(|conn| jobs::due_kinds(conn, now)).unwrap()
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
    assert!(due(&test, NOW).is_empty());
    assert_eq!(test.store.write_blocking(backlog).unwrap(), Backlog::default());
    let id = put(&test, "kept", NOW);
    assert_eq!(due(&test, NOW), [SendMail::KIND]);
    assert_eq!(taken(&test, id, NOW).content, mail("kept"));
}

#[test]
fn a_lease_keeps_others_away_until_it_ends() {
    let test = TestStore::open();
    let id = put(&test, "one", NOW);
    let first = taken(&test, id, NOW);
    assert_eq!((first.id, first.attempts, first.message_id.len()), (id, 1, 32));
    let end = NOW.plus_ms(LEASE);
    assert!(matches!(attempt(&test, id, end.plus_ms(-1)), MailClaim::NotBefore(at) if at == end));
    let second = taken(&test, id, end);
    assert_eq!((second.attempts, second.message_id), (2, first.message_id));
}

#[test]
fn a_stale_worker_cannot_overwrite() {
    let test = TestStore::open();
    let id = put(&test, "one", NOW);
    let stale = taken(&test, id, NOW);
    let later = NOW.plus_ms(LEASE);
    let fresh = taken(&test, id, later);
    let store = &test.store;
    assert!(!store.write_blocking(|conn| mark_sent(conn, id, stale.attempts, later)).unwrap());
    assert!(!store.write_blocking(|conn| mark_retry(conn, id, stale.attempts, later, "smtp_timeout")).unwrap());
    assert_eq!(state(&test, id).state, MailState::Queued);
    assert!(store.write_blocking(|conn| mark_sent(conn, id, fresh.attempts, later)).unwrap());
    assert_eq!(state(&test, id).state, MailState::Sent);
    assert!(matches!(attempt(&test, id, later.plus_ms(LEASE)), MailClaim::Nothing));
}

#[test]
fn sending_and_dropping_empty_the_bodies() {
    let test = TestStore::open();
    let sent = put(&test, "sent", NOW);
    assert_eq!(taken(&test, sent, NOW).content, mail("sent"));
    test.store.write_blocking(|conn| mark_sent(conn, sent, 1, NOW)).unwrap();
    assert_eq!(bodies(&test, sent), (None, None));

    let dropped = put(&test, "dropped", NOW);
    let underway = taken(&test, dropped, NOW);
    test.store.write_blocking(|conn| drop_queued(conn, dropped)).unwrap();
    assert_eq!(bodies(&test, dropped), (None, None));
    // The mail was just being sent; the end of that attempt does not bring it back.
    assert!(!test.store.write_blocking(|conn| mark_retry(conn, dropped, underway.attempts, NOW, "x")).unwrap());
    test.store.write_blocking(|conn| drop_queued(conn, sent)).unwrap();
    assert_eq!(state(&test, sent).state, MailState::Sent);

    assert_eq!(test.store.write_blocking(backlog).unwrap(), Backlog::default());
}

#[test]
fn a_retry_waits_and_tells_why() {
    let test = TestStore::open();
    let id = put(&test, "one", NOW);
    taken(&test, id, NOW);
    let due = NOW.plus_ms(30_000);
    test.store.write_blocking(|conn| mark_retry(conn, id, 1, due, "smtp_connection")).unwrap();
    assert!(matches!(attempt(&test, id, due.plus_ms(-1)), MailClaim::NotBefore(at) if at == due));
    assert_eq!(state(&test, id).error.as_deref(), Some("smtp_connection"));
    assert_eq!(taken(&test, id, due).attempts, 2);
}

#[test]
fn the_backlog_is_what_has_not_left() {
    let test = TestStore::open();
    let parked = put(&test, "parked", NOW);
    test.store.write_blocking(|conn| park(conn, parked, "smtp_refused")).unwrap();
    put(&test, "older", NOW.plus_ms(1));
    put(&test, "newer", NOW.plus_ms(2));
    let expected = Backlog { queued: 2, parked: 1, oldest: Some(NOW.plus_ms(1)) };
    assert_eq!(test.store.write_blocking(backlog).unwrap(), expected);
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
