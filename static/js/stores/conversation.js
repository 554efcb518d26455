// One open conversation: the window of the log, the unsent messages, the read position. It joins live entries (Room)
// with pages of history (HTTP); elements only draw it.

import { Emitter } from "../core/emitter.js";
import { query } from "../core/query.js";
import { ReadMarker } from "./read-marker.js";
import { buildRows } from "./message-rows.js";
import { Timeline } from "./timeline.js";
import { TypingSignal } from "./typing.js";

const FIRST_PAGE = 60;
const PAGE = 60;
const PAGE_MAX = 200;
const CONTEXT = 25; // read messages shown above the first unread one
const TRIM_SLACK = 20;

// Emits: "render" ({ history }) when rows changed, "state", "removed".
export class Conversation extends Emitter {
  timeline = new Timeline();
  state = "loading";
  loading = { older: false, newer: false };
  dividerAfter = null;
  isWatching = () => true; // does the reader see the newest messages arrive? told by the list
  #api;
  #socket;
  #outbox;
  #path;
  #landed = new Map(); // acknowledged, but the entry itself is still on its way
  #signal;

  constructor({ api, socket, outbox, room, me, changes, signal }) {
    super();
    this.#api = api;
    this.#socket = socket;
    this.#outbox = outbox;
    this.#signal = signal;
    this.room = room;
    this.changes = changes;
    this.me = me;
    this.#path = `/transactions/${room.transaction}/messages`;
    this.marker = new ReadMarker({ confirmed: room.read, send: (seq) => this.#sendRead(seq) });
    this.typingSignal = new TypingSignal({
      send: (on) => room.joined && socket.send({ t: "typing", room: room.id, on }),
    });
    this.#listen(signal);
  }

  #listen(signal) {
    const { room } = this;
    room.on("entry", (entry) => this.#onEntry(entry), { signal });
    this.changes.on("change", () => this.emit("render", { history: true }), { signal });
    room.on("members", () => this.emit("render", {}), { signal });
    room.on("receipts", () => this.emit("render", {}), { signal });
    room.on("unread", () => this.marker.confirm(room.read), { signal });
    room.on(
      "joined",
      () => {
        this.marker.confirm(room.read);
        this.marker.resend();
      },
      { signal },
    );
    room.on("reset", () => this.open(), { signal });
    room.on("removed", () => this.emit("removed"), { signal });
    this.#outbox.on("change", ({ room: id }) => (id === null || id === room.id) && this.emit("render", {}), { signal });
    this.#outbox.on("posted", (message) => message.room === room.id && this.#onPosted(message), { signal });
    signal.addEventListener("abort", () => {
      this.marker.flush();
      this.typingSignal.stop();
    });
  }

  get removed() {
    return this.room.removed;
  }

  // Loads the newest page, or, when much is unread, the page around the read position.
  async open() {
    const { room } = this;
    this.#setState("loading");
    this.dividerAfter = room.unread > 0 ? room.read : null;
    const behind = room.head - room.read;
    try {
      let page =
        room.unread === 0 || behind + CONTEXT <= PAGE_MAX
          ? await this.#page({ limit: room.unread === 0 ? FIRST_PAGE : Math.max(FIRST_PAGE, behind + CONTEXT) })
          : await this.#pageAround(room.read);
      // A page of long messages may end above the read position.
      if (room.unread > 0 && page.entries[0]?.seq > room.read + 1) page = await this.#pageAround(room.read);
      this.#reset(page);
      this.#setState("ready");
    } catch (error) {
      if (error.name === "AbortError") return;
      this.error = error;
      this.#setState("failed");
    }
  }

  async #pageAround(seq) {
    const older = await this.#page({ before: seq + 1, limit: CONTEXT });
    const newer = await this.#page({ after: seq, limit: PAGE });
    return { ...newer, entries: [...older.entries, ...newer.entries], has_older: older.has_older };
  }

  #reset(page) {
    this.timeline.reset(page);
    this.room.applySnapshot(page);
    // Entries may have arrived live while the page was loading.
    this.timeline.head = Math.max(this.timeline.head, this.room.head);
    if (this.timeline.last < this.timeline.head) this.timeline.hasNewer = true;
    if (!page.has_newer && this.timeline.hasNewer) this.newer();
  }

  rows() {
    const unsent = this.timeline.hasNewer ? [] : [...this.#landed.values(), ...this.#outbox.of(this.room.id)];
    return buildRows({
      entries: this.timeline.entries.map((entry) => this.changes.shown(entry)),
      pending: unsent.filter((item) => !item.seq || item.seq > this.timeline.last),
      me: this.me,
      members: [...this.room.members.values()],
      dividerAfter: this.dividerAfter,
    });
  }

  async older() {
    if (!this.timeline.hasOlder || this.loading.older || this.state !== "ready") return;
    await this.#turn("older", { before: this.timeline.first, limit: PAGE }, (page) => {
      this.timeline.prepend(page);
      this.timeline.trim("newer");
    });
  }

  async newer() {
    if (!this.timeline.hasNewer || this.loading.newer) return;
    await this.#turn("newer", { after: this.timeline.last, limit: PAGE }, (page) => {
      this.timeline.append(page);
      this.timeline.trim("older");
    });
  }

  async #turn(side, params, apply) {
    this.loading[side] = true;
    this.emit("state");
    const before = this.timeline.entries;
    try {
      const page = await this.#page(params);
      // The window was reset meanwhile: this page belongs to another one.
      if (before === this.timeline.entries || this.timeline.first === before[0]?.seq) apply(page);
    } catch (error) {
      if (error.name === "AbortError") return;
    } finally {
      this.loading[side] = false;
    }
    this.emit("render", { history: true });
    this.emit("state");
  }

  // Back to the newest messages.
  async newest() {
    if (!this.timeline.hasNewer) return;
    try {
      this.#reset(await this.#page({ limit: FIRST_PAGE }));
      this.emit("render", { history: true });
    } catch {
      // The button stays, to try again.
    }
  }

  post(body) {
    this.typingSignal.sent();
    this.dividerAfter = null;
    this.#outbox.add(this.room.id, body);
    this.newest();
  }

  retry(nonce) {
    this.#outbox.retry(nonce);
  }

  discard(nonce) {
    this.#outbox.discard(nonce);
  }

  // Trims the window while messages arrive and the reader stays in place.
  trimLive(atBottom) {
    if (this.timeline.entries.length < 300 + TRIM_SLACK) return;
    this.timeline.trim(atBottom ? "older" : "newer");
  }

  #onEntry(entry) {
    if (this.state !== "ready") return;
    const foreign = entry.kind === "message" && entry.author !== this.me;
    // The unread line goes above the first message that arrived while nobody looked.
    if (foreign && this.room.unread === 1 && !this.isWatching()) this.dividerAfter = entry.seq - 1;
    if (this.timeline.addLive(entry) === "added") this.#landed.delete(entry.nonce);
    this.emit("render", { live: true });
  }

  #onPosted({ nonce, body, seq, at }) {
    if (seq <= this.timeline.last || this.timeline.hasNonce(this.me, nonce)) return;
    this.#landed.set(nonce, { nonce, body, seq, state: "sent", created_at: Date.parse(at) });
    this.emit("render", {});
  }

  #sendRead(seq) {
    if (!this.room.joined) return false;
    this.#socket.request({ t: "read", room: this.room.id, seq }).catch(() => {});
    return true;
  }

  #setState(state) {
    this.state = state;
    this.emit("state");
    this.emit("render", { history: true, opened: state === "ready" });
  }

  #page(params) {
    return this.#api.get(this.#path + query(params), { signal: this.#signal });
  }
}
