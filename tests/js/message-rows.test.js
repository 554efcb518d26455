import assert from "node:assert/strict";
import { test } from "node:test";
import { buildRows } from "../../static/js/stores/message-rows.js";

const ME = 3;
const at = (minute) => new Date(Date.UTC(2026, 10, 20, 12, minute)).toISOString();
const message = (seq, author, minute = seq) => ({
  seq,
  kind: "message",
  author,
  nonce: `n${seq}`,
  body: `m${seq}`,
  at: at(minute),
});
const build = (options) => buildRows({ me: ME, ...options });
const types = (rows) => rows.map((row) => row.type);

test("messages of one author within five minutes stand together", () => {
  const rows = build({ entries: [message(1, 9, 0), message(2, 9, 5), message(3, 9, 11), message(4, ME, 11)] });
  assert.deepEqual(
    rows.filter((row) => row.type === "message").map((row) => row.first),
    [true, false, true, true],
  );
});

test("an event between two messages ends the group", () => {
  const event = { seq: 2, kind: "member_added", author: 9, data: {}, at: at(1) };
  const rows = build({ entries: [message(1, 9, 0), event, message(3, 9, 2)] });
  assert.deepEqual(types(rows), ["day", "message", "event", "message"]);
  assert.equal(rows[3].first, true);
});

test("each local day begins with its line", () => {
  const next = { ...message(2, 9), at: "2026-11-22T12:00:00.000Z" };
  assert.deepEqual(types(build({ entries: [message(1, 9), next] })), ["day", "message", "day", "message"]);
});

test("the unread line stands above the first foreign message that was not read", () => {
  const rows = build({ entries: [message(1, 9), message(2, ME), message(3, 9)], dividerAfter: 1 });
  assert.deepEqual(types(rows), ["day", "message", "message", "unread", "message"]);
});

test("an unsent message keeps its key when it is acknowledged", () => {
  const pending = [{ nonce: "x", body: "hello", created_at: Date.parse(at(2)), state: "queued" }];
  const before = build({ entries: [message(1, 9)], pending }).at(-1);
  const stored = { ...message(2, ME), nonce: "x", body: "hello" };
  const after = build({ entries: [message(1, 9), stored], pending });
  assert.equal(before.state, "pending");
  assert.equal(after.at(-1).key, before.key);
  assert.equal(after.at(-1).state, "sent");
  assert.equal(after.filter((row) => row.key === before.key).length, 1);
});

test("another author's equal nonce is another message", () => {
  const foreign = { ...message(1, 9), nonce: "x" };
  const rows = build({
    entries: [foreign],
    pending: [{ nonce: "x", body: "mine", created_at: Date.parse(at(2)), state: "failed", code: "nonce_invalid" }],
  });
  assert.deepEqual(rows.map((row) => row.key).slice(1), ["seq:1", "nonce:x"]);
  assert.equal(rows.at(-1).code, "nonce_invalid");
});

test("each reader stands under the last own message they have read, and only there", () => {
  const members = [
    { account: ME, name: "Claire", active: true, read: 4 },
    { account: 9, name: "Paul", active: true, read: 3 },
    { account: 11, name: "Anne", active: true, read: 2 },
    { account: 12, name: "Léa", active: false, read: 4 },
  ];
  const rows = build({ entries: [message(1, ME), message(2, ME), message(3, 9), message(4, ME)], members });
  assert.deepEqual(
    rows.filter((row) => row.type === "message").map((row) => row.readBy),
    [[], ["Paul", "Anne"], [], []],
  );
});

test("a clock that was set back repeats no key, and what is unsent opens no earlier day", () => {
  const days = [
    "2026-11-22T12:00:00.000Z",
    "2026-11-21T12:00:00.000Z",
    "2026-11-22T12:00:00.000Z",
    "2026-11-21T12:00:00.000Z",
  ];
  const entries = days.map((day, index) => ({ ...message(index + 1, 9), at: day }));
  const rows = build({ entries });
  assert.deepEqual(types(rows), ["day", "message", "day", "message", "day", "message", "day", "message"]);
  assert.equal(new Set(rows.map((row) => row.key)).size, rows.length);

  const pending = [{ nonce: "x", body: "hello", created_at: Date.parse("2026-11-20T12:00:00.000Z"), state: "queued" }];
  const behind = build({ entries: entries.slice(0, 1), pending });
  assert.deepEqual(types(behind), ["day", "message", "message"]);
});
