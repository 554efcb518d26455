import assert from "node:assert/strict";
import { test } from "node:test";
import { Emitter } from "../../static/js/core/emitter.js";
import { ChangeStream } from "../../static/js/stores/change-stream.js";

let timers = [];
globalThis.setTimeout = (work) => {
  timers.push(work);
  return work;
};
globalThis.clearTimeout = (work) => {
  timers = timers.filter((other) => other !== work);
};
const settled = () => new Promise(setImmediate);

// A socket whose answers a test gives.
class Socket extends Emitter {
  ready = false;
  asked = [];

  request(frame) {
    return new Promise((resolve, reject) => this.asked.push({ frame, resolve, reject }));
  }

  connect() {
    this.ready = true;
    this.emit("ready");
  }

  say(frame) {
    this.emit("frame", frame);
  }

  lose() {
    this.ready = false;
    this.emit("down", { code: 1006 });
  }

  get last() {
    return this.asked.at(-1);
  }
}

function followed(seq) {
  const socket = new Socket();
  const stream = new ChangeStream(socket);
  const told = [];
  stream.on("changed", ({ topic, id }) => told.push(`${topic} ${id}`));
  stream.on("stale", () => told.push("stale"));
  stream.begin(seq);
  socket.connect();
  return { socket, stream, told };
}

const changed = (seq, id) => ({ t: "changed", topic: "task", id, seq });

test("the first connection follows from the number of the document", () => {
  const { socket, told } = followed(41);
  assert.deepEqual(socket.last.frame, { t: "follow", after: 41 });
  socket.say({ t: "following", ref: 1, seq: 42 });
  socket.say(changed(42, 7));
  assert.deepEqual(told, ["task 7"]);
});

test("without a number what is loaded already may be older", () => {
  const { socket, told } = followed();
  assert.deepEqual(socket.last.frame, { t: "follow" });
  socket.say({ t: "following", ref: 1, seq: 42 });
  assert.deepEqual(told, ["stale"]);
  socket.lose();
  socket.connect();
  assert.deepEqual(socket.last.frame, { t: "follow", after: 42 });
});

test("after a lost connection it goes on where it was, and tells nothing twice", () => {
  const { socket, told } = followed(0);
  socket.say({ t: "following", ref: 1, seq: 0 });
  socket.say(changed(1, 7));
  socket.lose();
  socket.connect();
  assert.deepEqual(socket.last.frame, { t: "follow", after: 1 });
  // Heard before the answer: it is told again behind it, with what stands before it.
  socket.say(changed(3, 9));
  assert.deepEqual(told, ["task 7"]);
  socket.say({ t: "following", ref: 2, seq: 3 });
  for (const [seq, id] of [
    [2, 8],
    [3, 9],
    [3, 9],
  ])
    socket.say(changed(seq, id));
  assert.deepEqual(told, ["task 7", "task 8", "task 9"]);
});

test("too much to say one by one is stale, with the number that it leads to", () => {
  const { socket, told } = followed(1);
  socket.say({ t: "following", ref: 1, seq: 900 });
  socket.say({ t: "stale", seq: 900 });
  socket.lose();
  socket.connect();
  assert.deepEqual(socket.last.frame, { t: "follow", after: 900 });
  socket.say({ t: "following", ref: 2, seq: 900 });
  socket.say(changed(901, 7));
  assert.deepEqual(told, ["stale", "task 7"]);
});

test("a refusal that passes is repeated", async () => {
  const { socket, told } = followed(4);
  socket.last.reject({ code: "unavailable", retry_after: 1000 });
  await settled();
  for (const work of timers.splice(0)) work();
  assert.equal(socket.asked.length, 2);
  assert.deepEqual(told, []);
  socket.last.reject({ code: "unavailable", retry_after: 1000 });
  await settled();
  socket.lose();
  assert.deepEqual(timers, [], "a lost connection follows anew by itself");
});

test("a node that follows nothing says what it hears, without numbers", async () => {
  const { socket, told } = followed(4);
  socket.last.reject({ code: "frame_malformed" });
  await settled();
  socket.say({ t: "changed", topic: "transaction", id: 12 });
  assert.deepEqual(told, ["stale", "transaction 12"]);
  socket.lose();
  socket.connect();
  assert.deepEqual(socket.last.frame, { t: "follow", after: 4 }, "the next node may know more");
});

test("another account has other numbers", () => {
  const { socket, stream } = followed(4);
  stream.begin();
  socket.connect();
  assert.deepEqual(socket.last.frame, { t: "follow" });
});
