import assert from "node:assert/strict";
import { test } from "node:test";
import { Outbox } from "../../static/js/stores/outbox.js";

// A storage, a server and a clock that the test holds in its hand.
function setUp({ kept = [] } = {}) {
  const stored = new Map(kept.map((item) => [item.nonce, { ...item }]));
  const posts = [];
  const timers = [];
  let count = 0;
  const outbox = new Outbox({
    storage: {
      all: () => [...stored.values()].map((item) => ({ ...item })),
      put: (item) => stored.set(item.nonce, { ...item }),
      remove: (item) => stored.delete(item.nonce),
    },
    post: (message) => new Promise((resolve, reject) => posts.push({ ...message, resolve, reject })),
    newNonce: () => `nonce-${(count += 1)}`,
    owner: "this-tab",
    now: () => 1_000 + count,
    setTimeout: (work, wait) => timers.push({ work, wait }),
    clearTimeout: () => {},
  });
  return { outbox, stored, posts, timers };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const bodies = (posts) => posts.map((post) => post.body);

test("the next message of a room leaves only after the previous one is stored", async () => {
  const { outbox, posts } = setUp();
  outbox.setReady(true);
  outbox.add(7, "one");
  outbox.add(7, "two");
  assert.deepEqual(bodies(posts), ["one"]);
  posts[0].resolve({ seq: 1, at: "2026-11-20T18:00:00.000Z" });
  await settled();
  assert.deepEqual(bodies(posts), ["one", "two"]);
});

test("rooms do not wait for each other", () => {
  const { outbox, posts } = setUp();
  outbox.setReady(true);
  outbox.add(7, "here");
  outbox.add(8, "there");
  assert.deepEqual(bodies(posts), ["here", "there"]);
});

test("a temporary refusal repeats the same nonce after the given time, and nothing overtakes it", async () => {
  const { outbox, posts, timers } = setUp();
  outbox.setReady(true);
  const item = outbox.add(7, "one");
  outbox.add(7, "two");
  posts[0].reject({ code: "unavailable", retry_after: 800 });
  await settled();
  assert.equal(item.state, "queued");
  assert.equal(timers[0].wait, 800);
  assert.equal(posts.length, 1);
  timers[0].work();
  assert.equal(posts[1].nonce, posts[0].nonce);
});

test("an unknown outcome is repeated, never given up", async () => {
  const { outbox, posts, timers } = setUp();
  outbox.setReady(true);
  outbox.add(7, "one");
  posts[0].reject({ code: "outcome_unknown" });
  await settled();
  timers[0].work();
  assert.equal(posts[1].nonce, posts[0].nonce);
});

test("a final refusal marks the message and lets the next one go", async () => {
  const { outbox, posts } = setUp();
  outbox.setReady(true);
  const item = outbox.add(7, "too long");
  outbox.add(7, "fine");
  posts[0].reject({ code: "message_too_long" });
  await settled();
  assert.equal(item.state, "failed");
  assert.equal(item.code, "message_too_long");
  assert.equal(posts[1].body, "fine");
  outbox.retry(item.nonce);
  posts[1].resolve({ seq: 1 });
  await settled();
  assert.equal(posts[2].nonce, item.nonce);
});

test("a lost link keeps the message and sends it again with its nonce", async () => {
  const { outbox, posts } = setUp();
  outbox.setReady(true);
  outbox.add(7, "one");
  outbox.setReady(false);
  posts[0].reject({ code: "link_lost", close: 1006 });
  await settled();
  assert.equal(outbox.queued, 1);
  outbox.setReady(true);
  assert.equal(posts[1].nonce, posts[0].nonce);
});

test("a frame that closed the connection is not sent again", async () => {
  const { outbox, posts } = setUp();
  outbox.setReady(true);
  const item = outbox.add(7, "huge");
  outbox.setReady(false);
  posts[0].reject({ code: "link_lost", close: 1009 });
  await settled();
  assert.equal(item.state, "failed");
  outbox.setReady(true);
  assert.equal(posts.length, 1);
});

test("the own entry settles a message whose answer was lost", async () => {
  const { outbox, posts, stored } = setUp();
  outbox.setReady(true);
  outbox.add(7, "one");
  outbox.add(7, "two");
  outbox.settle(7, "nonce-1");
  assert.equal(posts[1].body, "two");
  posts[0].resolve({ seq: 4 });
  await settled();
  assert.equal(outbox.of(7).length, 1);
  assert.deepEqual([...stored.keys()], ["nonce-2"]);
});

test("what a closed tab left behind is adopted in order; a living tab's is not", () => {
  const left = (nonce, order, owner) => ({
    nonce,
    room: 7,
    body: nonce,
    created_at: 500,
    order,
    owner,
    state: "sending",
    code: null,
    tries: 1,
  });
  const { outbox, posts, stored } = setUp({
    kept: [left("b", 2, "closed"), left("a", 1, "closed"), left("c", 3, "living")],
  });
  outbox.adopt((owner) => owner === "closed");
  assert.deepEqual(
    outbox.of(7).map((item) => item.nonce),
    ["a", "b"],
  );
  assert.equal(stored.get("a").owner, "this-tab");
  outbox.setReady(true);
  assert.equal(posts[0].nonce, "a");
});

test("only what certainly is not stored can be thrown away", () => {
  const { outbox } = setUp();
  const waiting = outbox.add(7, "never sent");
  assert.equal(outbox.discard(waiting.nonce), true);
  outbox.setReady(true);
  const flying = outbox.add(7, "under way");
  assert.equal(outbox.discard(flying.nonce), false);
});

test("a person who was removed is told at each of their unsent messages", () => {
  const { outbox } = setUp();
  outbox.add(7, "one");
  outbox.failRoom(7, "room_unknown");
  assert.deepEqual(
    outbox.of(7).map((item) => [item.state, item.code]),
    [["failed", "room_unknown"]],
  );
  assert.equal(outbox.queued, 0);
});

test("after a sign-out nothing is sent and nothing written down", async () => {
  const { outbox, posts, stored } = setUp();
  outbox.setReady(true);
  outbox.add(7, "one");
  outbox.add(7, "two");
  assert.equal(outbox.size, 2);
  outbox.close();
  stored.clear();
  posts[0].reject({ code: "link_lost" });
  await settled();
  outbox.setReady(true);
  assert.equal(outbox.size, 0);
  assert.equal(stored.size, 0);
  assert.equal(posts.length, 1);
});
