//! A room that hears anything: bytes that somebody put on the bus, forged entries, true ones late or twice, reads that fail.
//! The database is the truth, and the room is asked for no more than this: whatever is said to it, a connection gets the
//! numbers of the log one after the other, nothing is kept without a bound, no read is begun twice at a time, and when the
//! noise is over the room is as far as the database.
//!
//! It is *not* promised that the room sees through a forged entry: that is done before it, where whoever has no key is not heard
//! (`bus::message`). A node with the key is believed about the entry that comes next.

use crate::adapters::bus::wire::{self, Decoded};
use crate::domain::{
    AccountId, Entry, EntryBatch, EntryBody, EntryKind, Event, NodeId, PresenceReport, Role, RoomEvent, RoomId,
    RoomSubject, Seq, Timestamp, TransactionId,
};
use crate::realtime::links::SessionKey;
use crate::realtime::protocol::{ServerFrame, frames_of};
use crate::realtime::room::{Effect, MAX_PENDING, RoomState, RoomTimes};
use crate::realtime::session::{AfterPage, CatchUp, Live};
use crate::store::members::{Member, Snapshot};

pub const SCHEDULES: &[&[u8]] = &[
    // A forged next entry, a true one, reads.
    b"\x01\x01\x02\x00\x04\x00\x02\x00\x02\x00\x03\x00",
    // Far ahead, then behind, then the end of all numbers.
    b"\x01\x40\x02\x00\x01\xf0\x02\x00\x01\x7f\x09\x00\x02\x00\x02\x00\x04\x00\x02\x00",
    b"\x00\xb0run1 2 7 2\n[{\"room\":7,\"seq\":6,\"kind\":\"message\",\"author\":1,\"nonce\":\"n\",\"body\":\"hello\",\"data\":null,\"at\":\"2026-11-20T18:04:11.250Z\"}]          \x02\x00",
    // A membership that does not exist, and one that follows on it.
    b"\x01\x01\x03\x01\x03\x00\x01\x02\x03\x02\x01\x03\x04\x01\x04\x00\x04\x00\x03\x00\x02\x00",
    b"\x00\x40{\"node\":2,\"event\":{\"typing\":{\"room\":7,\"account\":2,\"on\":true}}}\x05\x01\x05\x02\x05\x03",
    // A name, an older one after it, one of nobody, and members as the database has them.
    b"\x09\x05\x09\x02\x09\x03\x05\x01\x03\x00\x09\x06",
    b"\x06\x01\x06\x05\x07\x03\x05\x00\x08\x01\x08\x02\x08\x03",
];

const ROOM: RoomId = RoomId(7);
const TIMES: RoomTimes = RoomTimes { typing_ms: 5_000, presence_lease_ms: 60_000, presence_refresh_ms: 50_000 };
/// Entries of a page.
const PAGE: usize = 3;
const VERSION: i64 = 2;

struct FuzzedRoom<'a> {
    script: &'a [u8],
    log: Vec<Entry>,
    state: RoomState,
    /// Reads under way: of entries above this, of members.
    entries_read: Option<Seq>,
    members_read: bool,
    /// The last that the room gave out.
    delivered: Seq,
    at: CatchUp,
    page_read: Option<Seq>,
    now: i64,
}

pub fn schedule(script: &[u8]) {
    let log = (1..=5).map(message).collect();
    let state = RoomState::new(ROOM, NodeId(1), TIMES, snapshot(5));
    let at = CatchUp::start(Seq(5), Seq(5));
    let mut world = FuzzedRoom {
        script,
        log,
        state,
        entries_read: None,
        members_read: false,
        delivered: Seq(5),
        at,
        page_read: None,
        now: 0,
    };
    let arrived = world.state.subscribe(SessionKey(1), AccountId(1), Timestamp(0));
    world.carry_out(arrived);
    while let (Some(what), Some(how)) = (world.byte(), world.byte()) {
        world.step(what, how);
    }
    world.settle();
}

