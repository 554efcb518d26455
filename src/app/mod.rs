//! The operations: functions that check who may, run one transaction, and publish its events. HTTP, sockets, jobs and commands
//! call them. This layer knows neither HTTP nor actors: after the commit an operation publishes an event, and listeners react.

mod access;
pub mod access_links;
pub mod account_changes;
pub mod accounts;
mod bus_keys;
pub mod clients;
pub mod demo;
mod error;
pub mod housekeeping;
pub mod invitation_links;
pub mod invitations;
pub mod job_queue;
mod lately_refused;
mod mail_orders;
pub mod me;
pub mod messages;
mod metrics;
mod new_passwords;
pub mod participants;
pub mod participation_requests;
pub mod password_resets;
mod passwords;
mod post_rates;
mod reads;
mod renames;
mod security_log;
pub mod sessions;
pub mod setup;
mod throttle;
pub mod transaction_changes;
pub mod transactions;

use std::sync::Arc;

use tokio::sync::OnceCell;

pub use access::Access;
pub use access_links::{AccessView, can_be_sent_to};
pub use accounts::NewAccount;
pub use bus_keys::{first_bus_keys, new_bus_secret, renew_bus_keys};
pub use demo::DemoAccounts;
pub use error::{AppError, AppResult};
pub use invitation_links::{Activated, Activation, InvitedView, Invitee};
pub use invitations::{InvitationList, InvitationQuery};
pub use job_queue::{JobCounters, JobOutcome, JobQueue};
pub use lately_refused::LatelyRefused;
pub use mail_orders::MailLimits;
pub use messages::{PageOf, RoomPage};
pub use participants::NewParticipant;
pub use password_resets::ResetForm;
pub use passwords::{Passwords, hash_password};
pub use post_rates::PostRates;
pub use reads::Reads;
pub use renames::Renames;
pub use sessions::{Arrival, SignedIn, new_secret};
pub use throttle::{Attempts, DEVICE_LASTS_DAYS};
pub use transactions::{TransactionQuery, TransactionView};

use crate::adapters::bus::Bus;
use crate::adapters::mail::{Mail, MailTemplates, Outbox, RenderError, WebLink};
use crate::adapters::texts::Texts;
use crate::domain::{
    AccountEvent, Brand, Clock, Entry, EntryBatch, EntryBody, Event, HashKey, Language, Limit, MailContent,
    MemberChange, RoomEvent, RoomSubject,
};
use crate::store::Store;
use crate::store::log::Log;

/// The parts that operations use. The start builds them once, and all threads share them.
pub struct App {
    pub store: Store,
    pub log: Log,
    pub bus: Arc<dyn Bus>,
    pub passwords: Passwords,
    pub posts: PostRates,
    pub reads: Arc<Reads>,
    pub renames: Arc<Renames>,
    pub clock: Clock,
    pub texts: Texts,
    pub mail_templates: MailTemplates,
    pub mail: Outbox,
    pub jobs: JobQueue,
    pub attempts: Arc<Attempts>,
    pub settings: AppSettings,
    /// The first use reads it from the database, or makes it.
    pub hash_key: OnceCell<HashKey>,
    pub resets: LatelyRefused,
    pub mails: LatelyRefused,
}

/// The part of the configuration that operations use.
#[derive(Debug, Clone)]
pub struct AppSettings {
    /// The beginning of links in mails; no slash at the end.
    pub public_url: String,
    pub brand: Brand,
    /// Attempts that may fail from one network, and on one account or link from one network.
    pub sign_in_per_address: Limit,
    pub sign_in_per_account: Limit,
    /// Hashes of codes use this key beside a secret of the database.
    pub secret_key: Option<HashKey>,
    /// How long an attempt waits at most because others failed on the same account.
    pub sign_in_longest_wait_ms: i64,
    pub mails: MailLimits,
    /// New accounts by the copied links of one broker.
    pub copied_links: Limit,
    pub invitation_days: i64,
    pub page: i64,
    pub max_page: i64,
    /// Anybody may read the demo's mailbox.
    pub demo: bool,
}

impl App {
    /// Publishes committed entries to their room, in order, and tells the new members of a room about it.
    fn announce(&self, subject: RoomSubject, entries: impl IntoIterator<Item = Entry>) {
        for entry in entries {
            let (room, version) = (entry.room, Some(entry.acl_version));
            let added = match &entry.body {
                // A person who proved their address was a member before.
                EntryBody::MemberAdded(member) if member.what != Some(MemberChange::Address) => Some(member.account),
                _ => None,
            };
            for batch in EntryBatch::of([&entry]) {
                self.bus.publish(Event::Room(room, RoomEvent::Committed(batch)));
            }
            if let Some(account) = added {
                self.bus.publish(Event::Account(account, AccountEvent::Added { room, subject, version }));
            }
        }
    }

    /// The database answers.
    pub async fn is_ready(&self) -> AppResult<()> {
        self.store.read_first(crate::store::accounts::has_admin).await?;
        Ok(())
    }

    /// Writes a mail for its reader, from the struct that is made of the portal's own address.
    fn write_mail<'a, M: Mail>(
        &'a self,
        language: Language,
        mail: impl FnOnce(WebLink<'a>) -> Result<M, RenderError>,
    ) -> AppResult<MailContent> {
        let written = WebLink::of(&self.settings.public_url)
            .and_then(mail)
            .and_then(|mail| self.mail_templates.write(&mail, language, self.clock.now()));
        written.map_err(|error| AppError::Internal(error.into()))
    }

    /// The rows of one page: as many as the request asks for, within the bound.
    fn page_size(&self, asked: Option<i64>) -> i64 {
        asked.unwrap_or(self.settings.page).clamp(1, self.settings.max_page)
    }
}

/// Cuts a page that was read one row too long, and gives its last row if there is more behind it.
fn cut_page<T>(rows: &mut Vec<T>, limit: i64) -> Option<&T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if rows.len() <= limit {
        return None;
    }
    rows.truncate(limit);
    rows.last()
}
