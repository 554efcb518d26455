//! The handling of each frame of the server.

use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::time::sleep;

use crate::report::count;
use crate::shard::Shard;
use crate::socket::{Conn, PostRef, RoomSlot};
use crate::verify::{Cursor, Delivered};
use crate::wire::{self, Incoming, WireEntry};

/// However the server words it, a retry comes neither at once nor after the end of the run.
const RETRY_MS: std::ops::RangeInclusive<u64> = 5..=5_000;

impl Shard {
    pub fn on_text(self: &Rc<Self>, conn: &Rc<Conn>, text: &str, now_us: u64) -> Result<()> {
        match wire::parse(text)? {
            Incoming::Entry(entry) => self.on_entry(conn, &entry, now_us)?,
            Incoming::Posted { reference, room, seq } => self.on_posted(conn, reference, room, seq, now_us)?,
            Incoming::Entries { entries, .. } => {
                for entry in &entries {
                    self.on_entry(conn, entry, now_us)?;
                }
            }
            Incoming::Refused { reference, code, retry_after } => {
                self.on_refused(conn, reference, &code, retry_after, now_us);
            }
            Incoming::Hello { protocol } => {
                ensure!(protocol == 1, "protocol {protocol} is not known here");
                self.on_hello(conn, now_us);
            }
            Incoming::Joined { room, head } => self.on_joined(conn, room, head)?,
            Incoming::Live { room, .. } => self.on_live(conn, room, now_us)?,
            Incoming::Left { .. } | Incoming::Other => {}
        }
        Ok(())
    }

    fn on_hello(&self, conn: &Rc<Conn>, now_us: u64) {
        conn.greeted.set(true);
        if conn.seat.joins {
            let rooms = conn.slots.borrow().len();
            (0..rooms).for_each(|nth| self.transmit_join(conn, nth));
        } else {
            conn.live_us.set(Some(now_us));
        }
        // A post that was sent before the connection was lost may be stored or not; the same nonce settles it.
        let pending: Vec<PostRef> = conn.pending.borrow().iter().copied().collect();
        pending.into_iter().for_each(|post| self.transmit_post(conn, post));
    }

    fn on_joined(&self, conn: &Conn, room: u64, head: u64) -> Result<()> {
        let mut slots = conn.slots.borrow_mut();
        let slot = find(&mut slots, room)?;
        if slot.cursor.is_none() {
            slot.cursor = Some(Cursor::new(head));
            if let Some(log) = self.rooms.borrow_mut().get_mut(slot.index) {
                log.starts_at(head);
            }
        }
        Ok(())
    }

    fn on_live(&self, conn: &Conn, room: u64, now_us: u64) -> Result<()> {
        let mut slots = conn.slots.borrow_mut();
        find(&mut slots, room)?.live = true;
        if slots.iter().all(|slot| slot.live) {
            conn.live_us.set(Some(now_us));
        }
        Ok(())
    }

    fn on_entry(&self, conn: &Rc<Conn>, entry: &WireEntry<'_>, now_us: u64) -> Result<()> {
        if let Some(post) = self.count_entry(conn, entry, now_us)? {
            self.settled(conn, post, now_us);
        }
        Ok(())
    }

    /// The post that has thereby ended, if it is one of this socket.
    fn count_entry(&self, conn: &Conn, entry: &WireEntry<'_>, now_us: u64) -> Result<Option<PostRef>> {
        let mut slots = conn.slots.borrow_mut();
        let nth = slots.iter().position(|slot| slot.room == entry.room);
        let slot = find(&mut slots, entry.room)?;
        let mut rooms = self.rooms.borrow_mut();
        let room = rooms.get_mut(slot.index).context("a room without a log")?;
        let cursor = slot.cursor.as_mut().context("an entry before joined")?;
        let stats = &mut *self.stats.borrow_mut();
        let Some(Delivered { number, sent }) =
            room.delivered(entry, cursor, &self.settings.letters, &mut stats.findings)
        else {
            return Ok(None);
        };
        stats.delivered_total += 1;
        if self.measures(now_us) {
            stats.delivered += 1;
            let took_us = now_us.saturating_sub(sent.us);
            stats.delivery.record(took_us);
            if sent.node != conn.seat.node {
                stats.across.record(took_us);
            }
        }
        let is_over = self.settings.until_heard && sent.socket == conn.number && room.heard_by_author(number);
        let slot = nth.and_then(|nth| u8::try_from(nth).ok()).filter(|_| is_over);
        Ok(slot.map(|slot| PostRef { slot, number }))
    }

