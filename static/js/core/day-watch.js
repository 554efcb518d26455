// Says when the reader's day has changed, so that "Today" is never yesterday.

import { Emitter } from "./emitter.js";
import { localDay } from "../text/dates.js";

// A machine that slept has slept through its timers: it looks again at least so often.
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

  // Also asked when somebody comes back to the page.
  look() {
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
        this.look();
        this.#wait();
      },
      Math.min(Math.max(midnight.getTime() - this.#now(), 1), LOOK_EVERY_MS),
    );
    this.#timer?.unref?.();
  }
}
