import assert from "node:assert/strict";
import { test } from "node:test";
import { keptInPlace } from "../../static/js/kit/arrangement.js";

const moves = (old, pinned) =>
  keptInPlace(old, pinned)
    .map((stays, index) => (stays ? null : index))
    .filter((index) => index !== null);

test("only what is new or out of order moves", () => {
  assert.deepEqual(moves([]), []);
  assert.deepEqual(moves([0, 1, 2, 3]), []);
  assert.deepEqual(moves([0, 1, -1, 2]), [2]);
  assert.deepEqual(moves([3, 0, 1, 2]), [0]);
  assert.deepEqual(moves([1, 2, 3, 0]), [3]);
  // What was between is gone: nobody moves for that.
  assert.deepEqual(moves([0, 5, 6, 7]), []);
  assert.equal(moves([3, 2, 1, 0]).length, 3);
});

test("what the reader holds stays, and the others go around it", () => {
  assert.deepEqual(moves([3, 0, 1, 2], 0), [1, 2, 3]);
  assert.deepEqual(moves([0, 3, 1, 2], 1), [2, 3]);
  assert.deepEqual(moves([-1, 0], 1), [0]);
  for (let pinned = 0; pinned < 4; pinned += 1) assert.equal(keptInPlace([2, 0, 3, 1], pinned)[pinned], true);
});

test("what stays is in the order in which it stood, whatever the shuffle", () => {
  let seed = 7;
  const random = (below) => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) % below;
  for (let round = 0; round < 500; round += 1) {
    const old = Array.from({ length: 12 }, (_, index) => index)
      .sort(() => random(3) - 1)
      .map((place) => (random(5) === 0 ? -1 : place));
    const pinned = random(12);
    const kept = old.filter((_, index) => keptInPlace(old, pinned)[index]);
    assert.deepEqual(
      kept,
      [...kept].sort((a, b) => a - b),
    );
    if (old[pinned] >= 0) assert.ok(kept.includes(old[pinned]));
  }
});
