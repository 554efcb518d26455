//! The consequences of every new password, however it was set: codes and links end, sessions end, and a mail tells the person when and
//! from where it happened.

use super::{App, AppResult};
use crate::adapters::mail::{CameFrom, Line, Mail, PasswordChangedMail};
use crate::domain::{
    Account, AccountId, EmailAddress, EndReason, Entry, MailContent, Origin, RoomSubject, SessionId, Timestamp,
};
use crate::store::members::LockedRooms;
use crate::store::{Db, StoreResult, access_links, accounts, clock, mails, members, password_resets, sessions};

/// A checked and hashed password, and the mail about it.
#[derive(Clone)]
pub(super) struct NewPassword {
    account: AccountId,
    email: EmailAddress,
    hash: String,
    mail: MailContent,
    /// The time of the application's clock; codes and links expire by the database's clock.
    now: Timestamp,
}

pub(super) fn prepare(app: &App, account: &Account, hash: String, from: &Origin) -> AppResult<NewPassword> {
    let mail = app.write_mail(account.language, |portal| {
        let first_name = Line::of(&account.first_name);
        Ok(PasswordChangedMail { first_name, came_from: CameFrom::from(from), portal })
    })?;
    Ok(NewPassword { account: account.id, email: account.email.clone(), hash, mail, now: app.clock.now() })
}

/// Publishes what follows a password that a mailed code or link allowed. It is called after the commit.
pub(super) fn publish_reset(app: &App, account: AccountId, entries: Vec<(RoomSubject, Entry)>) {
    app.jobs.wake();
    super::sessions::publish_ended(app, account, None, None, EndReason::PasswordChanged);
    for (subject, entry) in entries {
        app.announce(subject, Some(entry));
    }
}

impl NewPassword {
    /// Locks the rooms that get an entry if this proves the address. Rooms are locked before the account's row.
    pub fn lock_rooms(&self, conn: &mut Db) -> StoreResult<LockedRooms> {
        members::lock_rooms_to_tell(conn, Some(self.account), None)
    }

    /// Writes the hash and so locks the account's row. Every operation locks codes, links and sessions after it.
    pub fn write(&self, conn: &mut Db) -> StoreResult<()> {
        accounts::set_password_hash(conn, self.account, &self.hash, self.now)
    }

    /// As [`NewPassword::write`], if the stored hash is still the proved one and the account is open; otherwise `false`.
    pub fn replace(&self, conn: &mut Db, proved: &str) -> StoreResult<bool> {
        accounts::replace_password_hash(conn, self.account, proved, &self.hash, self.now)
    }

    /// The rest of the same transaction. Every session of the account ends but `kept`.
    pub fn follow(&self, conn: &mut Db, kept: Option<SessionId>) -> StoreResult<()> {
        close_other_ways(conn, self.account)?;
        sessions::end_all(conn, self.account, kept, EndReason::PasswordChanged, self.now)?;
        mails::enqueue(conn, PasswordChangedMail::NAME, &self.email, &self.mail, self.now)?;
        Ok(())
    }

    /// As [`NewPassword::follow`], for a password that a mailed code or link allowed, which proves the address. Every session ends.
    /// Returns the entries for the rooms.
    pub fn follow_proof(&self, conn: &mut Db, rooms: &LockedRooms) -> StoreResult<Vec<(RoomSubject, Entry)>> {
        self.follow(conn, None)?;
        match accounts::prove_address(conn, self.account, self.now)? {
            true => members::publish_proved(conn, self.account, rooms, self.now),
            false => Ok(Vec::new()),
        }
    }
}

/// Ends the codes and links that are under way.
pub(super) fn close_other_ways(conn: &mut Db, account: AccountId) -> StoreResult<()> {
    let now = clock::now(conn)?;
    password_resets::end_all(conn, account, now)?;
    for mail in access_links::end_all(conn, account, now)? {
        mails::drop_queued(conn, mail)?;
    }
    Ok(())
}
