//! A client as ours should be, and as others may be: resumes each room from its cursor on whatever node answers, repeats
//! under the same nonce, or gives up; reads at once, or when it likes; sends the same message over two nodes at a time.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use entremise::domain::AccountId;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::journaling_client::{Identity, JournalingClient, ReceivedEntry, next_connection};
use super::rng::ScheduleRng;
use crate::support::journal::JournalEvent;

/// A connection that says nothing for so long is asked for a sign of life, and given up after twice that.
const SILENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(100);
/// Messages whose answers may be outstanding.
const WINDOW: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub transaction: i64,
    pub room: i64,
}

#[derive(Debug, Clone, Copy, Default)]
pub struct Habits {
    /// Between two posts; `None` only reads.
    pub posts_every: Option<Duration>,
    /// Does not read for a second now and then.
    pub reads_slowly: bool,
    /// Leaves a message alone whose fate it does not know, now and then.
    pub gives_up: bool,
    /// Sends a message over another node at the same time, now and then.
    pub races: bool,
}

pub struct StageClient {
    name: String,
    /// The sessions of its person: the next one when one has ended.
    devices: VecDeque<Identity>,
    urls: Arc<Vec<String>>,
    turn: usize,
    rooms: Vec<ClientRoom>,
    habits: Habits,
    rng: ScheduleRng,
    journaling_client: Option<JournalingClient>,
    heard_at: Instant,
    asked_at: Instant,
    post_at: Instant,
    to_send: VecDeque<SentMessage>,
    under_way: HashMap<u64, SentMessage>,
    races: JoinSet<()>,
    written: usize,
}

struct ClientRoom {
    place: Place,
    cursor: i64,
    /// The `ref` of a join whose answer is to come.
    asked: Option<u64>,
    is_in: bool,
    again_at: Instant,
}

#[derive(Debug, Clone)]
struct SentMessage {
    place: Place,
    nonce: String,
    body: String,
}

impl StageClient {
    pub fn new(
        name: &str,
        devices: Vec<Identity>,
        places: &[Place],
        urls: &Arc<Vec<String>>,
        habits: Habits,
        mut rng: ScheduleRng,
    ) -> Self {
        let now = Instant::now();
        let joined = |place: &Place| ClientRoom { place: *place, cursor: 0, asked: None, is_in: false, again_at: now };
        Self {
            name: name.to_owned(),
            devices: devices.into(),
            urls: urls.clone(),
            turn: usize::try_from(rng.roll(64)).expect("small"),
            rooms: places.iter().map(joined).collect(),
            habits,
            rng,
            journaling_client: None,
            heard_at: now,
            asked_at: now,
            post_at: now,
            to_send: VecDeque::new(),
            under_way: HashMap::new(),
            races: JoinSet::new(),
            written: 0,
        }
    }

    pub fn account(&self) -> AccountId {
        self.devices[0].person.account()
    }

    /// Lives until it is told to stop; then until every message has its answer that is to have one.
    pub async fn live(mut self, stop: Arc<AtomicBool>) -> Self {
        while !stop.load(Ordering::SeqCst) {
            self.compose();
            self.turn().await;
        }
        let until = Instant::now() + Duration::from_secs(60);
        while !(self.to_send.is_empty() && self.under_way.is_empty()) && Instant::now() < until {
            self.turn().await;
        }
        while self.races.join_next().await.is_some() {}
        self
    }

    /// Reads on until it has come to these heads, but not for ever: the checker says who lacks what.
    pub async fn catch_up(mut self, heads: HashMap<i64, i64>, within: Duration) {
        let until = Instant::now() + within;
        let lacks = |room: &ClientRoom| heads.get(&room.place.room).is_some_and(|head| room.cursor < *head);
        while self.rooms.iter().any(lacks) && Instant::now() < until {
            self.turn().await;
            self.note_cursors();
        }
        // What should not come any more has had its time to come.
        if let Some(mut journaling_client) = self.journaling_client.take() {
            journaling_client.ping().await;
            while let ReceivedEntry::Frame(frame) = journaling_client.next(SILENCE).await {
                if frame["t"] == "pong" {
                    break;
                }
            }
        }
    }

    fn compose(&mut self) {
        let Some(every) = self.habits.posts_every else { return };
        if Instant::now() < self.post_at || self.to_send.len() + self.under_way.len() >= WINDOW {
            return;
        }
        let half = u64::try_from(every.as_millis() / 2).expect("short");
        self.post_at = Instant::now() + self.rng.millis(half, 3 * half);
        let places: Vec<Place> = self.rooms.iter().map(|room| room.place).collect();
        let place = *self.rng.pick(&places);
        let nonce = format!("{}-{}", self.name, self.written);
        let body = format!("{} says {} in {}", self.name, self.written, place.room);
        self.written += 1;
        let message = SentMessage { place, nonce, body };
        if self.habits.races && self.rng.one_in(3) {
            self.race(message.clone());
        }
        self.to_send.push_back(message);
    }

    /// One step of everything.
    async fn turn(&mut self) {
        if self.journaling_client.is_none() && !self.connect().await {
            return;
        }
        self.join().await;
        self.send().await;
        self.listen().await;
        while self.races.try_join_next().is_some() {}
    }

    async fn connect(&mut self) -> bool {
        let url = &self.urls[self.turn % self.urls.len()];
        self.turn += 1;
        let opened = tokio::time::timeout(2 * SILENCE, JournalingClient::try_open(&self.devices[0], url)).await;
        match opened {
            Ok(Ok(journaling_client)) => {
                self.journaling_client = Some(journaling_client);
                self.heard_at = Instant::now();
                for room in &mut self.rooms {
                    (room.is_in, room.asked, room.again_at) = (false, None, self.heard_at);
                }
                return true;
            }
            Ok(Err(Some(401))) => self.next_device(),
            _ => {}
        }
        tokio::time::sleep(PAUSE).await;
        false
    }

