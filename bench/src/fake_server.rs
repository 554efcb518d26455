//! A server that speaks just enough of docs/PROTOCOL.md to test the load program, and that can be told to break it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{Sender, channel};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ServerFault {
    None,
    /// One listener does not get the tenth entry.
    Lose,
    /// One listener gets the tenth entry twice.
    Repeat,
    /// One listener gets the tenth entry after the eleventh.
    Swap,
    /// One listener gets another text.
    Change,
    /// The tenth post is answered with the seq of its neighbour.
    WrongSeq,
    /// The tenth post is stored twice.
    StoreTwice,
    /// Every fifth post is refused for now.
    RefuseForNow,
    /// The author of the tenth and of the thirtieth post is disconnected before the answer.
    Cut,
    /// The tenth post is never answered.
    Silent,
}

#[derive(Default)]
struct FakeRoom {
    log: Vec<Value>,
    seq_of: HashMap<(u64, String), u64>,
    listeners: Vec<(u64, Sender<Message>)>,
    held: Option<Message>,
}

struct FakeWorld {
    fault: ServerFault,
    posts: u64,
    connections: u64,
    rooms: HashMap<u64, FakeRoom>,
}

type Shared = Arc<Mutex<FakeWorld>>;

/// Runs until the process ends. Tokens are `token-<account>`.
pub fn start(fault: ServerFault) -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let addr = listener.local_addr().unwrap();
    let world = Arc::new(Mutex::new(FakeWorld { fault, posts: 0, connections: 0, rooms: HashMap::new() }));
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).unwrap();
                tokio::spawn(connection(stream, Arc::clone(&world)));
            }
        });
    });
    addr
}

async fn connection(stream: TcpStream, world: Shared) {
    let mut account = 0;
    #[allow(clippy::result_large_err)]
    let check = |request: &Request, response: Response| {
        assert_eq!(request.uri().path(), "/api/v1/socket");
        let token =
            request.headers().get("authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Bearer token-"));
        match token.and_then(|token| token.parse().ok()) {
            Some(known) => {
                account = known;
                Ok(response)
            }
            None => {
                let mut refusal = ErrorResponse::new(None);
                *refusal.status_mut() = tokio_tungstenite::tungstenite::http::StatusCode::UNAUTHORIZED;
                Err(refusal)
            }
        }
    };
    let Ok(socket) = tokio_tungstenite::accept_hdr_async(stream, check).await else { return };
    let (mut write, mut read) = socket.split();
    let (out, mut queue) = channel::<Message>(65_536);
    tokio::spawn(async move {
        while let Some(message) = queue.recv().await {
            if write.send(message).await.is_err() {
                return;
            }
        }
    });
    let id = {
        let mut world = world.lock().unwrap();
        world.connections += 1;
        world.connections
    };
    send(
        &out,
        &json!({"t":"hello","protocol":1,"account":account,"heartbeat_ms":25000,"max_body":10000,"max_frame":65536}),
    );
    let _ = out.try_send(Message::Ping(b"are you there"[..].into()));
    while let Some(Ok(message)) = read.next().await {
        if let Message::Text(text) = message {
            let frame: Value = serde_json::from_str(&text).unwrap();
            let mut world = world.lock().unwrap();
            let room = frame["room"].as_u64().unwrap();
            match frame["t"].as_str().unwrap() {
                "join" => join(world.rooms.entry(room).or_default(), &frame, room, id, &out),
                "leave" => {
                    world.rooms.entry(room).or_default().listeners.retain(|(listener, _)| *listener != id);
                    send(&out, &json!({"t":"left","ref":frame["ref"],"room":room}));
                }
                "post" => post(&mut world, &frame, room, account, id, &out),
                other => panic!("{other}"),
            }
        }
    }
    for room in world.lock().unwrap().rooms.values_mut() {
        room.listeners.retain(|(listener, _)| *listener != id);
    }
}

fn send(out: &Sender<Message>, frame: &Value) {
    let _ = out.try_send(Message::text(frame.to_string()));
}

