// The values behind entries `transaction_updated` whose fields an access flag hides: the entry names the field, and the server gives
// the values to those who may see them. Asked for when such an entry is shown, and kept while the page is open.

import { Emitter } from "../core/emitter.js";
import { query } from "../core/query.js";

const MOST = 500; // entries that one answer covers

// Emits: "change" when there is more to show.
export class Changes extends Emitter {
  #api;
  #path;
  #known = new Map(); // seq → { field: { from, to } }
  #wanted = new Set();
  #generation = 0;
  #load;

  // `soon(work)` makes a function that does the work once for all calls of a moment.
  constructor({ api, transaction, soon, signal }) {
    super();
    this.#api = api;
    this.#path = `/transactions/${transaction}/changes`;
    this.#load = soon(() => this.#ask(signal), { signal });
  }

  // The entry with what is known of its fields. Unknown values are asked for.
  shown(entry) {
    const named = entry.kind === "transaction_updated" ? entry.data?.changes : null;
    if (!named || Object.values(named).every((change) => "to" in change)) return entry;
    const known = this.#known.get(entry.seq);
    if (!known) {
      this.#wanted.add(entry.seq);
      this.#load();
      return entry;
    }
    return { ...entry, data: { ...entry.data, changes: { ...named, ...known } } };
  }

  // The reader's access is another one: what they were given is asked for anew.
  forget() {
    this.#generation += 1;
    this.#known.clear();
    this.emit("change");
  }

  async #ask(signal) {
    const [first, ...others] = [...this.#wanted].sort((one, other) => one - other);
    if (first === undefined) return;
    const seqs = [first, ...others.filter((seq) => seq < first + MOST)];
    for (const seq of seqs) this.#wanted.delete(seq);
    const generation = this.#generation;
    try {
      const { changes } = await this.#api.get(`${this.#path}${query({ from: first, to: seqs.at(-1) })}`, { signal });
      if (generation !== this.#generation) return;
      for (const seq of seqs) this.#known.set(seq, {});
      for (const { seq, field, from, to } of changes)
        this.#known.set(seq, { ...this.#known.get(seq), [field]: { from, to } });
      this.emit("change");
    } catch {
      return; // the fields stand there by name; the next rendering asks again
    }
    if (this.#wanted.size > 0) this.#load();
  }
}
