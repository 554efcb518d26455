// The transactions of the signed-in person, kept live: every one that was listed has its room joined,
// so that counts and last messages are true on every page.

import { query } from "../core/query.js";
import { LiveCollection } from "./live-collection.js";

const PAGE = 50;

// Emits besides: "renamed" ({ account, name }), "left" ({ name, transaction }: somebody went by themselves).
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

  // `ended` says what there was, for a client who has no part in any transaction.
  async fetchPage({ status, q, before, signal }) {
    if (!status && !q && !before) this.#listed = true;
    const path = `/transactions${query({ status, q, before, limit: PAGE })}`;
    const { transactions, next, ended = null } = await this.api.get(path, { signal });
    return { items: transactions, next, ended };
  }

  fetchOne = async (id, { signal }) => (await this.api.get(`/transactions/${id}`, { signal })).transaction;

  // The newest page in the background, unless the page has asked for it: it carries the unread count of the title.
  begin() {
    if (!this.#listed) this.page().catch(() => {});
  }

  // After a silence: somebody may have been added to a transaction meanwhile.
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
    for (const transaction of this.known.values()) {
      const renamed = named(transaction, (of, before) => (of === account ? name : before));
      if (renamed !== transaction) super.remember(renamed);
    }
    this.emit("renamed", { account, name });
  }

  // A name may have changed between the answer over HTTP and the join, which nobody is told as a change.
  #compareNames(room) {
    for (const { account_id: account, name } of this.get(room.transaction)?.participants ?? []) {
      const member = room.members.get(account);
      if (member?.active && member.name !== name) this.#rename({ account, name: member.name });
    }
  }

  // Out of the room may mean out of the transaction, or only without its messages: the server knows.
  async #afterRemoval(id) {
    await this.load(id).catch(() => this.drop(id));
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
