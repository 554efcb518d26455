// Emits when the reader's calendar day changes, so that "Today" is never yesterday.

import { Emitter } from "./emitter.js";
import { localDay } from "../text/dates.js";

// Timers do not run while a machine sleeps: the day is checked at least this often.
const LOOK_EVERY_MS = 15 * 60_000;

// Emits "day" when the local day is another one.
export class DayWatch extends Emitter {
  #now;
  #setTimeout;
  #timer = null;
  day;

  constructor({ now = () => Date.now(), setTimeout = globalThis.setTimeout.bind(globalThis) } = {}) {
    super();
    this.#now = now;
    this.#setTimeout = setTimeout;
    this.day = localDay(now());
    this.#wait();
  }

  // Also called when the page becomes visible again.
  check() {
    const day = localDay(this.#now());
    if (day === this.day) return;
    this.day = day;
    this.emit("day", day);
  }

  #wait() {
    const midnight = new Date(this.#now());
    midnight.setHours(24, 0, 0, 0);
    this.#timer = this.#setTimeout(
      () => {
        this.check();
        this.#wait();
      },
      Math.min(Math.max(midnight.getTime() - this.#now(), 1), LOOK_EVERY_MS),
    );
    this.#timer?.unref?.();
  }
}
