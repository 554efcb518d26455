import assert from "node:assert/strict";
import { test } from "node:test";
import { ReadMarker } from "../../static/js/stores/read-marker.js";
import { TypingSignal, TypingTracker } from "../../static/js/stores/typing.js";

test("a typing lease ends after five seconds", () => {
  let now = 0;
  const tracker = new TypingTracker({ now: () => now });
  tracker.set(9, true);
  now = 4_999;
  assert.deepEqual(tracker.accounts(), [9]);
  assert.equal(tracker.nextExpiry(), 1);
  now = 5_000;
  assert.deepEqual(tracker.accounts(), []);
  assert.equal(tracker.nextExpiry(), null);
});

test("typing is told at most every three seconds, and its end once", () => {
  let now = 0;
  const told = [];
  const signal = new TypingSignal({ send: (on) => told.push([now, on]), now: () => now });
  for (now = 0; now <= 6_000; now += 500) signal.stroke(true);
  signal.stroke(false);
  signal.stroke(false);
  assert.deepEqual(
    told.map(([, on]) => on),
    [true, true, true, false],
  );
  assert.deepEqual(
    told.slice(0, 3).map(([when]) => when),
    [0, 3_000, 6_000],
  );
});

function marker({ confirmed = 0, up = true } = {}) {
  const state = { sent: [], timers: [], up };
  state.marker = new ReadMarker({
    confirmed,
    send: (seq) => state.up && (state.sent.push(seq), true),
    setTimeout: (work) => state.timers.push(work),
    clearTimeout: () => {},
  });
  state.pause = () => state.timers.splice(0).forEach((work) => work());
  return state;
}

test("a pause in scrolling sends one position, the farthest", () => {
  const state = marker();
  [3, 5, 4].forEach((seq) => state.marker.see(seq));
  assert.deepEqual(state.sent, []);
  state.pause();
  assert.deepEqual(state.sent, [5]);
});

test("what is read already is not told again", () => {
  const state = marker({ confirmed: 10 });
  state.marker.see(9);
  state.marker.see(10);
  state.pause();
  assert.deepEqual(state.sent, []);
});

test("a position asked on a lost connection is asked again on the next", () => {
  const state = marker();
  state.marker.see(5);
  state.pause();
  state.marker.confirm(3);
  state.marker.resend();
  assert.deepEqual(state.sent, [5, 5]);
  state.marker.confirm(5);
  state.marker.resend();
  assert.deepEqual(state.sent, [5, 5]);
});

test("while the link is down the position waits", () => {
  const state = marker({ up: false });
  state.marker.see(5);
  state.pause();
  state.up = true;
  state.marker.resend();
  assert.deepEqual(state.sent, [5]);
});