impl FuzzedRoom<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.script.split_first()?;
        self.script = rest;
        Some(*first)
    }

    fn step(&mut self, what: u8, how: u8) {
        let effects = match what % 10 {
            0 => {
                let (payload, rest) = self.script.split_at(self.script.len().min(usize::from(how)));
                self.script = rest;
                match wire::decode(NodeId(1), payload) {
                    Decoded::Event(Event::Room(ROOM, event)) => self.state.on_event(event, Timestamp(self.now)),
                    _ => Vec::new(),
                }
            }
            1 => {
                let forged = self.forged(how);
                let more = Entry { seq: Seq(forged.seq.0.saturating_add(1)), ..forged.clone() };
                let count = if how.is_multiple_of(2) { 2 } else { 1 };
                self.apply([forged, more].iter().take(count))
            }
            2 => return self.answer_entries(how % 5 == 4),
            3 => return self.answer_members(how % 5 == 4),
            4 => {
                let entry = message(i64::try_from(self.log.len()).unwrap() + 1);
                self.log.push(entry.clone());
                // Told, apply late, or not apply.
                if how.is_multiple_of(3) { self.apply([&entry]) } else { Vec::new() }
            }
            5 => match how % 4 {
                0 => self.state.resync(),
                1 => self.state.renew_members(),
                2 => self.state.head_is(self.head()),
                _ => {
                    self.now += i64::from(how) * 500;
                    self.state.tick(Timestamp(self.now))
                }
            },
            6 => {
                let at = [Timestamp(self.now), Timestamp(i64::MAX), Timestamp(i64::MIN)][usize::from(how % 3)];
                let online = (0..i64::from(how % 6)).map(AccountId).collect();
                let report = PresenceReport { node: NodeId(u64::from(how % 4)), online, at };
                self.state.on_event(RoomEvent::Presence(report), Timestamp(self.now))
            }
            7 => {
                let seq = [Seq(i64::from(how)), Seq(i64::MAX), Seq(i64::MIN)][usize::from(how % 3)];
                let account = AccountId(i64::from(how % 4));
                self.state.on_event(RoomEvent::Read { account, seq, unread: i64::from(how) - 9 }, Timestamp(self.now))
            }
            8 => return self.answer_page(),
            _ => {
                let at = Timestamp(i64::from(how));
                let (account, name) = (AccountId(i64::from(how % 4)), format!("Name {how}"));
                self.state.on_event(RoomEvent::Renamed { account, name, at }, Timestamp(self.now))
            }
        };
        self.carry_out(effects);
    }

    fn apply<'e>(&mut self, entries: impl IntoIterator<Item = &'e Entry>) -> Vec<Effect> {
        let now = Timestamp(self.now);
        EntryBatch::of(entries)
            .into_iter()
            .flat_map(|batch| self.state.on_event(RoomEvent::Committed(batch), now))
            .collect()
    }

    /// An entry that nobody wrote: near the room's head or far away, of any kind, with any version.
    fn forged(&mut self, how: u8) -> Entry {
        let seq = match how {
            0x7f => i64::MAX,
            0x80 => i64::MIN,
            near => self.state.head().0.saturating_add(i64::from(i8::from_le_bytes([near]))),
        };
        let (version, kind) = (self.byte().unwrap_or(2), self.byte().unwrap_or(0));
        // One kind more than are known.
        let kind =
            EntryKind::ALL.get(usize::from(kind) % (EntryKind::ALL.len() + 1)).map_or("poll", |kind| kind.as_str());
        let acl_version = if version == 9 { i64::MAX } else { i64::from(version) };
        let data = serde_json::json!({ "account": seq.rem_euclid(5), "name": "Nobody", "role": "client" });
        let body = EntryBody::from_parts(kind.to_owned(), Some("forged".to_owned()), Some(data));
        Entry { body, acl_version, ..message(seq) }
    }

    fn head(&self) -> Seq {
        Seq(i64::try_from(self.log.len()).unwrap())
    }

    fn page_after(&self, after: Seq) -> Vec<Entry> {
        self.log.iter().filter(|entry| entry.seq > after).take(PAGE).cloned().collect()
    }

    fn answer_entries(&mut self, fails: bool) {
        let Some(after) = self.entries_read.take() else { return };
        if fails {
            return self.state.entries_not_loaded();
        }
        let effects = self.state.loaded_entries(&self.page_after(after));
        self.carry_out(effects);
    }

    fn answer_members(&mut self, fails: bool) {
        if !std::mem::take(&mut self.members_read) {
            return;
        }
        if fails {
            return self.state.members_not_loaded();
        }
        let effects = self.state.loaded_members(snapshot(self.head().0));
        self.carry_out(effects);
    }

    /// Answers the page that the session asked for.
    fn answer_page(&mut self) {
        let Some(after) = self.page_read.take() else { return };
        let page = self.page_after(after);
        if let Some(first) = page.first() {
            assert_eq!(first.seq, self.at.cursor().next(), "a page begins behind the cursor");
        }
        if let AfterPage::Read { after } = self.at.page(page.last().map(|entry| entry.seq)) {
            self.page_read = Some(after);
        }
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Entries(batches) => self.deliver(&batches),
                Effect::LoadEntries { after } => {
                    assert!(self.entries_read.is_none(), "entries are read twice at a time");
                    self.entries_read = Some(after);
                }
                Effect::LoadMembers => {
                    assert!(!self.members_read, "members are read twice at a time");
                    self.members_read = true;
                }
                Effect::Presence { account, online, last_seen } => {
                    ServerFrame::Presence { room: ROOM, account, online, last_seen }.encode();
                }
                Effect::Publish(event) => {
                    assert!(wire::encode(NodeId(1), &Event::Room(ROOM, event)).is_some());
                }
                _ => {}
            }
        }
        assert!(self.state.pending() <= MAX_PENDING, "more waits than may");
    }

    /// Delivers entries that follow on each other and on those that the room and the connection had.
    fn deliver(&mut self, batches: &[EntryBatch]) {
        for (first, last, frame) in frames_of(batches) {
            self.deliver_frame(first, last, &frame);
        }
    }

    fn deliver_frame(&mut self, first: Seq, last: Seq, frame: &str) {
        let is_one = frame.starts_with(r#"{"t":"entry","#);
        let frame: serde_json::Value = serde_json::from_str(frame).expect("a frame is JSON");
        let entries = if is_one { vec![frame] } else { frame["entries"].as_array().unwrap().clone() };
        let seqs: Vec<Option<i64>> = entries.iter().map(|entry| entry["seq"].as_i64()).collect();
        assert_eq!(seqs, (first.0..=last.0).map(Some).collect::<Vec<_>>(), "a hole within a frame");
        assert_eq!(first, self.delivered.next(), "the room skips or repeats");
        self.delivered = last;
        let before = self.at.cursor();
        match self.at.live(first, last) {
            Live::Send => assert_eq!(first, before.next(), "the connection has a gap"),
            Live::Drop => {}
            Live::Read { after } => {
                assert!(self.page_read.is_none(), "two pages at a time");
                self.page_read = Some(after);
            }
        }
    }

    fn settle(&mut self) {
        let mut rounds = 0;
        // Earlier events may cost the first look: the hub looks every few seconds.
        for _ in 0..2 {
            let effects = self.state.head_is(self.head());
            self.carry_out(effects);
            while self.entries_read.is_some() || self.members_read || self.page_read.is_some() {
                self.answer_entries(false);
                self.answer_members(false);
                self.answer_page();
                rounds += 1;
                assert!(rounds < 100 + self.log.len(), "reads without end");
            }
        }
        assert!(self.state.head() >= self.head(), "the room is at {} of {}", self.state.head(), self.head());
        assert!(self.at.cursor() >= self.head(), "the connection is at {} of {}", self.at.cursor(), self.head());
        self.state.member_views();
    }
}

fn message(seq: i64) -> Entry {
    Entry {
        room: ROOM,
        seq: Seq(seq),
        author: Some(AccountId(1)),
        nonce: Some(format!("n{seq}")),
        body: EntryBody::message("text"),
        at: Timestamp(seq),
        acl_version: VERSION,
    }
}

fn snapshot(head: i64) -> Snapshot {
    let member = |account: i64| Member {
        account: AccountId(account),
        name: format!("Member {account}"),
        role: Role::Broker,
        active: true,
        address_proved: true,
        read: None,
        last_seen: None,
        named_at: None,
    };
    Snapshot {
        subject: RoomSubject::Conversation(TransactionId(1)),
        head: Seq(head),
        acl_version: VERSION,
        members: vec![member(1), member(2)],
    }
}
