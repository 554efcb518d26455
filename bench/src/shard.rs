//! The state of one thread: its rooms, its sockets and what it has counted. A room lives on one thread only, so nothing
//! here is shared or locked.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;
use std::time::Instant;

use anyhow::{Context, Result};
use tokio::sync::Semaphore;

use crate::fixture::FixtureSeat;
use crate::frame;
use crate::letter::Letters;
use crate::report::Stats;
use crate::socket::{Conn, PostRef, RoomSlot};
use crate::verify::{RoomLog, SentPost};
use crate::wire;

/// The most that one read may take. All sockets of the thread share one buffer, which stays in the cache.
const READ_BUFFER: usize = 256 * 1024;

#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the clock of this run begins.
    pub epoch: Instant,
    pub letters: Letters,
    /// Repeat what was refused for now, with the same nonce.
    pub retries: bool,
    /// A post is under way until its author has heard it in the room.
    pub until_heard: bool,
    pub connecting: usize,
}

#[derive(Default)]
struct Scratch {
    nonce: String,
    body: String,
    frame: Vec<u8>,
}

pub struct Shard {
    pub settings: Settings,
    pub rooms: RefCell<Vec<RoomLog>>,
    pub conns: Vec<Rc<Conn>>,
    pub stats: RefCell<Stats>,
    pub connecting: Semaphore,
    pub input: RefCell<Vec<u8>>,
    /// Posts without an answer.
    pub open: Cell<usize>,
    /// Every answer before this moment makes the next post: the closed loop.
    pub stop_us: Cell<u64>,
    /// There are at least as many posts under way as sockets.
    pub all_post: Cell<bool>,
    window: RefCell<Range<u64>>,
    /// The last thing that went wrong with a socket, for the message when the run cannot go on.
    pub trouble: RefCell<Option<String>>,
    index: HashMap<u64, usize>,
    scratch: RefCell<Scratch>,
    next: Cell<usize>,
    /// Numbers of the sockets.
    sockets: Cell<u32>,
    random: Cell<u64>,
}

impl Shard {
    pub fn new(settings: Settings, seats: Vec<FixtureSeat>) -> Result<Rc<Self>> {
        let mut shard = Self {
            rooms: RefCell::default(),
            conns: Vec::with_capacity(seats.len()),
            stats: RefCell::new(Stats::new()?),
            connecting: Semaphore::new(settings.connecting.clamp(1, Semaphore::MAX_PERMITS / 2)),
            input: RefCell::new(vec![0; READ_BUFFER]),
            open: Cell::new(0),
            stop_us: Cell::new(0),
            all_post: Cell::new(false),
            window: RefCell::new(0..0),
            trouble: RefCell::new(None),
            index: HashMap::new(),
            scratch: RefCell::default(),
            next: Cell::new(0),
            sockets: Cell::new(0),
            random: Cell::new(0x9E37_79B9_7F4A_7C15 ^ u64::from(std::process::id())),
            settings,
        };
        for seat in seats {
            for room in &seat.rooms {
                let rooms = shard.rooms.get_mut();
                shard.index.entry(*room).or_insert_with(|| {
                    rooms.push(RoomLog::new(*room));
                    rooms.len() - 1
                });
            }
            let conn = shard.conn(seat)?;
            shard.conns.push(conn);
        }
        Ok(Rc::new(shard))
    }

    /// A socket in rooms that this thread already has.
    pub fn conn(&self, seat: FixtureSeat) -> Result<Rc<Conn>> {
        let slots = seat.rooms.iter().map(|room| {
            let index = self.index.get(room).with_context(|| format!("room {room} is not of this thread"))?;
            Ok(RoomSlot { room: *room, index: *index, cursor: None, live: false })
        });
        let slots = slots.collect::<Result<Vec<_>>>()?;
        let number = self.sockets.get();
        self.sockets.set(number + 1);
        Ok(Rc::new(Conn::new(number, seat, slots)))
    }

    pub fn now_us(&self) -> u64 {
        u64::try_from(self.settings.epoch.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    pub fn measure(&self, window: Range<u64>) {
        *self.window.borrow_mut() = window;
    }

    pub fn measures(&self, now_us: u64) -> bool {
        self.window.borrow().contains(&now_us)
    }

    /// Not for secrets: masks of frames and spread of retries.
    pub fn random(&self) -> u64 {
        let mut x = self.random.get();
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.random.set(x);
        x
    }

    pub fn note_trouble(&self, what: impl Into<String>) {
        *self.trouble.borrow_mut() = Some(what.into());
    }

    /// How many of its sockets post.
    pub fn senders(&self) -> usize {
        self.conns.iter().filter(|conn| conn.seat.posts).count()
    }

    /// Posts through the next socket that still lives; false if none does.
    pub fn post_next(&self) -> bool {
        for _ in 0..self.conns.len() {
            let at = self.next.get() % self.conns.len();
            self.next.set(at + 1);
            if let Some(conn) = self.conns.get(at).filter(|conn| conn.seat.posts && !conn.dead.get()) {
                self.post(conn);
                return true;
            }
        }
        false
    }

    /// A new post into the next room of `conn`. If the socket is down just now, it is sent when it is back; its latency
    /// counts from here all the same.
    pub fn post(&self, conn: &Rc<Conn>) {
        let slot = conn.next_slot();
        let Some(index) = conn.index_of(slot) else {
            return;
        };
        let number = match self.rooms.borrow_mut().get_mut(index) {
            Some(room) => room.open_post(SentPost { us: self.now_us(), node: conn.seat.node, socket: conn.number }),
            None => return,
        };
        let post = PostRef { slot, number };
        conn.pending.borrow_mut().push_back(post);
        self.open.set(self.open.get() + 1);
        self.transmit_post(conn, post);
    }

    /// Sends a post, or sends it again: the frame is the same.
    pub fn transmit_post(&self, conn: &Rc<Conn>, post: PostRef) {
        if !conn.greeted.get() {
            return;
        }
        let rooms = self.rooms.borrow();
        let room = conn.index_of(post.slot).and_then(|index| rooms.get(index));
        let Some((room, sent_us)) = room.and_then(|room| Some((room.room, room.sent_us(post.number)?))) else {
            return;
        };
        let Scratch { nonce, body, frame } = &mut *self.scratch.borrow_mut();
        self.settings.letters.nonce(nonce, room, post.number);
        self.settings.letters.body(body, nonce, sent_us);
        wire::write_post(frame, post.reference(), room, nonce, body);
        conn.send(frame::TEXT, self.random(), frame);
    }

    /// Joins the room of this slot: from the cursor if there is one, else at the head.
    pub fn transmit_join(&self, conn: &Rc<Conn>, nth: usize) {
        let slots = conn.slots.borrow();
        let Some(slot) = slots.get(nth) else {
            return;
        };
        let after = slot.cursor.as_ref().map(|cursor| cursor.last);
        let frame = &mut self.scratch.borrow_mut().frame;
        wire::write_join(frame, wire::JOIN_REF + nth as u64, slot.room, after);
        conn.send(frame::TEXT, self.random(), frame);
    }

    /// Entries that are known to exist and that the sockets lack.
    pub fn missing(&self) -> u64 {
        let rooms = self.rooms.borrow();
        let mut missing = 0;
        for conn in &self.conns {
            for slot in conn.slots.borrow().iter() {
                if let (Some(cursor), Some(room)) = (&slot.cursor, rooms.get(slot.index)) {
                    missing += cursor.missing(room.newest);
                }
            }
        }
        missing
    }
}
