// One WebSocket for the whole tab (docs/PROTOCOL.md). It reconnects by itself, detects dead connections with its own
// pings, and matches answers with requests by `ref`. It knows nothing of rooms.

import { Emitter } from "./emitter.js";
import { Backoff } from "./backoff.js";
import { closeMeaning } from "./close-codes.js";

const PING_EVERY_MS = 25_000;
const PONG_WITHIN_MS = 10_000;
// When the browser reports no network, one second without a pong is enough.
const PONG_OFFLINE_MS = 1_000;
const HELLO_WITHIN_MS = 10_000;
const ANSWER_WITHIN_MS = 15_000;

// Emits: "ready" (hello came), "down" ({ code }), "ended" ({ reason }: do not come back), "unopened"
// (the handshake failed: perhaps no session), "frame" (every frame of the server).
export class LiveSocket extends Emitter {
  #url;
  #backoff = new Backoff();
  #ws = null;
  #timers = {};
  #ref = 0;
  #asked = new Map(); // ref → { resolve, reject, timer }
  #running = false;
  /** @type {(hello: any) => boolean} */
  accept = () => true; // may refuse a greeting: it says whose connection this is
  ready = false;
  endedBy = null;
  downSince = null;

  constructor(url) {
    super();
    this.#url = url;
    addEventListener("online", () => this.#hurry());
    addEventListener("offline", () => this.check(PONG_OFFLINE_MS));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.#hurry();
    });
  }

  start() {
    if (this.#running) return;
    this.#running = true;
    this.endedBy = null;
    this.downSince = Date.now();
    this.#backoff.reset();
    this.#open();
  }

  stop() {
    this.#running = false;
    this.#drop(1000);
    clearTimeout(this.#timers.reconnect);
  }

  send(frame) {
    if (!this.ready) return false;
    this.#ws.send(JSON.stringify(frame));
    return true;
  }

  // → the answer; rejects with { code, retry_after?, seq?, close? }. `link_lost` means: no answer, unknown outcome.
  request(frame, within = ANSWER_WITHIN_MS) {
    return new Promise((resolve, reject) => {
      const ref = (this.#ref += 1);
      if (!this.send({ ...frame, ref })) return reject({ code: "link_lost" });
      const timer = setTimeout(() => {
        this.#asked.delete(ref);
        reject({ code: "timeout" });
      }, within);
      this.#asked.set(ref, { resolve, reject, timer });
    });
  }

  // Checks the connection: at intervals, and when the page or the network comes back.
  check(within = PONG_WITHIN_MS) {
    if (!this.ready || (this.#timers.pong && within === PONG_WITHIN_MS)) return;
    clearTimeout(this.#timers.pong);
    this.send({ t: "ping", ref: (this.#ref += 1) });
    this.#timers.pong = setTimeout(() => this.#lost(4002), within);
  }

  #hurry() {
    if (!this.#running) return;
    if (this.ready) return this.check();
    if (this.#ws) return;
    this.#backoff.reset();
    this.#open();
  }

  #open() {
    clearTimeout(this.#timers.reconnect);
    const ws = new WebSocket(this.#url);
    this.#ws = ws;
    ws.onmessage = ({ data }) => this.#receive(data);
    ws.onclose = ({ code }) => this.#lost(code);
    this.#timers.hello = setTimeout(() => this.#lost(1006), HELLO_WITHIN_MS);
  }

  #receive(data) {
    const frame = parse(data);
    if (!frame) return;
    // Any frame counts as a pong.
    clearTimeout(this.#timers.pong);
    this.#timers.pong = null;
    if (frame.t === "hello") this.#greet(frame);
    this.emit("frame", frame);

    const asked = this.#asked.get(frame.ref);
    if (!asked) return;
    this.#asked.delete(frame.ref);
    clearTimeout(asked.timer);
    if (frame.t === "refused") asked.reject(frame);
    else asked.resolve(frame);
  }

  #greet(hello) {
    clearTimeout(this.#timers.hello);
    if (!this.accept(hello)) return this.stop();
    this.#backoff.reset();
    this.ready = true;
    this.downSince = null;
    this.#timers.ping = setInterval(() => this.check(), PING_EVERY_MS);
    this.emit("ready");
  }

  #lost(code) {
    const wasReady = this.ready;
    this.#drop(code);
    if (!this.#running) return;
    this.downSince ??= Date.now();
    this.emit("down", { code });

    const { reconnect, delay, reason } = closeMeaning(code);
    if (!reconnect) {
      this.#running = false;
      this.endedBy = reason;
      return this.emit("ended", { reason });
    }
    this.#timers.reconnect = setTimeout(() => this.#open(), delay ?? this.#backoff.next());
    if (!wasReady) this.emit("unopened");
  }

  // Drops the connection without waiting for a peer that may be gone.
  #drop(code) {
    const ws = this.#ws;
    this.#ws = null;
    this.ready = false;
    clearTimeout(this.#timers.hello);
    clearTimeout(this.#timers.pong);
    clearInterval(this.#timers.ping);
    this.#timers.pong = null;
    if (ws) {
      ws.onmessage = ws.onclose = null;
      if (ws.readyState < WebSocket.CLOSING) ws.close();
    }
    for (const { reject, timer } of this.#asked.values()) {
      clearTimeout(timer);
      reject({ code: "link_lost", close: code });
    }
    this.#asked.clear();
  }
}

function parse(data) {
  try {
    const frame = JSON.parse(data);
    return frame !== null && typeof frame === "object" ? frame : null;
  } catch {
    return null;
  }
}
