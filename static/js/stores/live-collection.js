// A collection of one kind of thing (invitations, accounts, transactions, …), by id, kept current while a page shows it.
//
// A noun extends LiveCollection with `topic`, `fetchPage` and, if one thing can be loaded alone, `fetchOne`:
//
//   class Invitations extends LiveCollection {
//     topic = "invitation";
//     async fetchPage({ before, signal, ...filter }) { … return { items, next }; }
//   }
//
// A page shows `collection.list({ filter, memory, signal })`. A change is one event on core/live.js, `changed` { topic, id },
// and the collection then asks the server again. None is missed: after a lost connection the server tells the changes of that
// time, or that there were too many (`stale`).

import { Emitter } from "../core/emitter.js";
import { coalesced } from "../core/coalesced.js";

const GONE = new Set([403, 404]);

// Emits "change" (id), "added" (id: it was unknown), "removed" (id), "stale" (its lists must be loaded again).
export class LiveCollection extends Emitter {
  topic = null;
  // The server tells each change of these things. Of what it does not tell, everything is loaded again after a lost connection.
  isFollowed = true;
  /** @type {((id: any, options: { signal?: AbortSignal }) => Promise<any>) | null} */
  fetchOne = null; // loads one thing
  known = new Map();

  /** @param {{ api?: any, live: Emitter, signal?: AbortSignal }} surroundings */
  constructor({ api, live, signal }) {
    super();
    this.api = api;
    live.on("changed", (change) => change.topic === this.topic && this.#onChanged(change.id), { signal });
    live.on("stale", () => this.catchUp(), { signal });
    live.on("resumed", () => this.isFollowed || this.catchUp(), { signal });
  }

  /**
   * `next` is the `before` of the next page, or null.
   * @param {{ before?: any, signal?: AbortSignal, [filter: string]: any }} _request
   * @returns {Promise<{ items: any[], next: any, [more: string]: any }>}
   */
  async fetchPage(_request) {
    return { items: [], next: null };
  }

  keyOf(item) {
    return item.id;
  }

  get(id) {
    return this.known.get(id) ?? null;
  }

  /**
   * @param {Record<string, any>} [params]
   * @returns {Promise<{ items: any[], next: any, [more: string]: any }>}
   */
  async page(params = {}) {
    const page = await this.fetchPage({ before: null, ...params });
    return { ...page, items: page.items.map((item) => this.remember(item)) };
  }

  /**
   * @param {any} id
   * @param {{ signal?: AbortSignal }} [options]
   */
  async load(id, { signal } = {}) {
    try {
      return this.remember(await this.fetchOne(id, { signal }));
    } catch (error) {
      if (GONE.has(error.status)) this.drop(id);
      throw error;
    }
  }

  // Stores an item of an answer. → the item as it is stored
  remember(item) {
    const id = this.keyOf(item);
    this.known.set(id, item);
    this.emit("change", id);
    return item;
  }

  drop(id) {
    if (this.known.delete(id)) this.emit("removed", id);
  }

  clear() {
    this.known.clear();
  }

  // Changes were missed that nobody names, so everything is loaded again.
  catchUp() {
    this.emit("stale");
  }

  list(options) {
    return new LiveList(this, options);
  }

  async #onChanged(id) {
    if (id === undefined || id === null || !this.fetchOne) return this.emit("stale");
    const isNew = !this.known.has(id);
    try {
      await this.load(id);
      if (isNew) this.emit("added", id);
    } catch {
      // load() has dropped what is gone; after any other failure the next change tries again.
    }
  }
}

// A part of a collection, in pages: a filter restarts it, `more` loads the next page. Of two requests the later one counts.
// Emits "change" (its items changed), "busy", "settled" (loading has ended, with or without an error), "refreshed" (the error
// of a refresh, or null).
//
// The owner of `filter` may change it before a restart. `memory` is what the history keeps for this page: on the way back the
// list is shown as it was left.
class LiveList extends Emitter {
  next = null;
  error = null;
  page = null; // the last page, with what it says besides its items
  isLoaded = false;
  #ids = [];
  #asked = null;
  #isStale = false;
  #collection;
  #filter;
  #memory;

