//! The things of the portal and their rules. No Diesel, actix, tokio, environment or clock reads here: every function
//! is pure, and is given the time if it depends on it.

mod access;
mod account;
mod account_change;
mod brand;
mod broker_label;
mod bucket;
mod bus_key;
mod client;
mod currency;
mod database_url;
mod device;
mod email_address;
mod entry;
mod entry_batch;
mod event;
mod given;
mod hash_key;
mod idempotency;
mod ids;
mod invitation;
mod ip_address;
mod job;
mod language;
mod limit;
mod mail;
mod money;
mod names;
mod participant;
mod password;
mod recent;
mod refusal;
mod reset_code;
mod room;
mod session;
mod smtp_url;
mod states;
mod table;
pub mod text;
mod timestamp;
mod token;
mod transaction;

pub use access::{AccessChanges, AccessFlags, MemberChange, Need};
pub use account::{Account, AccountState, Caller, Role};
pub use account_change::{AccountChange, ChangeSeq, NewChange, Topic};
pub use brand::Brand;
pub use broker_label::BrokerLabel;
pub use bucket::Bucket;
pub use bus_key::{BusKey, BusSecret};
pub(crate) use client::client_fields;
pub use client::{Client, ClientChanges, ClientDetails, ClientForm, ClientInvitation, ClientState, SharedTransaction};
pub use currency::minor_digits;
pub use database_url::{Backend, DatabaseUrl};
pub use device::device_name;
pub use email_address::EmailAddress;
pub use entry::{
    Entry, EntryBody, EntryKind, EntryRef, MemberEntry, MessageBody, Nonce, Posted, TransactionCreated,
    TransactionUpdated,
};
pub use entry_batch::{EntryBatch, EntryBatchBuilder};
pub use event::{AccountEvent, EndReason, Event, PresenceReport, RoomEvent};
pub use given::given;
pub use hash_key::HashKey;
pub use idempotency::{IdempotencyKey, Once};
pub use ids::{AccountId, ChannelId, ClientId, InvitationId, MailId, NodeId, RoomId, Seq, SessionId, TransactionId};
pub use invitation::{Invitation, InvitationChanges, InvitationForm, InvitationState};
pub use ip_address::{IpAddress, Network};
pub use job::{JobPayload, JobState, SendMail};
pub use language::Language;
pub use limit::Limit;
pub use mail::{MailContent, MailDelivery, MailState};
pub use money::Money;
pub use names::{optional_label, optional_text, person_name, phone_number, required_text, search_words};
pub use participant::{EndedParts, Participant, ParticipationRequest};
pub use password::{Password, PasswordCandidate};
pub use recent::Recent;
pub use refusal::{Class, Code, Refusal, Refusals};
pub use reset_code::ResetCode;
pub use room::{RoomKind, RoomSubject};
pub use session::{Origin, Session};
pub use smtp_url::{SmtpSecurity, SmtpUrl};
pub use table::{Table, TableLine};
pub use timestamp::{Clock, Timestamp};
pub use token::{Secret, TokenHash};
pub(crate) use transaction::transaction_fields;
pub use transaction::{
    HiddenField, StatusChange, Transaction, TransactionChanges, TransactionDetails, TransactionForm, TransactionKind,
    TransactionStatus,
};
