import assert from "node:assert/strict";
import { test } from "node:test";
import { Timeline } from "../../static/js/stores/timeline.js";

const entry = (seq) => ({
  seq,
  kind: "message",
  author: 9,
  nonce: `n${seq}`,
  body: `m${seq}`,
  at: "2026-11-20T18:00:00.000Z",
});
const run = (from, to) => Array.from({ length: to - from + 1 }, (_, index) => entry(from + index));
const seqs = (timeline) => timeline.entries.map((item) => item.seq);

function holding(from, to, rest = {}) {
  const timeline = new Timeline();
  timeline.reset({ entries: run(from, to), head: to, ...rest });
  return timeline;
}

test("live entries are added once, in order", () => {
  const timeline = holding(1, 3);
  assert.equal(timeline.addLive(entry(4)), "added");
  assert.equal(timeline.addLive(entry(4)), "known");
  assert.deepEqual(seqs(timeline), [1, 2, 3, 4]);
});

test("an entry after a hole is not shown before the hole is filled", () => {
  const timeline = holding(1, 3);
  assert.equal(timeline.addLive(entry(6)), "beyond");
  assert.equal(timeline.hasNewer, true);
  timeline.append({ entries: run(4, 6), has_newer: false, head: 6 });
  assert.deepEqual(seqs(timeline), [1, 2, 3, 4, 5, 6]);
  assert.equal(timeline.hasNewer, false);
});

test("while an older part is shown, live entries only move the head", () => {
  const timeline = holding(1, 50, { has_newer: true, head: 400 });
  assert.equal(timeline.addLive(entry(401)), "beyond");
  assert.equal(timeline.head, 401);
  assert.equal(timeline.last, 50);
});

test("a page that was overtaken by live entries does not claim to be the end", () => {
  const timeline = holding(1, 50, { has_newer: true, head: 60 });
  timeline.addLive(entry(61));
  timeline.append({ entries: run(51, 60), has_newer: false, head: 60 });
  assert.equal(timeline.hasNewer, true);
});

test("older pages join without overlap", () => {
  const timeline = holding(51, 60, { has_older: true });
  assert.equal(timeline.prepend({ entries: run(40, 52), has_older: true }), 11);
  assert.equal(timeline.first, 40);
  assert.deepEqual(
    seqs(timeline),
    run(40, 60).map((item) => item.seq),
  );
});

test("a page that does not touch the window is refused", () => {
  const timeline = holding(51, 60, { has_older: true });
  assert.equal(timeline.prepend({ entries: run(1, 20), has_older: false }), 0);
  assert.equal(timeline.first, 51);
});

test("trimming forgets the far side and remembers that it exists", () => {
  const older = holding(1, 320);
  assert.equal(older.trim("older"), 20);
  assert.deepEqual([older.first, older.last, older.hasOlder, older.hasNewer], [21, 320, true, false]);
  const newer = holding(1, 320);
  newer.trim("newer");
  assert.deepEqual([newer.first, newer.last, newer.hasNewer], [1, 300, true]);
});

test("the first entry of an empty room is added, a later one asks for the past", () => {
  const fresh = new Timeline();
  fresh.reset({ entries: [], head: 0 });
  assert.equal(fresh.addLive(entry(1)), "added");
  const late = new Timeline();
  late.reset({ entries: [], head: 0 });
  assert.equal(late.addLive(entry(5)), "beyond");
});