    fn next_device(&mut self) {
        if self.devices.len() > 1 {
            self.devices.pop_front();
        }
    }

    async fn join(&mut self) {
        let Some(journaling_client) = &mut self.journaling_client else { return };
        for room in &mut self.rooms {
            if !room.is_in && room.asked.is_none() && room.again_at <= Instant::now() {
                let after = journaling_client.cursors.get(&room.place.room).copied().unwrap_or(room.cursor);
                room.asked = Some(journaling_client.join(room.place.room, after).await);
            }
        }
    }

    async fn send(&mut self) {
        let Some(journaling_client) = &mut self.journaling_client else { return };
        while let Some(message) = self.to_send.pop_front() {
            let reference = journaling_client.post(message.place.room, &message.nonce, &message.body).await;
            self.under_way.insert(reference, message);
        }
    }

    async fn listen(&mut self) {
        let Some(journaling_client) = &mut self.journaling_client else { return };
        match journaling_client.next(Duration::from_millis(20)).await {
            ReceivedEntry::Frame(frame) => {
                self.heard_at = Instant::now();
                self.on_event(&frame);
                if self.habits.reads_slowly && self.rng.one_in(50) {
                    tokio::time::sleep(self.rng.millis(100, 1500)).await;
                    self.heard_at = Instant::now();
                }
            }
            ReceivedEntry::Silence if self.heard_at.elapsed() > 2 * SILENCE => {
                if let Some(journaling_client) = self.journaling_client.take() {
                    self.put_away(&journaling_client);
                    journaling_client.give_up();
                }
            }
            ReceivedEntry::Silence => {
                if self.heard_at.elapsed() > SILENCE && self.asked_at.elapsed() > SILENCE {
                    journaling_client.ping().await;
                    self.asked_at = Instant::now();
                }
            }
            ReceivedEntry::Closed(code) => {
                if let Some(journaling_client) = self.journaling_client.take() {
                    self.put_away(&journaling_client);
                }
                if (4100..4200).contains(&code) {
                    self.next_device();
                }
            }
        }
    }

    fn on_event(&mut self, frame: &Value) {
        let reference = frame["ref"].as_u64();
        let soon = Instant::now() + 2 * PAUSE;
        if let Some(room) = self.rooms.iter_mut().find(|room| room.asked.is_some() && room.asked == reference) {
            (room.asked, room.is_in, room.again_at) = (None, frame["t"] == "joined", soon);
            return;
        }
        if let Some(message) = reference.and_then(|reference| self.under_way.remove(&reference)) {
            // Not a member any more, or not signed in any more, is an answer too.
            let may_be_repeated = frame["t"] == "refused" && frame["retry_after"].is_u64();
            if may_be_repeated {
                self.repeat(message);
            }
            return;
        }
        if matches!(frame["t"].as_str(), Some("removed" | "added"))
            && let Some(room) = self.rooms.iter_mut().find(|room| frame["room"] == json!(room.place.room))
        {
            room.is_in &= frame["t"] == "added";
            room.again_at = Instant::now();
        }
    }

    fn repeat(&mut self, message: SentMessage) {
        if !(self.habits.gives_up && self.rng.one_in(3)) {
            self.to_send.push_back(message);
        }
    }

    fn put_away(&mut self, journaling_client: &JournalingClient) {
        self.note_cursors_of(journaling_client);
        let mut unanswered: Vec<(u64, SentMessage)> = self.under_way.drain().collect();
        unanswered.sort_unstable_by_key(|(reference, _)| *reference);
        for (_, message) in unanswered {
            self.repeat(message);
        }
    }

    fn note_cursors(&mut self) {
        if let Some(journaling_client) = self.journaling_client.take() {
            self.note_cursors_of(&journaling_client);
            self.journaling_client = Some(journaling_client);
        }
    }

    fn note_cursors_of(&mut self, journaling_client: &JournalingClient) {
        for room in &mut self.rooms {
            if let Some(cursor) = journaling_client.cursors.get(&room.place.room) {
                room.cursor = *cursor;
            }
        }
    }

    /// The same message by a request, at whatever other node.
    fn race(&mut self, message: SentMessage) {
        let identity = self.devices[0].clone();
        let url = self.rng.pick(&self.urls).clone();
        self.races.spawn(async move {
            let SentMessage { place: Place { transaction, room }, nonce, body } = message;
            let (connection, asked) = (next_connection(), identity.recorder.now());
            identity.note(JournalEvent::Connected { connection, session: identity.person.session().0 });
            identity.note(JournalEvent::Sent { connection, room, nonce: nonce.clone(), body: body.clone() });
            let path = format!("/api/v1/transactions/{transaction}/messages");
            let form = json!({ "nonce": nonce, "body": body });
            let person = identity.person.at(&url);
            let sent = person.request(reqwest::Method::POST, &path).json(&form).timeout(2 * SILENCE).send().await;
            let answer = match sent {
                Ok(answer) => answer.json::<Value>().await.ok(),
                Err(_) => None,
            };
            identity.note(match answer {
                Some(answer) if answer["seq"].is_i64() => {
                    JournalEvent::Acked { connection, room, nonce, seq: answer["seq"].as_i64().expect("a seq"), asked }
                }
                Some(answer) => {
                    let code = match answer["error"]["code"].as_str().unwrap_or("no code") {
                        "transaction_unknown" | "forbidden" => "room_unknown",
                        "session_required" => "session_ended",
                        code => code,
                    };
                    JournalEvent::Refused { connection, room, nonce, code: code.to_owned(), asked }
                }
                None => JournalEvent::Unanswered { connection, room, nonce },
            });
        });
    }
}
