//! A person's changes reach their connections on every node, whatever happens to Redis.

use serde_json::{Value, json};

use crate::harness::{World, eventually};
use crate::support::{Person, Socket};

async fn follow(socket: &mut Socket, after: i64) -> Value {
    let reference = socket.send(json!({ "t": "follow", "after": after })).await;
    socket.answer(reference).await["seq"].clone()
}

/// Gives the id.
async fn invite(person: &Person, name: &str) -> i64 {
    let email = format!("{}@example.org", name.to_lowercase());
    let form = json!({ "first_name": name, "last_name": "Marin", "email": email, "project_type": "sale" });
    let made = person.post("/api/v1/client-invitations", form).await;
    made.expect(201)["invitation"]["id"].as_i64().expect("an id")
}

/// The numbers and ids of the changes from `first` to that of this invitation; the last of its mail may follow.
async fn heard(socket: &mut Socket, first: i64, invitation: i64) -> i64 {
    let mut seq = first;
    loop {
        let change = socket.expect("changed").await;
        assert_eq!(change["seq"], seq, "in order, none twice and none left out");
        if change["id"] == json!(invitation) {
            return seq;
        }
        seq += 1;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_crosses_over_redis_and_without_it_and_a_connection_goes_on_on_the_other_node() {
    let mut world = World::new().await;
    let (a, b) = (world.node().await, world.node().await);
    let here = world.broker(&a, "Ana").await;
    let there = world.another_device(&b, &here).await;
    let mut elsewhere = there.socket().await;
    assert_eq!(follow(&mut elsewhere, 0).await, 0);
    let first = invite(&here, "Zoe").await;
    let seq = heard(&mut elsewhere, 1, first).await;

    world.redis.kill();
    eventually("both nodes notice", || async { a.said("lost the bus") && b.said("lost the bus") }).await;
    let second = invite(&here, "Yves").await;
    let seq = heard(&mut elsewhere, seq + 1, second).await;

    // The next connection is with the other node, and begins where this one ended.
    drop(elsewhere);
    let third = invite(&there, "Xenia").await;
    let mut again = here.socket().await;
    follow(&mut again, seq).await;
    let seq = heard(&mut again, seq + 1, third).await;

    world.redis.restart().await;
    let fourth = invite(&there, "Willy").await;
    heard(&mut again, seq + 1, fourth).await;
}
