//! Two installations share a Redis, and nothing else: their rooms and accounts have the same numbers.

use serde_json::json;

use crate::harness::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_installations_on_one_redis_do_not_hear_each_other() {
    let (one, two) = (World::new().await, World::new().await);
    let redis = one.redis.url();
    let settings = [("REDIS_URL", redis.as_str()), ("ENTREMISE_REDIS_PREFIX", "other-office")];
    let here = one.node().await;
    let (there, there_too) = (two.node_with(&settings).await, two.node_with(&settings).await);
    let (ana, zoe) = (one.broker(&here, "Ana").await, two.broker(&there, "Zoe").await);
    assert_eq!((ana.account(), ana.session()), (zoe.account(), zoe.session()));
    let ((_, room), (_, same)) = (ana.open_transaction("House").await, zoe.open_transaction("Barn").await);
    assert_eq!(room, same);
    let mut for_ana = ana.socket().await;
    for_ana.join(room, None).await;
    let (mut for_zoe, mut across) = (zoe.socket().await, zoe.at(&there_too.url).socket().await);
    across.join(room, None).await;

    assert_eq!(for_zoe.post(room, "n", "not for Ana").await["t"], "posted");
    across.expect("entry").await;
    // By now it has gone through Redis, to everybody who listens there.
    for_ana.expect_no_entry(room).await;
    assert_eq!(for_ana.post(room, "n", "her own").await["t"], "posted");
    assert_eq!(for_ana.expect("entry").await["body"], json!("her own"));

    zoe.delete("/api/v1/sessions/current").await.expect(204);
    assert_eq!(across.expect_close().await, 4100);
    for_ana.ping().await.expect("another person of this number has signed out elsewhere");
}
