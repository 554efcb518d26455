//! Faults planted on purpose, to see that the tests find them and to measure what a guarantee costs. They exist only in a
//! build with the feature `planted-faults`, where `ENTREMISE_PLANTED_FAULTS` names the active ones, separated by commas.
//! Never serve people from such a build. A decision asks a predicate of this file that says what holds, `nonce_counts()`; in any
//! other build it is `true` at compile time.

use crate::domain::{EntryBody, Seq};

/// A fault that can be planted. The name in the variable is the one that [`Failpoint::name`] gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failpoint {
    /// A post is answered before its commit.
    AckBeforeCommit,
    /// A nonce that is stored already is stored again, once the index `entries_nonce` that forbids it is dropped too.
    NoNonceKey,
    /// A room believes what the bus says of its order, and reads no gap from the database.
    BusIsTruth,
    /// An entry is delivered whatever members the room knows.
    StaleMembers,
    /// A session is subscribed, as far as it can tell, only when its history was read.
    HistoryFirst,
    /// A frame that finds the session's queue full is dropped and the connection kept.
    DropOnFull,
    /// A session notes an entry as sent without sending it, now and then.
    CursorBeforeWrite,
    /// Rooms are not locked while their next `seq` is taken.
    NoRoomLock,
    /// Posts are stored without asking who is a member.
    NoMembershipCheck,
    /// Posts are stored without asking whether the session lives.
    NoSessionCheck,
    /// A room tells what it hears at once and never waits for more: a measure of what its pace costs and saves.
    NoGap,
    /// A room's actor panics at an entry whose body has [`PANIC_BODY`] in it.
    PanicInRoom,
    /// A session's actor panics when its client posts such a body; nothing is stored.
    PanicInSession,
    /// A text that begins with [`EXTRA_KIND`] is stored as an entry of a kind that no other build knows.
    ExtraKind,
}

impl Failpoint {
    pub const ALL: &[Self] = &[
        Self::AckBeforeCommit,
        Self::NoNonceKey,
        Self::BusIsTruth,
        Self::StaleMembers,
        Self::HistoryFirst,
        Self::DropOnFull,
        Self::CursorBeforeWrite,
        Self::NoRoomLock,
        Self::NoMembershipCheck,
        Self::NoSessionCheck,
        Self::NoGap,
        Self::PanicInRoom,
        Self::PanicInSession,
        Self::ExtraKind,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::AckBeforeCommit => "ack_before_commit",
            Self::NoNonceKey => "no_nonce_key",
            Self::BusIsTruth => "bus_is_truth",
            Self::StaleMembers => "stale_members",
            Self::HistoryFirst => "history_first",
            Self::DropOnFull => "drop_on_full",
            Self::CursorBeforeWrite => "cursor_before_write",
            Self::NoRoomLock => "no_room_lock",
            Self::NoMembershipCheck => "no_membership_check",
            Self::NoSessionCheck => "no_session_check",
            Self::NoGap => "no_gap",
            Self::PanicInRoom => "panic_in_room",
            Self::PanicInSession => "panic_in_session",
            Self::ExtraKind => "extra_kind",
        }
    }
}

/// Is this fault active?
#[cfg(not(feature = "planted-faults"))]
#[inline(always)]
const fn planted(_: Failpoint) -> bool {
    false
}

#[cfg(feature = "planted-faults")]
fn planted(fault: Failpoint) -> bool {
    static ACTIVE: std::sync::OnceLock<Vec<Failpoint>> = std::sync::OnceLock::new();
    let active = ACTIVE.get_or_init(|| {
        let names = std::env::var("ENTREMISE_PLANTED_FAULTS").unwrap_or_default();
        let is_named = |fault: &Failpoint| names.split(',').any(|name| name.trim() == fault.name());
        Failpoint::ALL.iter().copied().filter(is_named).collect()
    });
    active.contains(&fault)
}

/// Authors are answered after the commit.
#[inline(always)]
pub fn answers_follow_commits() -> bool {
    !planted(Failpoint::AckBeforeCommit)
}

/// A nonce that is stored already is not stored again.
#[inline(always)]
pub fn nonce_counts() -> bool {
    !planted(Failpoint::NoNonceKey)
}

/// Only members post.
#[inline(always)]
pub fn membership_counts() -> bool {
    !planted(Failpoint::NoMembershipCheck)
}

/// Only sessions that live post.
#[inline(always)]
pub fn session_counts() -> bool {
    !planted(Failpoint::NoSessionCheck)
}

/// A room is locked while its next `seq` is taken.
#[inline(always)]
pub fn rooms_are_locked() -> bool {
    !planted(Failpoint::NoRoomLock)
}

/// A batch of posts may go the plain way. The faults above are of the exact way alone.
#[inline(always)]
pub fn plain_way_is_open() -> bool {
    answers_follow_commits() && nonce_counts() && membership_counts() && session_counts() && rooms_are_locked()
}

/// A room reads from the database what the bus left out.
#[inline(always)]
pub fn gaps_are_read() -> bool {
    !planted(Failpoint::BusIsTruth)
}

/// A room delivers an entry only with members at least as new.
#[inline(always)]
pub fn members_must_be_new() -> bool {
    !planted(Failpoint::StaleMembers)
}

/// A session is subscribed before its history is read.
#[inline(always)]
pub fn is_subscribed_first() -> bool {
    !planted(Failpoint::HistoryFirst)
}

/// A session whose queue is full is cut.
#[inline(always)]
pub fn full_queue_cuts() -> bool {
    !planted(Failpoint::DropOnFull)
}

/// Whether a session writes the frames that it notes as sent.
#[inline(always)]
pub fn is_written(last: Seq) -> bool {
    !planted(Failpoint::CursorBeforeWrite) || last.0 % 16 != 0
}

/// A room holds entries while its thread is busy.
#[inline(always)]
pub fn fanout_waits() -> bool {
    !planted(Failpoint::NoGap)
}

/// A text that the faults `panic_in_room` and `panic_in_session` wait for.
pub const PANIC_BODY: &str = "planted: panic in the room";

/// Panics if this fault is active and somebody says its word.
#[cfg(not(feature = "planted-faults"))]
#[inline(always)]
pub const fn panic_if_planted(_: Failpoint, _: &str) {}

#[cfg(feature = "planted-faults")]
#[expect(clippy::panic, reason = "that is what it is for")]
pub fn panic_if_planted(fault: Failpoint, text: &str) {
    if planted(fault) && text.contains(PANIC_BODY) {
        panic!("planted: {}", fault.name());
    }
}

/// The beginning of a text that becomes an entry of the extra kind.
pub const EXTRA_KIND: &str = "planted: poll ";

/// The entry of a later version that this text stands for.
#[cfg(not(feature = "planted-faults"))]
#[inline(always)]
pub const fn extra_kind(_: &str) -> Option<EntryBody> {
    None
}

#[cfg(feature = "planted-faults")]
pub fn extra_kind(text: &str) -> Option<EntryBody> {
    let question = text.strip_prefix(EXTRA_KIND).filter(|_| planted(Failpoint::ExtraKind))?;
    let data = serde_json::json!({ "options": ["yes", "no"] });
    Some(EntryBody::Other { kind: "poll".to_owned(), text: Some(question.to_owned()), data: Some(data) })
}
