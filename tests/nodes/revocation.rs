//! Who loses a right has lost it on every node: also on one that slept, and while Redis is away.

use std::time::{Duration, Instant};

use entremise::domain::Role;
use entremise::server::system_clock;
use serde_json::{Value, json};

use crate::harness::{Node, World, eventually};
use crate::support::proxy::Proxy;
use crate::support::{PASSWORD, Person, Socket};

/// What the product promises (DESIGN G13).
const ENDS_WITHIN: Duration = Duration::from_secs(2);

/// Ana on one node; Ben, who will be removed, on the other, and they hear the room.
struct RevocationScene {
    transaction: i64,
    room: i64,
    ana: Person,
    ben: Person,
    for_ana: Socket,
    for_ben: Socket,
    a: Node,
    b: Node,
    /// From the second node to the database and to Redis.
    to_database: Proxy,
    to_redis: Proxy,
    world: World,
}

async fn scene() -> RevocationScene {
    let world = World::new().await;
    let a = world.node().await;
    let (b, to_database, to_redis) = world.node_on_wires().await;
    let (ana, ben) = (world.broker(&a, "Ana").await, world.broker(&b, "Ben").await);
    let (transaction, room) = ana.open_transaction("House").await;
    ana.add(transaction, &ben).await;
    let (mut for_ana, mut for_ben) = (ana.socket().await, ben.socket().await);
    for_ana.join(room, None).await;
    for_ben.join(room, None).await;
    // The nodes hear each other: what follows is not about a room that was never followed.
    for_ana.post(room, "before", "Ben may read this").await;
    for_ben.expect("entry").await;
    RevocationScene { transaction, room, ana, ben, for_ana, for_ben, a, b, to_database, to_redis, world }
}

impl RevocationScene {
    async fn remove_ben(&self) {
        let path = format!("/api/v1/transactions/{}/participants/{}", self.transaction, self.ben.account());
        self.ana.delete(&path).await.expect(204);
    }

    async fn post_secrets(&mut self, count: usize) {
        self.post_secrets_from(0, count).await;
    }

    async fn post_secrets_from(&mut self, first: usize, count: usize) {
        for number in first..first + count {
            let answer = self.for_ana.post(self.room, &format!("secret{number}"), "not for Ben").await;
            assert_eq!(answer["t"], "posted");
        }
    }

