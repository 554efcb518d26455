//! Mode `resume`: one socket joins one room again and again, each time missing so much, and leaves it in between. What a join
//! costs must not depend on how much stands before the cursor.

use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use serde::Serialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::cli::ResumeArgs;
use crate::connect::{self, Opened};
use crate::drive;
use crate::fixture::Fixture;
use crate::frame;
use crate::report::{self, InMs, Latency, Printed, Usage};
use crate::wire::{self, Incoming};

#[derive(Debug, Serialize)]
struct ResumeReport {
    mode: &'static str,
    head: u64,
    missed: Option<u64>,
    times: usize,
    /// From sending the join to hearing `live`.
    join_ms: InMs,
    delivered: u64,
    #[serde(flatten)]
    usage: Usage,
}

/// A socket that reads one frame after the other.
struct ResumeConnection {
    stream: TcpStream,
    bytes: Vec<u8>,
    used: usize,
}

pub fn run(args: &ResumeArgs) -> Result<Printed> {
    ensure!((1..=1_000_000).contains(&args.times), "--times must be 1 to 1000000");
    let targets = args.common.targets()?;
    let mut fixture = Fixture::read(&args.common.fixture)?;
    ensure!(args.room < fixture.rooms.len(), "--room {}, but the fixture has {}", args.room, fixture.rooms.len());
    fixture.rooms.swap(0, args.room);
    let seat = fixture.seats(&targets, Some(1), Some(1))?.pop().context("the room has no members")?;
    let room = seat.rooms.first().copied().context("a seat without a room")?;
    let watched = args.common.watched();
    let base = watched.sample()?;
    drive::block_on(async {
        let mut line = match connect::open(&seat).await? {
            Opened::Socket(stream, rest) => ResumeConnection { stream, bytes: rest, used: 0 },
            Opened::Status(status) => bail!("the handshake was answered with {status}"),
        };
        // The first join warms up, and says where the room stands.
        let (head, _) = line.join(room, None).await?;
        let after = match args.missed {
            Some(missed) => Some(head.checked_sub(missed).context("the room has fewer entries than are to be missed")?),
            None => None,
        };
        let (mut joins, mut delivered) = (Latency::new()?, 0);
        let before = watched.sample()?;
        for _ in 0..args.times {
            line.leave(room).await?;
            let begin = Instant::now();
            let (_, entries) = line.join(room, after).await?;
            joins.record(u64::try_from(begin.elapsed().as_micros())?);
            ensure!(entries == args.missed.unwrap_or(0), "{entries} entries came instead of {:?}", args.missed);
            delivered += entries;
        }
        let used = watched.sample()?.since(before);
        let report = ResumeReport {
            mode: "resume",
            head,
            missed: args.missed,
            times: args.times,
            join_ms: joins.in_ms(),
            delivered,
            usage: Usage::new(base, used, delivered, 1),
        };
        report::print(&report, true)
    })
}

impl ResumeConnection {
    /// The head that the server told, and how many entries came, in order and without a gap, until it was live.
    async fn join(&mut self, room: u64, after: Option<u64>) -> Result<(u64, u64)> {
        let mut frame = Vec::new();
        wire::write_join(&mut frame, wire::JOIN_REF, room, after);
        self.send(&frame).await?;
        let (mut head, mut entries) = (0, 0);
        loop {
            match self.next().await? {
                Received::Joined(at) => head = at,
                Received::Entries { first, count } => {
                    ensure!(after.is_some_and(|after| first == after + entries + 1), "a gap before {first}");
                    entries += count;
                }
                Received::Live => return Ok((head, entries)),
                Received::Left | Received::Other => {}
            }
        }
    }

    async fn leave(&mut self, room: u64) -> Result<()> {
        let mut frame = Vec::new();
        wire::write_leave(&mut frame, 0, room);
        self.send(&frame).await?;
        while !matches!(self.next().await?, Received::Left) {}
        Ok(())
    }

    async fn send(&mut self, payload: &[u8]) -> Result<()> {
        let mut out = Vec::with_capacity(payload.len() + 16);
        frame::write(&mut out, frame::TEXT, 0x5EED, payload);
        self.stream.write_all(&out).await.context("sending")
    }

    async fn next(&mut self) -> Result<Received> {
        loop {
            let bytes = self.bytes.get(self.used..).unwrap_or_default();
            if let Some((frame, rest)) = frame::parse(bytes)? {
                let heard = match frame.opcode {
                    frame::TEXT => hear(std::str::from_utf8(frame.payload).context("not UTF-8")?)?,
                    frame::CLOSE => bail!("closed with {}", frame::close_code(frame.payload)),
                    _ => Received::Other,
                };
                self.used = self.bytes.len() - rest.len();
                return Ok(heard);
            }
            self.bytes.drain(..std::mem::take(&mut self.used));
            self.bytes.reserve(64 * 1024);
            ensure!(self.stream.read_buf(&mut self.bytes).await.context("reading")? > 0, "the connection was lost");
        }
    }
}

/// The part of a frame that counts here.
enum Received {
    Joined(u64),
    Entries { first: u64, count: u64 },
    Live,
    Left,
    Other,
}

fn hear(text: &str) -> Result<Received> {
    Ok(match wire::parse(text)? {
        Incoming::Joined { head, .. } => Received::Joined(head),
        Incoming::Live { .. } => Received::Live,
        Incoming::Left { .. } => Received::Left,
        Incoming::Entry(entry) => Received::Entries { first: entry.seq, count: 1 },
        Incoming::Entries { entries, .. } => {
            let first = entries.first().context("a page without entries")?.seq;
            ensure!(entries.iter().zip(first..).all(|(entry, seq)| entry.seq == seq), "a gap in a page");
            Received::Entries { first, count: u64::try_from(entries.len())? }
        }
        Incoming::Refused { code, .. } => bail!("refused: {code}"),
        _ => Received::Other,
    })
}
