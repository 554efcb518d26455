import assert from "node:assert/strict";
import { test } from "node:test";
import { Emitter } from "../../static/js/core/emitter.js";
import { LiveCollection } from "../../static/js/stores/live-collection.js";

// Timers run when a test says so, and `settled` waits for everything that follows from them.
let timers = [];
globalThis.setTimeout = (work) => {
  timers.push(work);
  return work;
};
globalThis.clearTimeout = (work) => {
  timers = timers.filter((other) => other !== work);
};
async function settled() {
  do {
    for (const work of timers.splice(0)) work();
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
  } while (timers.length > 0);
}

const refusal = (status) => Object.assign(new Error(String(status)), { status });

// A server with numbered tasks, three on a page, the newest first. What it is asked is noted.
class Tasks extends LiveCollection {
  topic = "task";
  asked = [];
  stored = new Map();
  failure = null;

  constructor(live, { signal, alone = false, count = 7 } = {}) {
    super({ live, signal });
    for (let id = 1; id <= count; id += 1) this.stored.set(id, { id, title: `Task ${id}` });
    if (alone) this.fetchOne = this.#one;
  }

  async fetchPage({ before, q = "", signal }) {
    this.asked.push(before === null ? "first" : `before ${before}`);
    await new Promise(setImmediate);
    if (this.failure) throw this.failure;
    if (signal?.aborted) throw Object.assign(new Error("aborted"), { name: "AbortError" });
    const found = [...this.stored.values()].filter(({ title }) => title.includes(q)).sort((a, b) => b.id - a.id);
    const rest = found.filter(({ id }) => before === null || id < before);
    const items = rest.slice(0, 3);
    return { items, next: rest.length > 3 ? items.at(-1).id : null, total: found.length };
  }

  async #one(id) {
    this.asked.push(`one ${id}`);
    if (this.failure) throw this.failure;
    if (!this.stored.has(id)) throw refusal(404);
    return this.stored.get(id);
  }
}

function shown(options = {}, setup = {}) {
  const live = new Emitter();
  const leave = new AbortController();
  const tasks = new Tasks(live, { signal: leave.signal, ...setup });
  const list = tasks.list({ signal: leave.signal, ...options });
  const drawn = [];
  for (const type of ["change", "settled"]) list.on(type, () => drawn.push(list.items.map(({ title }) => title)));
  return { live, leave, tasks, list, drawn };
}

const titles = (...ids) => ids.map((id) => `Task ${id}`);

test("a list comes in pages, and a filter starts it again", async () => {
  const filter = { q: "" };
  const { tasks, list, drawn } = shown({ filter });
  await list.start();
  assert.deepEqual(drawn.at(-1), titles(7, 6, 5));
  assert.equal(list.page.total, 7);
  await list.more();
  await list.more();
  assert.deepEqual(drawn.at(-1), titles(7, 6, 5, 4, 3, 2, 1));
  assert.equal(list.next, null);
  filter.q = "Task 2";
  await list.restart();
  assert.deepEqual(drawn.at(-1), titles(2));
  assert.deepEqual(tasks.asked, ["first", "before 5", "before 2", "first"]);
});

test("of two requests the later one counts", async () => {
  const filter = { q: "Task 1" };
  const { list, drawn } = shown({ filter });
  const first = list.restart();
  filter.q = "Task 3";
  await Promise.all([first, list.restart()]);
  assert.deepEqual(drawn, [titles(3)]);
});

test("a change of something known is fetched alone and drawn once", async () => {
  const { live, tasks, list, drawn } = shown({}, { alone: true });
  await list.start();
  tasks.asked.length = drawn.length = 0;
  tasks.stored.set(6, { id: 6, title: "Sign" });
  live.emit("changed", { topic: "task", id: 6 });
  live.emit("changed", { topic: "other", id: 5 });
  await settled();
  assert.deepEqual(tasks.asked, ["one 6"]);
  assert.deepEqual(drawn, [["Task 7", "Sign", "Task 5"]]);
});