  /**
   * @param {LiveCollection} collection
   * @param {{ filter?: Record<string, any>, memory?: Record<string, any>, signal: AbortSignal }} options
   */
  constructor(collection, { filter = {}, memory = {}, signal }) {
    super();
    this.#collection = collection;
    this.#filter = filter;
    this.#memory = memory;
    const { items = null, next = null, page = null } = memory.list ?? {};
    if (items) {
      this.#ids = items.map((item) =>
        collection.keyOf(collection.get(collection.keyOf(item)) ?? collection.remember(item)),
      );
      Object.assign(this, { next, page, isLoaded: true });
    }
    const redraw = coalesced(() => this.#changed(), { signal });
    const refresh = coalesced(() => this.refresh(), { signal });
    collection.on("change", (id) => this.#ids.includes(id) && redraw(), { signal });
    collection.on("removed", (id) => this.#remove(id), { signal });
    collection.on("added", refresh, { signal });
    collection.on("stale", refresh, { signal });
    signal.addEventListener("abort", () => this.#asked?.abort());
  }

  get items() {
    return this.#ids.map((id) => this.#collection.get(id)).filter(Boolean);
  }

  get isBusy() {
    return this.#asked !== null;
  }

  // Shows the remembered items at once and refreshes them; without any, loads the first page.
  start() {
    if (this.#ids.length === 0) return this.restart();
    this.#changed();
    return this.refresh();
  }

  restart() {
    return this.turn(null);
  }

  more() {
    return this.turn(this.next);
  }

  async turn(before) {
    const { signal } = this.#begin();
    this.emit("busy");
    try {
      const page = await this.#collection.page({ ...this.#filter, before, signal });
      if (signal.aborted) return;
      this.#ids = this.#joined(before === null ? [] : this.#ids, page);
      this.#take(page);
    } catch (cause) {
      if (signal.aborted || cause.name === "AbortError") return;
      this.error = cause;
      this.#memory.list = undefined;
    }
    this.#end();
    this.emit("settled");
  }

  // Loads the same pages again, without a loading state: the items stay until the answer differs.
  async refresh() {
    if (this.isBusy) {
      this.#isStale = true;
      return;
    }
    if (this.error) return;
    const { signal } = this.#begin();
    let error = null;
    try {
      let ids = [];
      let page = null;
      do {
        page = await this.#collection.page({ ...this.#filter, before: page ? page.next : null, signal });
        if (signal.aborted) return;
        ids = this.#joined(ids, page);
      } while (page.next !== null && ids.length < this.#ids.length);
      this.#ids = ids;
      this.#take(page);
    } catch (cause) {
      if (signal.aborted || cause.name === "AbortError") return;
      // The next change tries again.
      error = cause;
    }
    this.#end();
    if (!error) this.#changed();
    this.emit("refreshed", error);
  }

  #begin() {
    this.#asked?.abort();
    this.#asked = new AbortController();
    return this.#asked;
  }

  #end() {
    this.#asked = null;
    // Something changed while the request was in flight: the answer may be older than the change.
    const isStale = this.#isStale;
    this.#isStale = false;
    if (isStale) queueMicrotask(() => this.refresh());
  }

  #take(page) {
    this.page = page;
    this.next = page.next;
    this.error = null;
    this.isLoaded = true;
    this.#keep();
  }

  #keep() {
    this.#memory.list = { items: this.items, next: this.next, page: this.page };
  }

  // An item may have moved from one page to the next between two requests.
  #joined(ids, page) {
    return [...new Set([...ids, ...page.items.map((item) => this.#collection.keyOf(item))])];
  }

  #remove(id) {
    if (!this.#ids.includes(id)) return;
    this.#ids = this.#ids.filter((other) => other !== id);
    this.#changed();
  }

  #changed() {
    if (!this.isLoaded || this.error) return;
    this.#keep();
    this.emit("change");
  }
}
