import assert from "node:assert/strict";
import { test } from "node:test";
import { DayWatch } from "../../static/js/core/day-watch.js";

function watch(start) {
  const clock = { now: start, timers: [] };
  const days = [];
  const watched = new DayWatch({
    now: () => clock.now,
    setTimeout: (work, delay) => void clock.timers.push({ work, at: clock.now + delay }),
  });
  watched.on("day", (day) => days.push(day));
  const until = (time) => {
    while (clock.timers.length > 0 && clock.timers[0].at <= time) {
      const { work, at } = clock.timers.shift();
      clock.now = at;
      work();
    }
    clock.now = time;
  };
  return { watched, days, until, clock };
}

test("another day begins at the reader's midnight, and once", () => {
  const { days, until } = watch(new Date(2026, 10, 28, 20, 7).getTime());
  until(new Date(2026, 10, 28, 23, 59, 59).getTime());
  assert.deepEqual(days, []);
  until(new Date(2026, 10, 29, 0, 0, 1).getTime());
  assert.deepEqual(days, ["2026-11-29"]);
  until(new Date(2026, 11, 1, 9).getTime());
  assert.deepEqual(days, ["2026-11-29", "2026-11-30", "2026-12-1"]);
});

test("whoever comes back after a night asleep finds the right day", () => {
  const { watched, days, clock } = watch(new Date(2026, 10, 28, 20).getTime());
  clock.now = new Date(2026, 10, 29, 8).getTime();
  watched.check();
  watched.check();
  assert.deepEqual(days, ["2026-11-29"]);
});
