import assert from "node:assert/strict";
import { test } from "node:test";
import { foldProgress } from "../../static/js/stores/progress.js";
import { buildRows } from "../../static/js/stores/message-rows.js";

const at = (second) => new Date(Date.UTC(2026, 10, 20, 12, 0, second)).toISOString();
const status = (progress) => (progress === 0 ? "new" : progress === 100 ? "completed" : "in_progress");
function move(seq, from, to, second = seq, author = 3) {
  const changes = { progress: { from, to } };
  if (status(from) !== status(to)) changes.status = { from: status(from), to: status(to) };
  return { seq, kind: "transaction_updated", author, data: { changes }, at: at(second) };
}
const told = (entries) => foldProgress(entries).map(({ seq, data }) => [seq, data.changes]);

test("moves of one minute are one event, from the first state to the last", () => {
  assert.deepEqual(told([move(3, 0, 20, 0), move(4, 20, 40, 20), move(5, 40, 65, 60)]), [
    [5, { progress: { from: 0, to: 65 }, status: { from: "new", to: "in_progress" } }],
  ]);
  assert.deepEqual(
    told([move(3, 20, 40, 0), move(4, 40, 60, 61)]).map(([seq]) => seq),
    [3, 4],
    "a minute later it is news again",
  );
});

test("the status is told whenever it is another one in the end", () => {
  assert.deepEqual(told([move(3, 50, 100, 0), move(4, 100, 95, 5)]), [[4, { progress: { from: 50, to: 95 } }]]);
  assert.deepEqual(told([move(3, 100, 90, 0), move(4, 90, 80, 5)]), [
    [4, { progress: { from: 100, to: 80 }, status: { from: "completed", to: "in_progress" } }],
  ]);
  assert.deepEqual(told([move(3, 50, 60, 0), move(4, 60, 100, 5), move(5, 100, 99, 6), move(6, 99, 100, 7)]), [
    [6, { progress: { from: 50, to: 100 }, status: { from: "in_progress", to: "completed" } }],
  ]);
});

test("a slip that is taken back is no event, and what follows it is told whole", () => {
  assert.deepEqual(told([move(3, 50, 100, 0), move(4, 100, 50, 3)]), []);
  assert.deepEqual(told([move(3, 50, 100, 0), move(4, 100, 50, 3), move(5, 50, 55, 10)]), [
    [5, { progress: { from: 50, to: 55 } }],
  ]);
});

test("what is not a move, or somebody else's, stands by itself", () => {
  const other = move(4, 20, 40, 5, 9);
  const title = {
    ...move(5, 40, 50, 6),
    data: { changes: { progress: { from: 40, to: 50 }, title: { from: "A", to: "B" } } },
  };
  const cancelled = { ...move(6, 0, 0, 7), data: { changes: { status: { from: "in_progress", to: "cancelled" } } } };
  const message = { seq: 7, kind: "message", author: 3, nonce: "n", body: "b", at: at(8) };
  const entries = [move(3, 0, 20, 0), other, title, cancelled, message, move(8, 50, 60, 9)];
  assert.deepEqual(foldProgress(entries), entries);
});

test("the past and what happens live are shown alike", () => {
  const entries = [move(1, 0, 20, 0), move(2, 20, 40, 1), move(3, 40, 60, 2)];
  const history = buildRows({ entries, me: 3 });
  let live;
  for (let count = 1; count <= 3; count += 1) live = buildRows({ entries: entries.slice(0, count), me: 3 });
  assert.deepEqual(live, history);
  assert.deepEqual(
    history.map(({ type, seq }) => [type, seq]),
    [
      ["day", undefined],
      ["event", 3],
    ],
  );
});
