//! What things are and which rules they follow. No Diesel, actix, tokio, environment or clock reads here: every function
//! is pure, and whatever depends on time is given the time.

mod access;
mod account;
mod currency;
mod email_address;
mod entry;
mod event;
mod ids;
mod invitation;
mod ip_address;
mod language;
mod mail;
mod money;
mod names;
mod password;
mod recent;
mod refusal;
mod run;
mod session;
pub mod text;
mod timestamp;
mod token;
mod transaction;

pub use access::{Access, MemberChange};
pub use account::{Account, AccountState, Caller, Role};
pub use currency::minor_digits;
pub use email_address::EmailAddress;
pub use entry::{Entry, EntryKind, EntryRef, MessageBody, Nonce, Posted};
pub use event::{AccountEvent, EndReason, Event, PresenceReport, RoomEvent};
pub use ids::{AccountId, InvitationId, MailId, NodeId, RoomId, Seq, SessionId, TransactionId};
pub use invitation::{Invitation, InvitationState};
pub use ip_address::{IpAddress, Network};
pub use language::Language;
pub use mail::{MailContent, MailDelivery, MailState};
pub use money::Money;
pub use names::{optional_label, optional_text, person_name, phone_number, required_text};
pub use password::Password;
pub use recent::Recent;
pub use refusal::{Class, Code, Refusal, Refusals};
pub use run::{Run, Runs};
pub use session::{Origin, Session};
pub use timestamp::{Clock, Timestamp};
pub use token::{Secret, TokenHash};
pub use transaction::{Kind, Participant, Status, Transaction};