    fn on_posted(&self, conn: &Rc<Conn>, reference: u64, room: u64, seq: u64, now_us: u64) -> Result<()> {
        let post = PostRef::of(reference).context("posted with a ref that was never used")?;
        let index = find(&mut conn.slots.borrow_mut(), room)?.index;
        let is_over = {
            let stats = &mut *self.stats.borrow_mut();
            let mut rooms = self.rooms.borrow_mut();
            let log = rooms.get_mut(index).context("a room without a log")?;
            let sent_us = log.acked(post.number, seq, &mut stats.findings);
            if let Some(sent_us) = sent_us {
                stats.posted_total += 1;
                if self.measures(now_us) {
                    stats.posted += 1;
                    stats.ack.record(now_us.saturating_sub(sent_us));
                }
            }
            sent_us.is_some() && (!self.settings.until_heard || log.is_heard(post.number))
        };
        if is_over {
            self.settled(conn, post, now_us);
        }
        Ok(())
    }

    /// The post is over: it has its answer, or its author heard it, whatever is asked for. In the closed loop the next one takes its place. If every socket has a post under way it is one of
    /// the same socket, so that what is answered at once is followed by posts that go out at once; else all take turns.
    fn settled(&self, conn: &Rc<Conn>, post: PostRef, now_us: u64) {
        let mut pending = conn.pending.borrow_mut();
        if let Some(at) = pending.iter().position(|waiting| *waiting == post) {
            pending.remove(at);
        }
        drop(pending);
        self.open.set(self.open.get().saturating_sub(1));
        if now_us < self.stop_us.get() {
            if self.all_post.get() && !conn.dead.get() {
                self.post(conn);
            } else {
                self.post_next();
            }
        }
    }

    fn on_refused(
        self: &Rc<Self>,
        conn: &Rc<Conn>,
        reference: Option<u64>,
        code: &str,
        retry: Option<u64>,
        now_us: u64,
    ) {
        count(&mut self.stats.borrow_mut().refused, code);
        let later = retry.map(|ms| Duration::from_millis(ms.clamp(*RETRY_MS.start(), *RETRY_MS.end())));
        match (reference, later) {
            (Some(join @ wire::JOIN_REF..), later) => self.on_join_refused(conn, join - wire::JOIN_REF, code, later),
            (Some(post), Some(later)) if self.settings.retries => self.post_again(conn, post, later),
            (Some(post), _) => self.on_post_refused(conn, post, code, now_us),
            (None, _) => self.note_trouble(format!("the server refused a frame: {code}")),
        }
    }

    fn on_join_refused(self: &Rc<Self>, conn: &Rc<Conn>, nth: u64, code: &str, later: Option<Duration>) {
        self.note_trouble(format!("a join was refused: {code}"));
        let (Some(later), Ok(nth)) = (later, usize::try_from(nth)) else {
            conn.dead.set(true);
            return;
        };
        let (shard, conn) = (Rc::clone(self), Rc::clone(conn));
        tokio::task::spawn_local(async move {
            sleep(later).await;
            if conn.greeted.get() {
                shard.transmit_join(&conn, nth);
            }
        });
    }

    /// Temporary: the same nonce again, after as long as the server asks for.
    fn post_again(self: &Rc<Self>, conn: &Rc<Conn>, reference: u64, later: Duration) {
        let Some(post) = PostRef::of(reference) else {
            return;
        };
        let (shard, conn) = (Rc::clone(self), Rc::clone(conn));
        tokio::task::spawn_local(async move {
            sleep(later).await;
            let waits = conn.pending.borrow().contains(&post);
            if waits {
                shard.transmit_post(&conn, post);
            }
        });
    }

    fn on_post_refused(&self, conn: &Rc<Conn>, reference: u64, code: &str, now_us: u64) {
        let Some(post) = PostRef::of(reference) else {
            return;
        };
        if code == "nonce_reused" {
            // No nonce is used for two texts here, so the server has stored another text than it was given.
            self.stats.borrow_mut().findings.wrong_body += 1;
        }
        let mut rooms = self.rooms.borrow_mut();
        let room = conn.index_of(post.slot).and_then(|index| rooms.get_mut(index));
        let settled = room.and_then(|room| room.refused(post.number));
        drop(rooms);
        if settled.is_some() {
            self.settled(conn, post, now_us);
        }
    }
}

/// A socket has few rooms (under load one), so that searching beats hashing.
fn find(slots: &mut [RoomSlot], room: u64) -> Result<&mut RoomSlot> {
    slots
        .iter_mut()
        .find(|slot| slot.room == room)
        .with_context(|| format!("a frame of room {room}, which was not joined"))
}
