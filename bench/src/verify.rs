//! The promises that are checked: every acknowledged post stands at one `seq` of its room, and every socket in the room sees every
//! `seq` from its cursor on, once, in order, with the text that was posted.
//!
//! Nothing is kept per delivery. A room remembers which post stands at which `seq` (whoever said it first: an answer or
//! a delivery; everybody after must agree), a socket remembers how far it is and what it skipped. Agreement and
//! contiguity together say "exactly once".

use serde::Serialize;

use crate::letter::Letters;
use crate::wire::WireEntry;

/// A `seq` that is further ahead of everything known than this is nonsense, and no reason to reserve memory.
const MAX_LEAP: usize = 1_000_000;

#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct Findings {
    pub missing: u64,
    pub duplicated: u64,
    pub out_of_order: u64,
    pub wrong_body: u64,
    /// Two answers or deliveries disagree about which post stands at a `seq`.
    pub conflicting_seq: u64,
}

impl Findings {
    pub fn add(&mut self, other: &Self) {
        self.missing += other.missing;
        self.duplicated += other.duplicated;
        self.out_of_order += other.out_of_order;
        self.wrong_body += other.wrong_body;
        self.conflicting_seq += other.conflicting_seq;
    }

    pub fn none(&self) -> bool {
        *self == Self::default()
    }
}

/// How far one socket is in one room.
#[derive(Debug)]
pub struct Cursor {
    pub last: u64,
    /// Skipped ranges, both ends included. Empty unless something is wrong.
    holes: Vec<(u64, u64)>,
}

impl Cursor {
    pub fn new(last: u64) -> Self {
        Self { last, holes: Vec::new() }
    }

    /// True if `seq` is seen for the first time.
    fn see(&mut self, seq: u64, findings: &mut Findings) -> bool {
        if seq == self.last + 1 {
            self.last = seq;
            return true;
        }
        if seq > self.last {
            self.holes.push((self.last + 1, seq - 1));
            self.last = seq;
            return true;
        }
        let Some(at) = self.holes.iter().position(|(from, to)| (*from..=*to).contains(&seq)) else {
            findings.duplicated += 1;
            return false;
        };
        findings.out_of_order += 1;
        let (from, to) = self.holes.swap_remove(at);
        self.holes.extend([(from, seq - 1), (seq + 1, to)].iter().filter(|(from, to)| from <= to));
        true
    }

    /// Entries that this socket lacks of a room whose newest known entry is `newest`.
    pub fn missing(&self, newest: u64) -> u64 {
        let skipped: u64 = self.holes.iter().map(|(from, to)| to - from + 1).sum();
        skipped + newest.saturating_sub(self.last)
    }
}

/// When a post was sent, through which node, and by which socket of its thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentPost {
    pub us: u64,
    pub node: u8,
    pub socket: u32,
}

/// An entry that is new to a socket: which post of ours it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivered {
    pub number: u32,
    pub sent: SentPost,
}

#[derive(Debug)]
struct VerifiedPost {
    sent: SentPost,
    /// 0 while unknown; a room's first entry is 1.
    seq: u64,
    answered: bool,
    /// By its author, in the room.
    heard: bool,
}

/// One room as the load program knows it.
#[derive(Debug)]
pub struct RoomLog {
    pub room: u64,
    /// The newest `seq` that somebody reported; everybody must get there.
    pub newest: u64,
    posts: Vec<VerifiedPost>,
    /// The head when the first socket joined. Nothing of ours stands at or below it.
    base: Option<u64>,
    /// `base + 1 + index` → number of the post + 1, 0 while unknown.
    standing: Vec<u32>,
}

impl RoomLog {
    pub fn new(room: u64) -> Self {
        Self { room, newest: 0, posts: Vec::new(), base: None, standing: Vec::new() }
    }

    /// A socket joined at this head, before anything was posted: the lowest says where this run begins.
    pub fn starts_at(&mut self, head: u64) {
        if self.posts.is_empty() {
            self.base = Some(self.base.map_or(head, |base| base.min(head)));
        }
    }

    /// A new post; its number is what the nonce carries.
    pub fn open_post(&mut self, sent: SentPost) -> u32 {
        self.posts.push(VerifiedPost { sent, seq: 0, answered: false, heard: false });
        u32::try_from(self.posts.len() - 1).unwrap_or(u32::MAX)
    }

    pub fn sent_us(&self, post: u32) -> Option<u64> {
        self.posts.get(post as usize).map(|post| post.sent.us)
    }

    /// The server said that `post` is stored at `seq`. Returns when it was sent, if this is its first answer.
    pub fn acked(&mut self, post: u32, seq: u64, findings: &mut Findings) -> Option<u64> {
        if !self.stands_at(post, seq) {
            findings.conflicting_seq += 1;
        }
        self.answer(post)
    }

    /// The server refused `post` and it will not be tried again.
    pub fn refused(&mut self, post: u32) -> Option<u64> {
        self.answer(post)
    }

    fn answer(&mut self, post: u32) -> Option<u64> {
        let post = self.posts.get_mut(post as usize).filter(|post| !post.answered)?;
        post.answered = true;
        Some(post.sent.us)
    }

    /// Its author has heard `post` in the room: whether it was answered, too, and this was not known before.
    pub fn heard_by_author(&mut self, post: u32) -> bool {
        let post = self.posts.get_mut(post as usize);
        post.is_some_and(|post| !std::mem::replace(&mut post.heard, true) && post.answered)
    }

    pub fn is_heard(&self, post: u32) -> bool {
        self.posts.get(post as usize).is_some_and(|post| post.heard)
    }

    /// An entry reached a socket. Returns which post it is, if it is one of ours and new to this socket.
    pub fn delivered(
        &mut self,
        entry: &WireEntry<'_>,
        cursor: &mut Cursor,
        letters: &Letters,
        findings: &mut Findings,
    ) -> Option<Delivered> {
        let new = cursor.see(entry.seq, findings);
        self.newest = self.newest.max(entry.seq);
        let nonce = entry.nonce.as_deref()?;
        let number = letters.post_of(nonce, self.room)?;
        let Some(post) = self.posts.get(number as usize) else {
            // Our nonce, but never posted.
            findings.wrong_body += 1;
            return None;
        };
        let (sent, known) = (post.sent, post.seq);
        if !letters.body_is(entry.body.as_deref().unwrap_or_default(), nonce, sent.us) {
            findings.wrong_body += 1;
        }
        if !self.stands_at(number, entry.seq) {
            // The same post at a second place is a duplicate; two posts at one place are a contradiction.
            let count =
                if known == 0 || known == entry.seq { &mut findings.conflicting_seq } else { &mut findings.duplicated };
            *count += 1;
        }
        new.then_some(Delivered { number, sent })
    }

    /// Notes that `post` stands at `seq`; false if something else is known.
    fn stands_at(&mut self, number: u32, seq: u64) -> bool {
        let index = seq.checked_sub(self.base.unwrap_or(0) + 1).and_then(|index| usize::try_from(index).ok());
        let (Some(index), Some(post)) = (index, self.posts.get_mut(number as usize)) else {
            return false;
        };
        if index > self.standing.len() + MAX_LEAP {
            return false;
        }
        if index >= self.standing.len() {
            self.standing.resize(index + 1, 0);
        }
        let Some(standing) = self.standing.get_mut(index) else {
            return false;
        };
        if (post.seq != 0 && post.seq != seq) || (*standing != 0 && *standing != number + 1) {
            return false;
        }
        post.seq = seq;
        *standing = number + 1;
        self.newest = self.newest.max(seq);
        true
    }
}

#[cfg(test)]
mod tests;
