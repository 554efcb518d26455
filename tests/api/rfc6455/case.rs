//! A case: what is sent, what must come back, and how it ends.

use serde_json::{Value, json};

use super::wire::{RawFrame, RawWire, ReceivedFrame};
use crate::support::{Person, TestApp};

/// Limits that a series of cases would meet and does not test.
const GENEROUS: &[(&str, &str)] = &[
    ("ENTREMISE_POSTS_PER_SECOND", "10000"),
    ("ENTREMISE_POST_BURST", "100000"),
    ("ENTREMISE_SOCKETS_PER_ACCOUNT", "1000"),
];

#[derive(Debug, Clone)]
enum Step {
    /// In writes of this many bytes.
    Send {
        bytes: Vec<u8>,
        chop: usize,
    },
    /// Waits for what must have come back by now.
    Hear,
    Expect(Expected),
}

#[derive(Debug, Clone, PartialEq)]
enum Expected {
    /// The answer to [`app_ping`] with this `ref`.
    AppPong(u64),
    /// The refusal of what is no frame of our protocol.
    Malformed,
    /// A stored message: `posted` and the entry with this body, in either order.
    Entry(String),
    Pong(Vec<u8>),
}

#[derive(Debug, Clone, Copy)]
enum CaseEnding {
    /// The connection is alive and unharmed, and closes in order when asked to.
    Alive,
    /// The server closes with one of these codes.
    Closed(&'static [u16]),
    /// The server gives back a close frame without code.
    ClosedWithoutCode,
    /// The server gives back this close frame.
    ClosedWith(u16),
}

/// Built like a sentence: `Case::new("2.4").send(…).pong(…)`, and it must end alive unless it says otherwise.
#[derive(Debug, Clone)]
pub struct Case {
    id: String,
    steps: Vec<Step>,
    in_a_room: bool,
    ending: CaseEnding,
}

impl Case {
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), steps: Vec::new(), in_a_room: false, ending: CaseEnding::Alive }
    }

    /// Sends the frames in one write.
    pub fn send(self, frames: impl IntoIterator<Item = RawFrame>) -> Self {
        self.send_chopped(frames, usize::MAX)
    }

    /// Sends each frame in a write of its own.
    pub fn send_one_by_one(self, frames: impl IntoIterator<Item = RawFrame>) -> Self {
        frames.into_iter().fold(self, |case, frame| case.send([frame]))
    }

    /// Sends the frames in writes of so many bytes.
    pub fn send_chopped(self, frames: impl IntoIterator<Item = RawFrame>, chop: usize) -> Self {
        let bytes = frames.into_iter().flat_map(|frame| frame.bytes()).collect();
        self.send_bytes(bytes, chop)
    }

    pub fn send_bytes(mut self, bytes: Vec<u8>, chop: usize) -> Self {
        self.steps.push(Step::Send { bytes, chop });
        self
    }

    /// Goes on only when everything expected so far has come.
    pub fn receive(mut self) -> Self {
        self.steps.push(Step::Hear);
        self
    }

    pub fn app_pong(self, reference: u64) -> Self {
        self.expect(Expected::AppPong(reference))
    }

    pub fn malformed(self) -> Self {
        self.expect(Expected::Malformed)
    }

    pub fn pong(self, payload: impl AsRef<[u8]>) -> Self {
        self.expect(Expected::Pong(payload.as_ref().to_vec()))
    }

    /// A message with this body is stored and told. Posts are made with [`post`].
    pub fn entry(mut self, body: &str) -> Self {
        self.in_a_room = true;
        self.expect(Expected::Entry(body.to_owned()))
    }

    fn expect(mut self, expected: Expected) -> Self {
        self.steps.push(Step::Expect(expected));
        self
    }

    pub fn closed(self, codes: &'static [u16]) -> Self {
        Self { ending: CaseEnding::Closed(codes), ..self }
    }

    pub fn closed_with(self, code: u16) -> Self {
        Self { ending: CaseEnding::ClosedWith(code), ..self }
    }

    pub fn closed_without_code(self) -> Self {
        Self { ending: CaseEnding::ClosedWithoutCode, ..self }
    }
}

/// A frame of our protocol that is answered by a `pong` with this `ref`.
pub fn app_ping(reference: u64) -> String {
    json!({ "t": "ping", "ref": reference }).to_string()
}

