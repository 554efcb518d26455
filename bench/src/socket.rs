//! One socket: it connects, reads, and comes back as docs/PROTOCOL.md says when the connection is lost.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context as TaskContext, Poll, ready};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::{sleep, timeout};

use crate::connect::{self, Opened};
use crate::fixture::FixtureSeat;
use crate::frame::{self, Frame};
use crate::report::count;
use crate::shard::Shard;
use crate::verify::Cursor;

const HANDSHAKE: Duration = Duration::from_secs(15);
/// A server that takes nothing for so long is not waited for.
const BLOCKED: Duration = Duration::from_secs(30);
const MAX_TRIES: u32 = 1_000;

/// One room of a socket. The cursor outlives the connection.
#[derive(Debug)]
pub struct RoomSlot {
    pub room: u64,
    /// Of the room in its shard.
    pub index: usize,
    pub cursor: Option<Cursor>,
    pub live: bool,
}

pub struct Conn {
    /// The socket's place among those of its thread.
    pub number: u32,
    pub seat: FixtureSeat,
    pub slots: RefCell<Vec<RoomSlot>>,
    /// Posts without an answer, oldest first.
    pub pending: RefCell<VecDeque<PostRef>>,
    /// The room, by its place among the socket's, of the next post.
    turn: Cell<usize>,
    /// The server said hello on the present connection.
    pub greeted: Cell<bool>,
    /// When the last of its rooms went live.
    pub live_us: Cell<Option<u64>>,
    /// It will not come back.
    pub dead: Cell<bool>,
    write: RefCell<Option<Rc<OwnedWriteHalf>>>,
    out: RefCell<Vec<u8>>,
    blocked: Cell<bool>,
    /// Frames to send wait until everything that was read is handled, and go out in one write.
    corked: Cell<bool>,
}

/// A post as the `ref` of its frame names it: which room of the socket, and which post of that room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PostRef {
    pub slot: u8,
    pub number: u32,
}

impl PostRef {
    pub fn reference(self) -> u64 {
        u64::from(self.slot) << 32 | u64::from(self.number)
    }

    /// `None`: of a join, or never given.
    pub fn of(reference: u64) -> Option<Self> {
        let slot = u8::try_from(reference >> 32).ok()?;
        Some(Self { slot, number: u32::try_from(reference & u64::from(u32::MAX)).ok()? })
    }
}

/// Why a connection ended.
enum End {
    Closed(u16),
    Status(u16),
}

impl Conn {
    pub fn new(number: u32, seat: FixtureSeat, slots: Vec<RoomSlot>) -> Self {
        Self {
            number,
            seat,
            slots: RefCell::new(slots),
            pending: RefCell::default(),
            turn: Cell::new(0),
            greeted: Cell::new(false),
            live_us: Cell::new(None),
            dead: Cell::new(false),
            write: RefCell::default(),
            out: RefCell::default(),
            blocked: Cell::new(false),
            corked: Cell::new(false),
        }
    }

    /// The rooms of a socket take turns.
    pub fn next_slot(&self) -> u8 {
        let count = self.slots.borrow().len().clamp(1, usize::from(u8::MAX));
        let turn = self.turn.get();
        self.turn.set(turn + 1);
        u8::try_from(turn % count).unwrap_or(0)
    }

    /// Of a room in its shard.
    pub fn index_of(&self, slot: u8) -> Option<usize> {
        self.slots.borrow().get(usize::from(slot)).map(|slot| slot.index)
    }

    pub fn live(&self) -> bool {
        self.live_us.get().is_some()
    }

    /// Forgets the connection, keeps the cursors and what waits for an answer.
    pub fn detach(&self) {
        *self.write.borrow_mut() = None;
        self.out.borrow_mut().clear();
        self.blocked.set(false);
        self.greeted.set(false);
        self.live_us.set(None);
        self.slots.borrow_mut().iter_mut().for_each(|slot| slot.live = false);
    }

    pub fn send(self: &Rc<Self>, opcode: u8, mask: u64, payload: &[u8]) {
        frame::write(&mut self.out.borrow_mut(), opcode, mask as u32, payload);
        self.flush();
    }

    /// Writes at once what the kernel takes. Only if it does not take all, a task waits for it; so the usual post costs
    /// one system call and no wake-up.
    fn flush(self: &Rc<Self>) {
        let Some(write) = self.write.borrow().clone().filter(|_| !self.blocked.get() && !self.corked.get()) else {
            return;
        };
        let mut out = self.out.borrow_mut();
        while !out.is_empty() {
            match write.try_write(&out) {
                Ok(written) => drop(out.drain(..written)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.blocked.set(true);
                    let conn = Rc::clone(self);
                    tokio::task::spawn_local(async move {
                        let writable = timeout(BLOCKED, write.writable()).await.is_ok();
                        let same = conn.write.borrow().as_ref().is_some_and(|now| Rc::ptr_eq(now, &write));
                        if same && writable {
                            conn.blocked.set(false);
                            conn.flush();
                        }
                    });
                    return;
                }
                // The reader meets the same fault and ends the connection.
                Err(_) => out.clear(),
            }
        }
    }
}