test("something new makes the list ask for the pages that it shows", async () => {
  const { live, tasks, list, drawn } = shown({}, { alone: true });
  await list.start();
  await list.more();
  tasks.asked.length = 0;
  tasks.stored.set(8, { id: 8, title: "Task 8" });
  live.emit("changed", { topic: "task", id: 8 });
  await settled();
  assert.deepEqual(tasks.asked, ["one 8", "first", "before 6"]);
  assert.deepEqual(drawn.at(-1), titles(8, 7, 6, 5, 4, 3));
});

test("what cannot be asked for alone makes the list ask again, once for a burst", async () => {
  const { live, tasks, list } = shown();
  await list.start();
  tasks.asked.length = 0;
  for (const id of [7, 6, undefined]) live.emit("changed", { topic: "task", id });
  await settled();
  assert.deepEqual(tasks.asked, ["first"]);
});

test("what answers 403 or 404 is dropped; any other failure leaves it", async () => {
  for (const [status, left] of [
    [404, titles(7, 5)],
    [403, titles(7, 5)],
    [500, titles(7, 6, 5)],
    [0, titles(7, 6, 5)],
  ]) {
    const { live, tasks, list, drawn } = shown({}, { alone: true });
    await list.start();
    tasks.failure = refusal(status);
    live.emit("changed", { topic: "task", id: 6 });
    await settled();
    assert.deepEqual(drawn.at(-1), left, String(status));
    assert.equal(tasks.get(6) === null, status === 403 || status === 404);
  }
});

test("a refresh that fails leaves what stands there and says so; a failed first page is an error", async () => {
  const { live, tasks, list, drawn } = shown();
  tasks.failure = refusal(500);
  await list.start();
  assert.equal(list.error.status, 500);
  assert.deepEqual(drawn.at(-1), []);
  tasks.failure = null;
  await list.restart();
  assert.equal(list.error, null);
  const told = [];
  list.on("refreshed", (error) => told.push(error?.status ?? null));
  tasks.failure = refusal(503);
  await list.refresh();
  assert.deepEqual(list.items.length, 3);
  tasks.failure = null;
  live.emit("stale");
  await settled();
  assert.deepEqual(told, [503, null]);
});

test("after a lost connection only what the server does not tell is loaded again", async () => {
  for (const [isFollowed, asked] of [
    [true, []],
    [false, ["first"]],
  ]) {
    const { live, tasks, list } = shown();
    tasks.isFollowed = isFollowed;
    await list.start();
    tasks.asked.length = 0;
    live.emit("resumed");
    await settled();
    assert.deepEqual(tasks.asked, asked);
  }
});

test("a change while an answer is on its way asks once more", async () => {
  const { live, tasks, list } = shown();
  await list.start();
  tasks.asked.length = 0;
  const refreshing = list.refresh();
  list.refresh();
  live.emit("changed", { topic: "task" });
  await refreshing;
  await settled();
  assert.deepEqual(tasks.asked, ["first", "first", "first"]);
});

test("on the way back the list stands there as it was left", async () => {
  const memory = {};
  const before = shown({ memory });
  await before.list.start();
  await before.list.more();
  before.leave.abort();
  const { tasks, list, drawn } = shown({ memory });
  const started = list.start();
  assert.deepEqual(drawn, [titles(7, 6, 5, 4, 3, 2)]);
  assert.equal(list.next, 2);
  await started;
  assert.deepEqual(tasks.asked, ["first", "before 5"]);
});

test("nothing is heard or fetched once the page is left", async () => {
  const { live, leave, tasks, list, drawn } = shown({}, { alone: true });
  await list.start();
  tasks.asked.length = drawn.length = 0;
  leave.abort();
  live.emit("changed", { topic: "task", id: 6 });
  live.emit("resumed");
  await settled();
  assert.deepEqual([tasks.asked, drawn], [[], []]);
});