/// The same in so many bytes. Anything but white space in its middle would make it malformed.
pub fn app_ping_of(reference: u64, length: usize) -> Vec<u8> {
    let (start, end) = (r#"{"t":"ping","#, format!(r#""ref":{reference}}}"#));
    let white = " ".repeat(length - start.len() - end.len());
    [start, &white, &end].concat().into_bytes()
}

/// A post whose body is these bytes, be they text or not. `{room}` is put in by [`run`], which knows it.
pub fn post(nonce: &str, body: &[u8]) -> Vec<u8> {
    let start = format!(r#"{{"t":"post","ref":1,"room":{ROOM},"nonce":"{nonce}","body":""#);
    [start.as_bytes(), body, br#""}"#].concat()
}

/// The first room of a database: cases are written before it exists, and masked frames cannot be changed afterwards.
const ROOM: i64 = 1;

/// Failures after which more say nothing new.
const TELLING: usize = 20;

/// Runs the cases one after the other on one server; says which fail, and why.
pub async fn run(cases: Vec<Case>) {
    let database = crate::support::sqlite_database();
    let app = TestApp::start_with(&database, GENEROUS);
    let ana = app.broker("Ana").await;
    assert_eq!(ana.open_transaction("House").await.1, ROOM);
    let mut failed = Vec::new();
    for case in &cases {
        if let Err(why) = run_one(case, &app, &ana).await {
            failed.push(format!("case {}: {why}", case.id));
        }
        if failed.len() == TELLING {
            break;
        }
    }
    assert!(failed.is_empty(), "{} of {} cases fail:\n{}", failed.len(), cases.len(), failed.join("\n"));
}

async fn run_one(case: &Case, app: &TestApp, ana: &Person) -> Result<(), String> {
    let mut wire = RawWire::open(&app.url, ana.token.as_deref().expect("a token")).await;
    if case.in_a_room {
        wire.send(&RawFrame::text(json!({ "t": "join", "ref": 9, "room": ROOM }).to_string()).bytes()).await;
        for kind in ["joined", "live"] {
            let frame = text(wire.next().await?)?;
            same(&frame["t"], &json!(kind))?;
        }
    }
    let mut expected = Vec::new();
    for step in &case.steps {
        match step {
            Step::Send { bytes, chop } => wire.send_in_chops(bytes, *chop).await,
            Step::Expect(what) => expected.push(what),
            Step::Hear => receive(&mut wire, &mut expected).await?,
        }
    }
    receive(&mut wire, &mut expected).await?;
    end(&mut wire, case.ending).await
}

async fn receive(wire: &mut RawWire, expected: &mut Vec<&Expected>) -> Result<(), String> {
    for what in expected.drain(..) {
        match what {
            Expected::Pong(payload) => same(&wire.next().await?, &ReceivedFrame::Pong(payload.clone()))?,
            Expected::AppPong(reference) => {
                same(&text(wire.next().await?)?, &json!({ "t": "pong", "ref": reference }))?;
            }
            Expected::Malformed => {
                let refused = json!({ "t": "refused", "ref": null, "code": "frame_malformed" });
                same(&text(wire.next().await?)?, &refused)?;
            }
            Expected::Entry(body) => {
                let (one, other) = (text(wire.next().await?)?, text(wire.next().await?)?);
                let (posted, entry) = if one["t"] == "posted" { (one, other) } else { (other, one) };
                same(&posted["t"], &json!("posted"))?;
                same(&entry["t"], &json!("entry"))?;
                same(&entry["body"], &json!(body))?;
            }
        }
    }
    Ok(())
}

async fn end(wire: &mut RawWire, ending: CaseEnding) -> Result<(), String> {
    if matches!(ending, CaseEnding::Alive) {
        wire.send(&RawFrame::text(app_ping(999_999)).bytes()).await;
        receive(wire, &mut vec![&Expected::AppPong(999_999)]).await?;
        wire.send(&RawFrame::close(1000, "").bytes()).await;
    }
    let heard = wire.next().await?;
    match (ending, &heard) {
        (CaseEnding::Alive, ReceivedFrame::Close(Some((1000, _))))
        | (CaseEnding::ClosedWithoutCode, ReceivedFrame::Close(None)) => {}
        (CaseEnding::Closed(codes), ReceivedFrame::Close(Some((code, _)))) if codes.contains(code) => {}
        (CaseEnding::ClosedWith(expected), ReceivedFrame::Close(Some((code, _)))) if *code == expected => {}
        _ => return Err(format!("expected the end {ending:?}, came {heard:?}")),
    }
    // The server ends the connection by itself, though it waits a little for the client to do so.
    wire.end_sending().await;
    same(&wire.next().await?, &ReceivedFrame::End)
}

fn text(heard: ReceivedFrame) -> Result<Value, String> {
    match heard {
        ReceivedFrame::Text(text) => serde_json::from_str(&text).map_err(|_| format!("not JSON: {text}")),
        other => Err(format!("expected a frame of our protocol, came {other:?}")),
    }
}

fn same<T: PartialEq + std::fmt::Debug>(heard: &T, expected: &T) -> Result<(), String> {
    if heard == expected { Ok(()) } else { Err(format!("expected {expected:?}, came {heard:?}")) }
}