/// Keeps one socket connected until the protocol says that it must not come back.
pub async fn run(shard: Rc<Shard>, conn: Rc<Conn>) {
    let mut failures = 0;
    for _ in 0..MAX_TRIES {
        let ended = session(&shard, &conn).await;
        let was_live = conn.live();
        conn.detach();
        match ended {
            Ok(End::Closed(code)) => {
                count(&mut shard.stats.borrow_mut().closed, &code.to_string());
                shard.note_trouble(format!("a connection was closed with {code}"));
                conn.dead.set(conn.dead.get() || (4100..4200).contains(&code));
            }
            Ok(End::Status(status)) => {
                shard.note_trouble(format!("the handshake was answered with {status}"));
                conn.dead.set((400..500).contains(&status) && status != 429);
            }
            Err(error) => {
                count(&mut shard.stats.borrow_mut().closed, "error");
                shard.note_trouble(format!("{error:#}"));
            }
        }
        if conn.dead.get() {
            return;
        }
        failures = if was_live { 0 } else { failures + 1 };
        // Half a second, doubling to eight, of which a random half.
        let longest = 500_u64 << failures.min(4);
        sleep(Duration::from_millis(longest / 2 + shard.random() % (longest / 2))).await;
    }
    conn.dead.set(true);
}

async fn session(shard: &Rc<Shard>, conn: &Rc<Conn>) -> Result<End> {
    let mut permit = shard.connecting.acquire().await.ok();
    let opened = timeout(HANDSHAKE, connect::open(&conn.seat)).await.context("the handshake took too long")??;
    let (stream, mut carry) = match opened {
        Opened::Socket(stream, rest) => (stream, rest),
        Opened::Status(status) => return Ok(End::Status(status)),
    };
    let (mut read, write) = stream.into_split();
    *conn.write.borrow_mut() = Some(Rc::new(write));
    let mut carry_is_new = !carry.is_empty();
    loop {
        let ended = if std::mem::take(&mut carry_is_new) {
            let first = std::mem::take(&mut carry);
            consume(shard, conn, &first, &mut carry)?
        } else {
            poll_fn(|task| poll_read(shard, conn, &mut read, &mut carry, task)).await?
        };
        if let Some(end) = ended {
            return Ok(end);
        }
        if permit.is_some() && conn.live() {
            permit = None;
        }
    }
}

/// One read into the shared buffer, behind what the last one left over, and everything that follows from it. The buffer
/// is only borrowed inside one poll, so that all sockets can use the same.
fn poll_read(
    shard: &Rc<Shard>,
    conn: &Rc<Conn>,
    read: &mut OwnedReadHalf,
    carry: &mut Vec<u8>,
    task: &mut TaskContext<'_>,
) -> Poll<Result<Option<End>>> {
    let mut buffer = shard.input.borrow_mut();
    if carry.len() >= buffer.len() {
        if buffer.len() > frame::MAX_FRAME {
            return Poll::Ready(Err(anyhow::anyhow!("a frame does not end")));
        }
        let doubled = buffer.len() * 2;
        buffer.resize(doubled, 0);
    }
    let Some((before, space)) = buffer.split_at_mut_checked(carry.len()) else {
        return Poll::Ready(Err(anyhow::anyhow!("the read buffer is too small")));
    };
    let mut space = ReadBuf::new(space);
    ready!(Pin::new(read).poll_read(task, &mut space)).context("reading")?;
    let received = space.filled().len();
    if received == 0 {
        return Poll::Ready(Ok(Some(End::Closed(1006))));
    }
    before.copy_from_slice(carry);
    let all = buffer.get(..carry.len() + received).unwrap_or_default();
    carry.clear();
    Poll::Ready(consume(shard, conn, all, carry))
}

/// Handles every whole frame; the begin of the next goes to `carry`.
fn consume(shard: &Rc<Shard>, conn: &Rc<Conn>, bytes: &[u8], carry: &mut Vec<u8>) -> Result<Option<End>> {
    conn.corked.set(true);
    let handled = handle(shard, conn, bytes, carry);
    conn.corked.set(false);
    conn.flush();
    handled
}

fn handle(shard: &Rc<Shard>, conn: &Rc<Conn>, mut bytes: &[u8], carry: &mut Vec<u8>) -> Result<Option<End>> {
    let now_us = shard.now_us();
    while let Some((Frame { opcode, payload }, rest)) = frame::parse(bytes)? {
        bytes = rest;
        match opcode {
            frame::TEXT => {
                let text = std::str::from_utf8(payload).context("a text frame is not UTF-8")?;
                shard.on_text(conn, text, now_us)?;
            }
            frame::PING => conn.send(frame::PONG, shard.random(), payload),
            frame::PONG => {}
            frame::CLOSE => {
                conn.send(frame::CLOSE, shard.random(), payload);
                return Ok(Some(End::Closed(frame::close_code(payload))));
            }
            other => bail!("a frame with opcode {other}"),
        }
    }
    carry.extend_from_slice(bytes);
    Ok(None)
}