fn join(state: &mut FakeRoom, frame: &Value, room: u64, id: u64, out: &Sender<Message>) {
    let head = state.log.len();
    let after = frame["after"].as_u64().map_or(head, |after| after as usize);
    send(
        out,
        &json!({"t":"joined","ref":frame["ref"],"room":room,"transaction":1,"head":head,"read":0,"unread":0,"members":[]}),
    );
    for page in state.log[after..].chunks(100) {
        send(out, &json!({"t":"entries","room":room,"entries":page}));
    }
    send(out, &json!({"t":"live","room":room,"seq":head}));
    state.listeners.retain(|(listener, _)| *listener != id);
    state.listeners.push((id, out.clone()));
    send(out, &json!({"t":"presence","room":room,"account":9,"online":false,"last_seen":null}));
}

fn post(world: &mut FakeWorld, frame: &Value, room: u64, account: u64, id: u64, out: &Sender<Message>) {
    world.posts += 1;
    let (nth, fault) = (world.posts, world.fault);
    if fault == ServerFault::RefuseForNow && nth % 5 == 0 {
        send(out, &json!({"t":"refused","ref":frame["ref"],"code":"too_many_posts","retry_after":20}));
        return;
    }
    let state = world.rooms.entry(room).or_default();
    let key = (account, frame["nonce"].as_str().unwrap().to_owned());
    let mut seq = state.seq_of.get(&key).copied().unwrap_or(0);
    if seq == 0 {
        seq = append(state, frame, room, account, nth, fault);
        state.seq_of.insert(key, seq);
        if fault == ServerFault::StoreTwice && nth == 10 {
            append(state, frame, room, account, nth, fault);
        }
    }
    let at = "2026-11-20T18:05:30.001Z";
    match (fault, nth) {
        (ServerFault::Cut, 10 | 30) => {
            state.listeners.retain(|(listener, _)| *listener != id);
            let _ = out.try_send(Message::Close(Some(CloseFrame { code: 4001.into(), reason: "slow_reader".into() })));
        }
        (ServerFault::Silent, 10) => {}
        (ServerFault::WrongSeq, 10) => {
            send(out, &json!({"t":"posted","ref":frame["ref"],"room":room,"seq":seq - 1,"at":at}))
        }
        // As the server writes it, so that the scanner is used.
        _ => {
            let posted = format!(r#"{{"t":"posted","ref":{},"room":{room},"seq":{seq},"at":"{at}"}}"#, frame["ref"]);
            let _ = out.try_send(Message::text(posted));
        }
    }
}

fn append(state: &mut FakeRoom, frame: &Value, room: u64, account: u64, nth: u64, fault: ServerFault) -> u64 {
    let seq = state.log.len() as u64 + 1;
    let line = |body: &Value| {
        format!(
            r#""room":{room},"seq":{seq},"kind":"message","author":{account},"nonce":{},"body":{body},"data":null,"at":"2026-11-20T18:05:30.001Z"}}"#,
            frame["nonce"]
        )
    };
    state.log.push(serde_json::from_str(&format!("{{{}", line(&frame["body"]))).unwrap());
    let entry = Message::text(format!(r#"{{"t":"entry",{}"#, line(&frame["body"])));
    for (at, (_, listener)) in state.listeners.iter().enumerate() {
        match (fault, nth, at) {
            (ServerFault::Lose, 10, 0) => continue,
            (ServerFault::Swap, 10, 0) => {
                state.held = Some(entry.clone());
                continue;
            }
            (ServerFault::Repeat, 10, 0) => drop(listener.try_send(entry.clone())),
            (ServerFault::Change, 10, 0) => {
                let _ = listener.try_send(Message::text(format!(r#"{{"t":"entry",{}"#, line(&json!("hello")))));
                continue;
            }
            _ => {}
        }
        let _ = listener.try_send(entry.clone());
        if at == 0
            && let Some(held) = state.held.take()
        {
            let _ = listener.try_send(held);
        }
    }
    seq
}
