//! A server that speaks enough of docs/PROTOCOL.md for the load program and keeps nothing, or inserts a row first: what is posted
//! into a room goes through the mailbox of every session in it. The frames have the bytes that the real server's have, so that both have the
//! same to carry. The poster counts up the room's `seq` and fills the mailboxes under the room's lock: there is no shorter way
//! that keeps the order, which the load program looks at.

use std::collections::HashMap;
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix::prelude::*;
use actix_web::{App, Error, HttpRequest, HttpResponse, HttpServer, web};
use actix_web_actors::ws::{Message, ProtocolError, WebsocketContext, WsResponseBuilder};
use anyhow::{Context as _, Result, ensure};
use bytestring::ByteString;
use clap::Args;

use super::MAILBOX;
use super::storing::{self, BarePost};
use crate::wire::{self, Sent};

const MAX_FRAME: usize = 65_536;
/// Neither is kept or read by anybody; they are as long as real ones.
pub(super) const AUTHOR: u64 = 1000;
const AT: &str = "2026-11-20T18:05:30.001Z";

#[derive(Debug, Clone, Args)]
pub struct BroadcastArgs {
    /// Where to listen. Loopback only
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub bind: SocketAddr,
    /// Threads that serve; as many as the server has by default
    #[arg(long)]
    pub workers: Option<usize>,
    /// Insert each post into this database before it is passed on; its entries are thrown away
    #[arg(long)]
    pub database: Option<String>,
}

#[derive(Default)]
struct Rooms(Mutex<HashMap<u64, Arc<Mutex<BroadcastRoom>>>>);

#[derive(Default)]
pub(super) struct BroadcastRoom {
    head: u64,
    members: Vec<Addr<BroadcastSession>>,
}

pub(super) struct BroadcastSession {
    rooms: web::Data<Rooms>,
    /// To whoever stores, if anybody does.
    store: Option<SyncSender<BarePost>>,
    joined: HashMap<u64, Arc<Mutex<BroadcastRoom>>>,
}

#[derive(actix::Message)]
#[rtype(result = "()")]
pub(super) struct Deliver(ByteString);

/// Serves until it is told to stop.
pub fn run(args: &BroadcastArgs) -> Result<()> {
    ensure!(args.bind.ip().is_loopback(), "--bind {}: only loopback addresses are served", args.bind);
    let args = args.clone();
    System::new().block_on(async move {
        let rooms = web::Data::new(Rooms::default());
        let store = web::Data::new(args.database.as_deref().map(storing::start).transpose()?);
        let mut server = HttpServer::new(move || {
            App::new()
                .app_data(rooms.clone())
                .app_data(store.clone())
                .route("/api/v1/socket", web::get().to(open))
                .route("/health/ready", web::get().to(HttpResponse::Ok))
        })
        .tcp_nodelay(true)
        .shutdown_timeout(1);
        if let Some(workers) = args.workers {
            server = server.workers(workers.max(1));
        }
        server
            .bind(args.bind)
            .with_context(|| format!("cannot listen on {}", args.bind))?
            .run()
            .await
            .context("serving")
    })
}

type Store = Option<SyncSender<BarePost>>;

async fn open(
    request: HttpRequest,
    stream: web::Payload,
    rooms: web::Data<Rooms>,
    store: web::Data<Store>,
) -> Result<HttpResponse, Error> {
    let session = BroadcastSession { rooms, store: store.as_ref().clone(), joined: HashMap::new() };
    WsResponseBuilder::new(session, &request, stream).frame_size(MAX_FRAME).start()
}

impl Rooms {
    fn room(&self, room: u64) -> Arc<Mutex<BroadcastRoom>> {
        let mut rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(rooms.entry(room).or_default())
    }
}

impl BroadcastSession {
    fn join(&mut self, reference: u64, room: u64, ctx: &mut WebsocketContext<Self>) {
        let shared = self.rooms.room(room);
        let head = {
            let mut state = lock(&shared);
            state.members.push(ctx.address());
            state.head
        };
        self.joined.insert(room, shared);
        ctx.text(format!(
            r#"{{"t":"joined","ref":{reference},"room":{room},"transaction":1,"head":{head},"read":0,"unread":0,"members":[]}}"#
        ));
        ctx.text(format!(r#"{{"t":"live","room":{room},"seq":{head}}}"#));
    }

    fn post(&mut self, sent: (u64, u64, &str, &str), ctx: &mut WebsocketContext<Self>) -> Option<()> {
        let (reference, room, nonce, body) = sent;
        let shared = self.joined.get(&room)?;
        if let Some(store) = &self.store {
            let (nonce, body) = (nonce.to_owned(), body.to_owned());
            let post = BarePost { reference, room, shared: shared.clone(), author: ctx.address(), nonce, body };
            return store.try_send(post).ok();
        }
        let mut shared = lock(shared);
        let seq = shared.next_seq();
        let Deliver(answer) = shared.pass_on((reference, room, seq), nonce, body);
        drop(shared);
        ctx.text(answer);
        Some(())
    }
}

pub(super) fn lock(room: &Mutex<BroadcastRoom>) -> MutexGuard<'_, BroadcastRoom> {
    room.lock().unwrap_or_else(PoisonError::into_inner)
}

impl BroadcastRoom {
    pub(super) fn next_seq(&mut self) -> u64 {
        self.head += 1;
        self.head
    }

