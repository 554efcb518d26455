//! The broker of an invitation hears of its mail.

use std::sync::Mutex;

use super::*;
use crate::domain::{AccessFlags, AccountChange, AccountId, ChangeSeq, InvitationId, Language, Role, TransactionKind};
use crate::store::account_changes::ChangeListener;
use crate::store::accounts::{self, AccountInsert};
use crate::store::invitations::{self, Draft};

/// The listener to the store's changes.
#[derive(Default)]
struct RecordingListener(Mutex<Vec<(AccountId, AccountChange)>>);

impl ChangeListener for RecordingListener {
    fn recorded(&self, account: AccountId, change: AccountChange) {
        self.0.lock().unwrap().push((account, change));
    }
}

/// A broker's invitation, whose mail this is. Gives both.
async fn invitation_with(f: &JobFixture, mail: MailId) -> (AccountId, InvitationId) {
    let address = |text: &str| EmailAddress::parse(text).unwrap();
    let broker = AccountInsert {
        email: address("ana@example.org"),
        role: Role::Broker,
        first_name: "Ana".to_owned(),
        last_name: "Test".to_owned(),
        phone: None,
        language: Language::En,
        password_hash: "-".to_owned(),
        email_verified_at: None,
    };
    let draft = Draft {
        first_name: "Claire".to_owned(),
        last_name: "Test".to_owned(),
        email: address("claire@example.org"),
        phone: None,
        project_type: TransactionKind::Sale,
        message: None,
        language: Language::En,
        transaction: None,
        access: AccessFlags::default(),
    };
    let made = move |conn: &mut Db| {
        let broker = accounts::insert(conn, &broker, START)?;
        let id = invitations::insert(conn, broker, &draft, START, START.plus_days(7))?;
        invitations::note_sent(conn, id, Some(mail), broker, START, START.plus_days(7))?;
        Ok((broker, id))
    };
    f.app.store.write(made).await.unwrap()
}

#[tokio::test]
async fn the_broker_is_told_when_the_mail_of_an_invitation_fails_is_given_up_or_leaves() {
    let answers = [Err(MailFailure::CONNECTION), Err(MailFailure::REFUSED_RECIPIENT), Ok(())];
    let mailer = RecordingMailer::answering(answers);
    let f = JobFixture::mailing(&mailer);
    let listener = Arc::new(RecordingListener::default());
    f.app.store.listen(listener.clone());
    let mail = f.enqueue().await;
    let (broker, id) = invitation_with(&f, mail).await;
    for told in 1..=2 {
        f.drain().await;
        f.pass(LONGEST_PAUSE);
        assert_eq!(listener.0.lock().unwrap().len(), told);
    }
    let now = f.app.clock.now();
    let retry = move |conn: &mut Db| crate::jobs::retry(conn, KINDS, SendMail::KIND, now);
    assert_eq!(f.app.store.write(retry).await.unwrap(), 1);
    assert_eq!(f.drain().await, SENT);
    // A mail that is of no invitation tells nobody.
    f.enqueue().await;
    assert_eq!(f.drain().await, SENT);
    let change = |seq| (broker, AccountChange { seq: Some(ChangeSeq(seq)), topic: "invitation".into(), id: id.0 });
    assert_eq!(*listener.0.lock().unwrap(), [change(1), change(2), change(3)]);
}
