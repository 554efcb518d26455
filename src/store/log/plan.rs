//! Decides the outcome of a batch of posts from the facts that the database gave. Pure, so that both databases behave alike.

use std::collections::HashMap;

use super::super::rooms::RoomHead;
use super::new_entry::NewEntry;
use crate::domain::{AccountId, Code, Posted, Refusal, RoomId, Seq, Timestamp};
use crate::testing::failpoints::{membership_counts, nonce_counts, session_counts};

/// The facts about one post, read under the lock of its room.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    pub is_member: bool,
    pub session_lives: bool,
    /// The entry that is already stored under this nonce.
    pub stored: Option<Stored>,
}

#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub seq: Seq,
    pub kind: String,
    pub text: Option<String>,
    pub data: Option<String>,
    pub at: Timestamp,
}

/// The rows to write, and the answers after the commit. `outcomes` stand in the order of the posts.
pub(super) struct BatchPlan {
    pub inserts: Vec<Insert>,
    /// The new heads of the rooms that grow.
    pub heads: Vec<RoomHead>,
    pub outcomes: Vec<Result<Posted, Refusal>>,
}

pub(super) struct Insert {
    /// The index of the post in the batch.
    pub post: usize,
    pub seq: Seq,
    pub acl_version: i64,
}

pub(super) fn plan(posts: &[&NewEntry], heads: &[RoomHead], facts: &[Facts], now: Timestamp) -> BatchPlan {
    let mut rooms: HashMap<RoomId, RoomHead> = heads.iter().map(|head| (head.room, *head)).collect();
    let mut in_batch: HashMap<(RoomId, AccountId, &str), (Seq, &NewEntry)> = HashMap::with_capacity(posts.len());
    let mut inserts = Vec::with_capacity(posts.len());
    let mut outcomes = Vec::with_capacity(posts.len());
    let nothing_known = Facts::default();

    for (index, post) in posts.iter().enumerate() {
        let facts = facts.get(index).unwrap_or(&nothing_known);
        let key = (post.room, post.account, post.nonce.as_str());
        let outcome = match rooms.get_mut(&post.room) {
            _ if !facts.session_lives && session_counts() => Err(Code::SessionEnded.into()),
            Some(head) if facts.is_member || !membership_counts() => {
                if let Some(stored) = facts.stored.as_ref().filter(|_| nonce_counts()) {
                    repeated(post.room, stored.seq, stored.at, stored.is_said_by(post))
                } else if let Some((seq, first)) = in_batch.get(&key).filter(|_| nonce_counts()) {
                    let is_same = post.says(first.body.kind(), first.body.text(), first.data());
                    repeated(post.room, *seq, now, is_same)
                } else {
                    head.seq = head.seq.next();
                    in_batch.insert(key, (head.seq, *post));
                    inserts.push(Insert { post: index, seq: head.seq, acl_version: head.acl_version });
                    Ok(Posted { room: post.room, seq: head.seq, at: now, repeated: false })
                }
            }
            _ => Err(Code::RoomUnknown.into()),
        };
        outcomes.push(outcome);
    }
    let heads = heads.iter().filter_map(|old| rooms.get(&old.room).filter(|new| new.seq > old.seq).copied()).collect();
    BatchPlan { inserts, heads, outcomes }
}

impl Stored {
    fn is_said_by(&self, post: &NewEntry) -> bool {
        post.says(&self.kind, self.text.as_deref(), self.data.as_deref())
    }
}

fn repeated(room: RoomId, seq: Seq, at: Timestamp, is_same: bool) -> Result<Posted, Refusal> {
    if is_same {
        Ok(Posted { room, seq, at, repeated: true })
    } else {
        Err(Refusal { seq: Some(seq), ..Code::NonceReused.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{EntryBody, Nonce, SessionId};

    fn post(room: i64, nonce: &str, body: &str) -> NewEntry {
        let nonce = Nonce::parse(nonce.to_owned()).unwrap();
        NewEntry::new(RoomId(room), AccountId(1), SessionId(1), nonce, EntryBody::message(body))
    }

    fn member() -> Facts {
        Facts { is_member: true, session_lives: true, stored: None }
    }

    fn head(room: i64, seq: i64) -> RoomHead {
        RoomHead { room: RoomId(room), seq: Seq(seq), acl_version: 3 }
    }

    #[test]
    fn seqs_are_gapless_per_room_and_refusals_take_none() {
        let posts = [post(1, "a", "x"), post(2, "b", "x"), post(1, "c", "x"), post(1, "d", "x"), post(3, "e", "x")];
        let refs: Vec<&NewEntry> = posts.iter().collect();
        let facts = [member(), member(), Facts { is_member: false, ..member() }, member(), member()];
        let plan = plan(&refs, &[head(1, 10), head(2, 0)], &facts, Timestamp(5));
        let seqs: Vec<_> = plan.outcomes.iter().map(|o| o.as_ref().map(|p| p.seq.0).map_err(|r| r.code)).collect();
        assert_eq!(seqs, [Ok(11), Ok(1), Err(Code::RoomUnknown), Ok(12), Err(Code::RoomUnknown)]);
        assert_eq!(plan.heads, [head(1, 12), head(2, 1)]);
        assert_eq!(plan.inserts.len(), 3);
    }

    #[test]
    fn a_nonce_counts_once_within_a_batch_too() {
        let posts = [post(1, "a", "x"), post(1, "a", "x"), post(1, "a", "y")];
        let refs: Vec<&NewEntry> = posts.iter().collect();
        let plan = plan(&refs, &[head(1, 0)], &[member(), member(), member()], Timestamp(5));
        assert_eq!(plan.inserts.len(), 1);
        assert!(matches!(&plan.outcomes[1], Ok(p) if p.seq == Seq(1) && p.repeated));
        assert!(matches!(&plan.outcomes[2], Err(r) if r.code == Code::NonceReused && r.seq == Some(Seq(1))));
    }

    #[test]
    fn a_dead_session_posts_nothing() {
        let posts = [post(1, "a", "x")];
        let facts = [Facts { session_lives: false, ..member() }];
        let plan = plan(&[&posts[0]], &[head(1, 0)], &facts, Timestamp(5));
        assert!(matches!(&plan.outcomes[0], Err(r) if r.code == Code::SessionEnded));
        assert!(plan.inserts.is_empty() && plan.heads.is_empty());
    }
}
