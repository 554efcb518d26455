// How far the reader has read. The position only moves forward, is sent at most once per pause, and is repeated after
// a lost connection until the server has confirmed it.

const READ_DELAY_MS = 400;

export class ReadMarker {
  #send;
  #delay;
  #setTimeout;
  #clearTimeout;
  #timer = null;
  #seen = 0;
  #asked = 0;
  confirmed = 0;

  constructor({
    send,
    confirmed = 0,
    delay = READ_DELAY_MS,
    setTimeout = globalThis.setTimeout.bind(globalThis),
    clearTimeout = globalThis.clearTimeout.bind(globalThis),
  }) {
    this.#send = send;
    this.#delay = delay;
    this.#setTimeout = setTimeout;
    this.#clearTimeout = clearTimeout;
    this.confirm(confirmed);
  }

  see(seq) {
    if (seq <= this.#seen || seq <= this.confirmed) return;
    this.#seen = seq;
    this.#timer ??= this.#setTimeout(() => this.flush(), this.#delay);
  }

  flush() {
    this.#clearTimeout(this.#timer);
    this.#timer = null;
    const target = Math.max(this.#seen, this.#asked);
    if (target <= this.confirmed || target <= this.#asked) return;
    if (this.#send(target)) this.#asked = target;
  }

  confirm(seq) {
    this.confirmed = Math.max(this.confirmed, seq);
    this.#asked = Math.max(this.#asked, this.confirmed);
  }

  // After a reconnection: the request on the old connection may never have arrived.
  resend() {
    this.#seen = Math.max(this.#seen, this.#asked);
    this.#asked = this.confirmed;
    this.flush();
  }

  stop() {
    this.#clearTimeout(this.#timer);
    this.#timer = null;
  }
}
