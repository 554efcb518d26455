// Messages that the server has not acknowledged yet. Each keeps one nonce, is stored in the browser until it is
// settled, and leaves in order: the next message of a room is sent only after the previous one is stored or finally
// refused. `post` and `storage` are injected.

import { Emitter } from "../core/emitter.js";
import { isCausedByFrame } from "../core/close-codes.js";

const TEMPORARY = new Set([
  "too_many_posts",
  "too_many_requests",
  "log_full",
  "unavailable",
  "outcome_unknown",
  "timeout",
]);
const RETRY_DEFAULT_MS = 2_000;

export class Outbox extends Emitter {
  #items = [];
  #storage;
  #post;
  #flying = new Map(); // room → { nonce } of the attempt under way
  #waiting = new Map(); // room → timer
  #setTimeout;
  #clearTimeout;
  #now;
  #newNonce;
  #owner;
  #order = 0;
  ready = false;

  constructor({
    storage,
    post,
    owner = "tab",
    newNonce,
    now = Date.now,
    setTimeout = globalThis.setTimeout.bind(globalThis),
    clearTimeout = globalThis.clearTimeout.bind(globalThis),
  }) {
    super();
    this.#storage = storage;
    this.#post = post;
    this.#owner = owner;
    this.#newNonce = newNonce;
    this.#now = now;
    this.#setTimeout = setTimeout;
    this.#clearTimeout = clearTimeout;
  }

  // Adopts messages that a closed tab or a reload left behind. `isOrphan` says whether no other tab sends them.
  /** @param {(owner: string) => boolean} isOrphan */
  adopt(isOrphan = () => true) {
    let found = 0;
    for (const item of this.#storage.all()) {
      if (this.#items.some((known) => known.nonce === item.nonce)) continue;
      if (item.owner !== this.#owner && !isOrphan(item.owner)) continue;
      item.owner = this.#owner;
      this.#items.push(item);
      this.#storage.put(item);
      found += 1;
    }
    if (found === 0) return;
    this.#items.sort((a, b) => a.created_at - b.created_at || a.order - b.order);
    this.emit("change", { room: null });
    this.pumpAll();
  }

  add(room, body) {
    const item = {
      nonce: this.#newNonce(),
      room,
      body,
      created_at: this.#now(),
      order: (this.#order += 1),
      state: "queued",
      code: null,
      tries: 0,
      owner: this.#owner,
    };
    this.#items.push(item);
    this.#storage.put(item);
    this.emit("change", { room });
    this.#pump(room);
    return item;
  }

  of(room) {
    return this.#items.filter((item) => item.room === room);
  }

  // All messages that the server has not stored, including refused ones.
  get size() {
    return this.#items.length;
  }

  // After a sign-out nothing is sent or stored any more.
  close() {
    this.setReady(false);
    this.#items = [];
    this.#storage = { all: () => [], put() {}, remove() {} };
  }

  get queued() {
    return this.#items.filter((item) => item.state !== "failed").length;
  }

  retry(nonce) {
    const item = this.#find(nonce);
    if (!item || item.state !== "failed") return;
    item.state = "queued";
    item.code = null;
    this.#storage.put(item);
    this.emit("change", { room: item.room });
    this.#pump(item.room);
  }

  // A message in flight may already be stored, so it cannot be discarded.
  discard(nonce) {
    const item = this.#find(nonce);
    if (!item || (item.state !== "failed" && item.tries > 0)) return false;
    this.#remove(item);
    return true;
  }

  // The server has stored it: `posted` or the entry itself said so.
  settle(room, nonce) {
    const item = this.#find(nonce);
    if (!item || item.room !== room) return;
    if (this.#flying.get(room)?.nonce === nonce) this.#flying.delete(room);
    this.#remove(item);
    this.#pump(room);
  }

  // The sender is no longer a member: their unsent messages cannot be delivered.
  failRoom(room, code) {
    this.#flying.delete(room);
    for (const item of this.of(room)) this.#fail(item, code);
  }

  // The link is up (true) or down (false).
  setReady(ready) {
    this.ready = ready;
    if (!ready) {
      this.#flying.clear();
      for (const timer of this.#waiting.values()) this.#clearTimeout(timer);
      this.#waiting.clear();
      return;
    }
    this.pumpAll();
  }

  pumpAll() {
    for (const room of new Set(this.#items.map((item) => item.room))) this.#pump(room);
  }

  async #pump(room) {
    if (!this.ready || this.#flying.has(room) || this.#waiting.has(room)) return;
    const item = this.#items.find((candidate) => candidate.room === room && candidate.state !== "failed");
    if (!item) return;

    const attempt = { nonce: item.nonce };
    this.#flying.set(room, attempt);
    item.state = "sending";
    item.tries += 1;
    this.#storage.put(item);
    /** @type {{ posted?: any, refusal?: any }} */
    let outcome;
    try {
      outcome = { posted: await this.#post({ room, nonce: item.nonce, body: item.body }) };
    } catch (refusal) {
      outcome = { refusal };
    }
    // Settled by its own entry, or the connection was lost, while the request was pending.
    if (this.#flying.get(room) !== attempt) return this.#afterLoss(item, outcome);
    this.#flying.delete(room);

    if (outcome.posted) {
      this.#remove(item, outcome.posted);
      return this.#pump(room);
    }
    this.#refused(item, outcome.refusal);
  }

  #refused(item, { code, retry_after: wait, close }) {
    if (code === "link_lost")
      return isCausedByFrame(close) ? this.#fail(item, "message_too_long") : this.#requeue(item);
    if (TEMPORARY.has(code) || wait !== undefined) {
      this.#requeue(item);
      const timer = this.#setTimeout(() => {
        this.#waiting.delete(item.room);
        this.#pump(item.room);
      }, wait ?? RETRY_DEFAULT_MS);
      this.#waiting.set(item.room, timer);
      return;
    }
    this.#fail(item, code);
    this.#pump(item.room);
  }

  /**
   * @param {any} item
   * @param {{ posted?: any, refusal?: any }} outcome
   */
  #afterLoss(item, { posted, refusal }) {
    if (!this.#find(item.nonce)) return;
    if (posted) return this.#remove(item, posted);
    if (refusal.code === "link_lost" && isCausedByFrame(refusal.close)) return this.#fail(item, "message_too_long");
    if (item.state === "sending" && this.#flying.get(item.room)?.nonce !== item.nonce) this.#requeue(item);
  }

  #requeue(item) {
    item.state = "queued";
    this.#storage.put(item);
    this.emit("change", { room: item.room });
  }

  #fail(item, code) {
    item.state = "failed";
    item.code = code;
    this.#storage.put(item);
    this.emit("change", { room: item.room });
  }

  #remove(item, posted = null) {
    this.#items = this.#items.filter((other) => other !== item);
    this.#storage.remove(item);
    if (posted)
      this.emit("posted", { room: item.room, nonce: item.nonce, body: item.body, seq: posted.seq, at: posted.at });
    this.emit("change", { room: item.room });
  }

  #find(nonce) {
    return this.#items.find((item) => item.nonce === nonce);
  }
}
