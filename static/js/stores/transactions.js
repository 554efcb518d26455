// The transactions of the account, kept live: the room of every listed transaction is joined, so that counts and last
// messages are current on every page.

import { query } from "../core/query.js";
import { LiveCollection } from "./live-collection.js";

const PAGE = 50;

// Also emits "renamed" ({ account, name }) and "left" ({ name, transaction }: a participant left by themselves).
export class Transactions extends LiveCollection {
  topic = "transaction";
  #rooms;
  #refreshing = new Map();
  #listened = new WeakSet();
  #listed = false;

  constructor({ api, live, rooms }) {
    super({ api, live });
    this.#rooms = rooms;
    rooms.on("change", (room) => this.emit("change", room.transaction));
    rooms.on("renamed", (who) => this.#rename(who));
    rooms.on("added", ({ transaction }) =>
      this.load(transaction)
        .then(() => this.emit("added", transaction))
        .catch(() => {}),
    );
    rooms.on("removed", (room) => this.#afterRemoval(room.transaction));
  }

  // `ended` describes the last transaction of a client who takes part in none any more.
  async fetchPage({ status, q, before, signal }) {
    if (!status && !q && !before) this.#listed = true;
    const path = `/transactions${query({ status, q, before, limit: PAGE })}`;
    /** @type {import("../api-types.js").TransactionList} */
    const { transactions, next, ended = null } = await this.api.get(path, { signal });
    return { items: transactions, next, ended };
  }

  fetchOne = async (id, { signal }) => (await this.api.get(`/transactions/${id}`, { signal })).transaction;

  // Loads the newest page in the background, unless the page has loaded it: the title shows its unread count.
  begin() {
    if (!this.#listed) this.page().catch(() => {});
  }

  // After a lost connection: the account may have been added to a transaction meanwhile.
  async catchUp() {
    if (!this.#listed) return;
    const before = new Set(this.known.keys());
    const { items } = await this.page().catch(() => ({ items: [] }));
    for (const { id } of items) if (!before.has(id)) this.emit("added", id);
  }

  clear() {
    this.#listed = false;
    super.clear();
  }

  // The live room of a transaction, or null without the messaging access.
  room(transaction) {
    return transaction.room ? this.#rooms.get(transaction.room.id) : null;
  }

  remember(answer) {
    const transaction = this.#withNames(answer);
    if (transaction.room) this.#listen(this.#rooms.track(transaction.room, transaction.id));
    return super.remember(transaction);
  }

  // Names from the room are never older than an HTTP answer that was in flight.
  #withNames(answer) {
    const room = this.room(answer);
    const nameOf = (account, name) => {
      const member = room?.joined && room.members.get(account);
      return member?.active ? member.name : name;
    };
    return named(answer, nameOf);
  }

  // Applies a new name to all transactions of that account.
  #rename({ account, name }) {
    for (const transaction of this.known.values()) {
      const renamed = named(transaction, (of, before) => (of === account ? name : before));
      if (renamed !== transaction) super.remember(renamed);
    }
    this.emit("renamed", { account, name });
  }

  // A name that changed between the HTTP answer and the join causes no event of its own.
  #compareNames(room) {
    for (const { account_id: account, name } of this.get(room.transaction)?.participants ?? []) {
      const member = room.members.get(account);
      if (member?.active && member.name !== name) this.#rename({ account, name: member.name });
    }
  }

  // Removed from the room may mean removed from the transaction, or only from its messages: the server knows.
  async #afterRemoval(id) {
    await this.load(id).catch(() => this.drop(id));
  }

  // Sends one request for a burst of changes.
  refresh(id) {
    if (this.#refreshing.has(id)) return;
    const timer = setTimeout(() => {
      this.#refreshing.delete(id);
      this.load(id).catch(() => {});
    }, 200);
    this.#refreshing.set(id, timer);
  }

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
    room.on("joined", () => this.#compareNames(room));
  }
}

// Returns the transaction with these names, or the same object if nothing differs.
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