    /// Everything that Ben's socket gets until it is told of the removal, and a while longer.
    async fn ben_hears_nothing(&mut self) {
        let mut heard: Vec<Value> = Vec::new();
        loop {
            let frame = self.for_ben.next().await.expect("the connection itself stays");
            let removed = frame["t"] == "removed";
            heard.push(frame);
            if removed {
                break;
            }
        }
        // Frames that were on their way would come before the answers to these.
        for _ in 0..3 {
            let reference = self.for_ben.send(json!({ "t": "ping" })).await;
            loop {
                let frame = self.for_ben.next().await.expect("the connection itself stays");
                let answered = frame["ref"] == json!(reference);
                heard.push(frame);
                if answered {
                    break;
                }
            }
        }
        let leaked: Vec<&Value> = heard.iter().filter(|frame| frame.to_string().contains("not for Ben")).collect();
        assert!(leaked.is_empty(), "{} of the secret messages reached Ben", leaked.len());
        let stray = heard.iter().find(|f| {
            f["room"] == json!(self.room)
                && !matches!(f["t"].as_str(), Some("added" | "removed" | "presence" | "entry"))
        });
        assert!(stray.is_none(), "{stray:?}");
        // Nor by asking.
        for frame in [
            json!({ "t": "join", "room": self.room, "after": 0 }),
            json!({ "t": "post", "room": self.room, "nonce": "x", "body": "x" }),
        ] {
            let reference = self.for_ben.send(frame).await;
            assert_eq!(self.for_ben.answer(reference).await["code"], "room_unknown");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removed_member_hears_nothing_more_on_the_other_node() {
    let mut scene = scene().await;
    scene.remove_ben().await;
    scene.post_secrets(50).await;
    scene.ben_hears_nothing().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_slept_through_the_removal_leaks_nothing() {
    let mut scene = scene().await;
    scene.b.freeze();
    scene.remove_ben().await;
    scene.post_secrets(50).await;
    scene.b.thaw();
    scene.ben_hears_nothing().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_slept_while_redis_died_leaks_nothing() {
    let mut scene = scene().await;
    scene.b.freeze();
    scene.world.redis.kill();
    scene.remove_ben().await;
    scene.post_secrets(50).await;
    scene.b.thaw();
    scene.ben_hears_nothing().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removal_arrives_without_redis_too() {
    let mut scene = scene().await;
    scene.world.redis.kill();
    scene.remove_ben().await;
    scene.post_secrets(50).await;
    scene.ben_hears_nothing().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_redis_cannot_reach_leaks_nothing() {
    let mut scene = scene().await;
    scene.to_redis.freeze();
    scene.remove_ben().await;
    scene.post_secrets(50).await;
    scene.ben_hears_nothing().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_lost_its_database_leaks_nothing() {
    let mut scene = scene().await;
    scene.to_database.cut();
    scene.remove_ben().await;
    scene.post_secrets(50).await;
    // Told by Redis alone, and asked only when there is somebody to ask.
    let removed = scene.for_ben.expect("removed").await;
    scene.for_ben.put_back(removed);
    scene.to_database.heal();
    let ready = || async { scene.ben.get("/health/ready").await.status == 200 };
    eventually("the node is ready again", ready).await;
    scene.ben_hears_nothing().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_was_cut_off_from_everything_leaks_nothing() {
    let mut scene = scene().await;
    scene.to_redis.cut();
    scene.to_database.freeze();
    scene.remove_ben().await;
    scene.post_secrets(50).await;
    scene.to_redis.heal();
    scene.post_secrets_from(50, 50).await;
    scene.to_database.heal();
    scene.ben_hears_nothing().await;
}

/// Ends a session of Ben's through the other node, in four ways; each must close their socket in time.
async fn sessions_end_everywhere(redis: bool) {
    let mut scene = scene().await;
    let admin = scene.world.person(&scene.a, "Ada", Role::Admin).await;
    let signed_out = scene.world.another_device(&scene.b, &scene.ben).await;
    let revoked = scene.world.another_device(&scene.b, &scene.ben).await;
    let forgotten = scene.world.another_device(&scene.b, &scene.ben).await;
    let (mut first, mut second, mut third) =
        (signed_out.socket().await, revoked.socket().await, forgotten.socket().await);
    if !redis {
        scene.world.redis.kill();
    }

    let on_a = signed_out.at(&scene.a.url);
    closes(&mut first, 4100, async {
        on_a.delete("/api/v1/sessions/current").await.expect(204);
    })
    .await;

    let (on_a, path) = (scene.ben.at(&scene.a.url), format!("/api/v1/sessions/{}", revoked.session()));
    closes(&mut second, 4100, async {
        on_a.delete(&path).await.expect(204);
    })
    .await;

    let passwords = json!({ "current_password": PASSWORD, "new_password": "Autre-Tuile-91-pluie" });
    closes(&mut third, 4105, async {
        on_a.put("/api/v1/me/password", passwords).await.expect(200);
    })
    .await;
    // The device that they did all this with goes on.
    scene.for_ben.expect_no_entry(scene.room).await;

    let path = format!("/api/v1/accounts/{}/deactivate", scene.ben.account());
    closes(&mut scene.for_ben, 4101, async {
        admin.post(&path, json!({})).await.expect(200);
    })
    .await;
    for ended in [&signed_out, &revoked, &forgotten, &scene.ben] {
        ended.get("/api/v1/me").await.expect_refusal(401, "session_required");
        assert_eq!(Socket::open(&scene.b.url, ended.token.as_deref()).await.err(), Some(401));
    }
}

/// A revocation whose time is long past when it becomes known: how far a node looks back depends on when it last looked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_slept_long_learns_which_sessions_ended() {
    let mut scene = scene().await;
    scene.world.redis.kill();
    scene.b.freeze();
    let asleep = system_clock().now();
    scene.ben.at(&scene.a.url).delete("/api/v1/sessions/current").await.expect(204);
    scene.world.execute(&format!("UPDATE revocations SET created_at = {}", asleep.plus_ms(-28_000).0));
    let slept = || async { system_clock().now() > asleep.plus_ms(5_000) };
    eventually("a while has passed", slept).await;
    scene.b.thaw();
    assert_eq!(scene.for_ben.expect_close().await, 4100);
}

async fn closes(socket: &mut Socket, with: u16, by: impl Future<Output = ()>) {
    by.await;
    let acknowledged = Instant::now();
    assert_eq!(socket.expect_close().await, with);
    assert!(acknowledged.elapsed() <= ENDS_WITHIN, "it took {:?}", acknowledged.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_ends_closes_its_sockets_on_the_other_node() {
    sessions_end_everywhere(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_ends_closes_its_sockets_without_redis_too() {
    sessions_end_everywhere(false).await;
}
