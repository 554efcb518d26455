// The transactions of the signed-in person, kept live: every one that was listed has its room joined,
// so that counts and last messages are true on every page.

import { Emitter } from "../core/emitter.js";
import { query } from "../core/query.js";

const PAGE = 50;

export class Transactions extends Emitter {
  #api;
  #rooms;
  #known = new Map();
  #refreshing = new Map();
  #listed = false;

  constructor(api, rooms) {
    super();
    this.#api = api;
    this.#rooms = rooms;
    rooms.on("change", (room) => this.emit("change", room.transaction));
    rooms.on("renamed", (who) => this.#rename(who));
    rooms.on("added", ({ transaction }) =>
      this.load(transaction)
        .then(() => this.emit("added", transaction))
        .catch(() => {}),
    );
    rooms.on("changed", ({ topic, id }) => topic === "transaction" && this.#look(id));
    rooms.on("removed", (room) => this.#afterRemoval(room.transaction));
  }

  // The newest page in the background, unless the page has asked for it: it carries the unread count of the title.
  begin() {
    if (!this.#listed) this.list().catch(() => {});
  }

  // After a silence: somebody may have been added to a transaction meanwhile.
  async catchUp() {
    const before = new Set(this.#known.keys());
    const page = await this.list();
    for (const { id } of page.transactions) if (!before.has(id)) this.emit("added", id);
    this.emit("requests");
  }

  end() {
    this.#listed = false;
    this.#known.clear();
  }

  async list({ status = "", q = "", before = null, signal } = {}) {
    if (!status && !q && !before) this.#listed = true;
    const page = await this.#api.get(`/transactions${query({ status, q, before, limit: PAGE })}`, { signal });
    return {
      transactions: page.transactions.map((transaction) => this.remember(transaction)),
      next: page.next,
      ended: page.ended ?? null,
    };
  }

  async load(id, { signal } = {}) {
    const { transaction } = await this.#api.get(`/transactions/${id}`, { signal });
    return this.remember(transaction);
  }

  get(id) {
    return this.#known.get(id) ?? null;
  }

  // The live room of a transaction, or null without the messaging access.
  room(transaction) {
    return transaction.room ? this.#rooms.get(transaction.room.id) : null;
  }

  remember(answer) {
    const transaction = this.#withNames(answer);
    this.#known.set(transaction.id, transaction);
    if (transaction.room) this.#listen(this.#rooms.track(transaction.room, transaction.id));
    this.emit("change", transaction.id);
    return transaction;
  }

  // What a room was told is never older than an answer that was under way.
  #withNames(answer) {
    const room = this.room(answer);
    const nameOf = (account, name) => {
      const member = room?.joined && room.members.get(account);
      return member?.active ? member.name : name;
    };
    return named(answer, nameOf);
  }

  // One name in all the transactions that two people share.
  #rename({ account, name }) {
    for (const [id, transaction] of this.#known) {
      const renamed = named(transaction, (of, before) => (of === account ? name : before));
      if (renamed === transaction) continue;
      this.#known.set(id, renamed);
      this.emit("change", id);
    }
    this.emit("renamed", { account, name });
  }

  // Out of the room may mean out of the transaction, or only without its messages: the server knows.
  async #afterRemoval(id) {
    try {
      await this.load(id);
    } catch {
      this.#known.delete(id);
      this.emit("removed", id);
    }
  }

  // What this person may see of it changed, or somebody asks them to take part.
  async #look(id) {
    const known = this.#known.has(id);
    this.emit("requests");
    try {
      await this.load(id);
      if (!known) this.emit("added", id);
    } catch (error) {
      if (!known || error.status !== 404) return;
      this.#known.delete(id);
      this.emit("removed", id);
    }
  }

  // One request for a burst of changes.
  refresh(id) {
    if (this.#refreshing.has(id)) return;
    const timer = setTimeout(() => {
      this.#refreshing.delete(id);
      this.load(id).catch(() => {});
    }, 200);
    this.#refreshing.set(id, timer);
  }

  #listened = new WeakSet();

  #listen(room) {
    if (this.#listened.has(room)) return;
    this.#listened.add(room);
    room.on("entry", (entry) => {
      const { kind, author, data } = entry;
      if (kind === "member_removed" && data?.what !== "messages" && author === data?.account && author !== room.me)
        this.emit("left", { name: data.name, transaction: this.get(room.transaction) });
      if (entry.kind !== "message") this.refresh(room.transaction);
    });
    room.on("reset", () => this.refresh(room.transaction));
  }
}

// The transaction with these names of its people; the same one, if they are called so already.
function named(transaction, nameOf) {
  let differs = false;
  const rename = (person) => {
    const name = nameOf(person.account_id, person.name);
    if (name === person.name) return person;
    differs = true;
    return { ...person, name };
  };
  const participants = transaction.participants.map(rename);
  return differs ? { ...transaction, participants } : transaction;
}
