// The people who are typing (a lease of five seconds), and when to send one's own typing frames.

const TYPING_EXPIRES_MS = 5_000;
const TYPING_REPEAT_MS = 3_000;

export class TypingTracker {
  #until = new Map();
  #now;

  constructor({ now = Date.now } = {}) {
    this.#now = now;
  }

  set(account, on) {
    if (on) this.#until.set(account, this.#now() + TYPING_EXPIRES_MS);
    else this.#until.delete(account);
  }

  accounts() {
    const now = this.#now();
    for (const [account, until] of this.#until) if (until <= now) this.#until.delete(account);
    return [...this.#until.keys()];
  }

  // Milliseconds until the next name expires, or null.
  nextExpiry() {
    if (this.#until.size === 0) return null;
    return Math.max(0, Math.min(...this.#until.values()) - this.#now());
  }

  clear() {
    this.#until.clear();
  }
}

export class TypingSignal {
  #send;
  #now;
  #last = -Infinity;
  #on = false;

  constructor({ send, now = Date.now }) {
    this.#send = send;
    this.#now = now;
  }

  // Called on every keystroke; `writing` is false when the input became empty.
  stroke(writing) {
    if (!writing) return this.stop();
    if (this.#now() - this.#last < TYPING_REPEAT_MS) return;
    this.#last = this.#now();
    this.#on = true;
    this.#send(true);
  }

  stop() {
    if (this.#on) this.#send(false);
    this.#on = false;
    this.#last = -Infinity;
  }

  // A sent message ends the typing state at the other side by itself: no frame is needed.
  sent() {
    this.#on = false;
    this.#last = -Infinity;
  }
}