    /// Fills the mailboxes of the room, and gives what the author is answered.
    pub(super) fn pass_on(&self, (reference, room, seq): (u64, u64, u64), nonce: &str, body: &str) -> Deliver {
        let mut entry = String::with_capacity(160 + nonce.len() + body.len());
        // Writing into a String cannot fail.
        let _ =
            write!(entry, r#"{{"t":"entry","room":{room},"seq":{seq},"kind":"message","author":{AUTHOR},"nonce":""#);
        entry.push_str(nonce);
        entry.push_str(r#"","body":""#);
        entry.push_str(body);
        entry.push_str(r#"","data":null,"at":""#);
        entry.push_str(AT);
        entry.push_str(r#""}"#);
        let entry = ByteString::from(entry);
        for member in &self.members {
            // Full is not possible with what the load program has under way; if it were, it would miss something.
            let _ = member.try_send(Deliver(entry.clone()));
        }
        Deliver(format!(r#"{{"t":"posted","ref":{reference},"room":{room},"seq":{seq},"at":"{AT}"}}"#).into())
    }
}

impl Actor for BroadcastSession {
    type Context = WebsocketContext<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
        ctx.text(
            r#"{"t":"hello","protocol":1,"account":1000,"heartbeat_ms":25000,"max_body":10000,"max_frame":65536}"#,
        );
    }

    fn stopped(&mut self, ctx: &mut Self::Context) {
        let own = ctx.address();
        for room in self.joined.values() {
            lock(room).members.retain(|member| *member != own);
        }
    }
}

impl Handler<Deliver> for BroadcastSession {
    type Result = ();

    fn handle(&mut self, Deliver(entry): Deliver, ctx: &mut Self::Context) {
        ctx.text(entry);
    }
}

impl StreamHandler<Result<Message, ProtocolError>> for BroadcastSession {
    fn handle(&mut self, message: Result<Message, ProtocolError>, ctx: &mut Self::Context) {
        let understood = match message {
            Ok(Message::Text(text)) => match wire::parse_sent(&text) {
                Some(Sent::Join { reference, room }) => {
                    self.join(reference, room, ctx);
                    true
                }
                Some(Sent::Post { reference, room, nonce, body }) => {
                    self.post((reference, room, nonce, body), ctx).is_some()
                }
                None => false,
            },
            Ok(Message::Ping(payload)) => {
                ctx.pong(&payload);
                true
            }
            Ok(Message::Pong(_) | Message::Nop) => true,
            _ => false,
        };
        if !understood {
            ctx.close(None);
            ctx.stop();
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::sqlite::Sqlite;
    use crate::cli::{BenchCommand, Cli};

    /// The load program verifies every delivery, so its verdict is the test.
    #[test]
    fn what_is_posted_reaches_everybody_once_and_in_order() {
        posts_reach_everybody(None);
    }

    #[test]
    fn what_is_posted_is_stored_and_reaches_everybody_once_and_in_order() {
        let file = std::env::temp_dir().join(format!("entremise-storing-{}.sqlite3", std::process::id()));
        std::fs::File::create(&file).unwrap();
        // A row that lacks what the server's table asks for, or stands twice, ends the program.
        let columns = "room_id, seq, author_id, nonce, body, acl_version, kind, created_at";
        let unique = "UNIQUE (room_id, seq), UNIQUE (author_id, nonce)";
        let made = format!("CREATE TABLE entries ({}, {unique})", columns.replace(',', " NOT NULL,"));
        Sqlite::connect(file.to_str().unwrap(), false).unwrap().execute(&made).unwrap();
        posts_reach_everybody(Some(format!("sqlite:{}", file.display())));
        std::fs::remove_file(file).unwrap();
    }

    fn posts_reach_everybody(database: Option<String>) {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let bind = taken.local_addr().unwrap();
        drop(taken);
        let serving =
            std::thread::spawn(move || super::run(&super::BroadcastArgs { bind, workers: Some(2), database }));
        while std::net::TcpStream::connect(bind).is_err() {
            assert!(!serving.is_finished(), "the server ended");
            std::thread::yield_now();
        }
        let fixture = std::env::temp_dir().join(format!("entremise-bare-{}.json", bind.port()));
        let accounts = r#"[{"account":1,"token":"a"},{"account":2,"token":"b"}]"#;
        let rooms = r#"[{"room":7,"members":[1,2]},{"room":8,"members":[1,2]}]"#;
        std::fs::write(&fixture, format!(r#"{{"accounts":{accounts},"rooms":{rooms}}}"#)).unwrap();
        let line = format!(
            "x load --url http://{bind} --fixture {} --members 5 --in-flight 64 --warmup 0 --seconds 0.3",
            fixture.display()
        );
        let BenchCommand::Load(args) = Cli::parse_from(line.split(' ')).command else { unreachable!() };
        let report = crate::load::run(&args).unwrap();
        std::fs::remove_file(fixture).unwrap();
        assert!(report.passed(), "{report:?}");
        assert_eq!(report.verified_deliveries, report.verified_posts * 5);
    }
}
