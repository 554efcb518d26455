// The state of one room: its members, their presence and read positions, and the unread count. It is fed with frames
// of docs/PROTOCOL.md and emits what changed.

import { Emitter } from "../core/emitter.js";
import { TypingTracker } from "./typing.js";

export class Room extends Emitter {
  members = new Map();
  head = 0;
  read = 0; // what stands above it is new: what the reader marked read, or the head when they came
  unread = 0;
  lastMessage = null;
  joined = false; // hears live
  removed = false;
  messagesTaken = false; // removed from the messages, not from the transaction
  cursor = null; // last seq without a hole on the live way
  #fresh = []; // seqs of others' messages after #base: lets us count exactly while `unread` frames cross entries
  #base = 0;
  #presence = new Map(); // of everybody it was told of: it may come before the entry that adds somebody
  #names = new Map(); // changed since the join: an entry holds the name of its day

  constructor({ id, transaction, me, now = Date.now }) {
    super();
    this.id = id;
    this.transaction = transaction;
    this.me = me;
    this.typing = new TypingTracker({ now });
  }

  // The `room` of a transaction, or a page of messages, over HTTP.
  applySnapshot({ head, read, joined_seq: joinedSeq, unread, last_message: lastMessage, members }) {
    if (members && !this.joined) this.#setMembers(members);
    if (lastMessage && lastMessage.seq >= (this.lastMessage?.seq ?? 0)) this.lastMessage = lastMessage;
    // Live data is never older than an HTTP answer that was in flight.
    if (!this.joined && this.cursor === null) {
      this.head = head;
      this.read = read ?? joinedSeq;
      this.unread = unread;
    }
    this.emit("change");
  }

  applyJoined(frame) {
    this.joined = true;
    this.head = frame.head;
    this.read = frame.read ?? frame.joined_seq;
    this.unread = frame.unread;
    this.#base = frame.head;
    this.#fresh = [];
    this.cursor ??= frame.head;
    this.typing.clear();
    this.#setMembers(frame.members);
    this.emit("joined", frame);
    this.emit("members");
    this.emit("change");
  }

  // → false when an entry is missing in between: then the room must be joined again.
  applyEntry(entry) {
    if (this.cursor !== null && entry.seq <= this.cursor) return true;
    if (this.cursor !== null && entry.seq !== this.cursor + 1) return false;
    this.cursor = entry.seq;
    this.head = Math.max(this.head, entry.seq);
    if (entry.kind === "message") this.#applyMessage(entry);
    if (entry.kind === "member_added") this.#addMember(entry);
    if (entry.kind === "member_removed") this.#dropMember(entry.data);
    this.emit("entry", entry);
    this.emit("change");
    return true;
  }

  applyUnread({ read, count }) {
    this.read = Math.max(this.read, read ?? 0);
    this.#fresh = this.#fresh.filter((seq) => seq > this.read);
    // Above the base every message is known here; the server's count may have crossed one on its way.
    this.unread = this.read >= this.#base ? this.#fresh.length : count;
    this.emit("unread");
    this.emit("change");
  }

  applyRead({ account, seq }) {
    const member = this.members.get(account);
    if (!member || seq <= (member.read ?? 0)) return;
    member.read = seq;
    this.emit("receipts");
  }

  applyPresence({ account, online, last_seen }) {
    this.#presence.set(account, { online, last_seen });
    const member = this.members.get(account);
    if (!member) return;
    Object.assign(member, { online, last_seen });
    if (!online) this.typing.set(account, false);
    this.emit("members");
    this.emit("typing");
  }

  // Somebody changed their name.
  applyMember({ account, name }) {
    this.#names.set(account, name);
    const member = this.members.get(account);
    if (!member || member.name === name) return;
    member.name = name;
    this.#renamed(account, name);
    this.emit("members");
    this.emit("typing");
    this.emit("change");
  }

  applyTyping({ account, on }) {
    if (account === this.me) return;
    this.typing.set(account, on);
    this.emit("typing");
  }

  applyRemoved() {
    this.removed = true;
    this.joined = false;
    this.unread = 0;
    this.typing.clear();
    this.emit("removed");
    this.emit("change");
  }

  linkDown() {
    this.joined = false;
    this.typing.clear();
    // Presence from a lost connection is unknown: nobody is shown as online.
    this.#presence.clear();
    for (const member of this.members.values()) member.online = false;
    this.emit("typing");
    this.emit("members");
  }

  // The server was restored from a backup: nothing held here can be trusted.
  forget() {
    this.cursor = null;
    this.head = 0;
    this.joined = false;
    this.lastMessage = null;
    this.emit("reset");
  }

  others() {
    return [...this.members.values()].filter((member) => member.active && member.account !== this.me);
  }

  nameOf(account) {
    return this.members.get(account)?.name ?? null;
  }

  #applyMessage(entry) {
    this.typing.set(entry.author, false);
    this.emit("typing");
    this.lastMessage = {
      seq: entry.seq,
      author: entry.author,
      author_name: this.nameOf(entry.author),
      body: entry.body,
      at: entry.at,
    };
    // Up to the head of `joined`, its count already includes the entry.
    if (entry.author === this.me || entry.seq <= this.#base || entry.seq <= this.read) return;
    this.#fresh.push(entry.seq);
    this.unread += 1;
  }

  #setMembers(list) {
    const before = this.members;
    this.#names.clear();
    this.members = new Map(list.map((member) => [member.account, { ...member }]));
    this.#presence = new Map(list.map(({ account, online, last_seen }) => [account, { online, last_seen }]));
    for (const { account, name } of list) {
      const known = before.get(account)?.name ?? this.#nameOnLastMessage(account);
      if (known && known !== name) this.#renamed(account, name);
    }
  }

  // At the first join nothing else is known: the last message came over HTTP, perhaps before a change of name.
  #nameOnLastMessage(account) {
    return this.lastMessage?.author === account ? this.lastMessage.author_name : null;
  }

  // The name also stands in the last message and in lists elsewhere, which listen to the event.
  #renamed(account, name) {
    if (this.lastMessage?.author === account) this.lastMessage = { ...this.lastMessage, author_name: name };
    this.emit("renamed", { account, name });
  }

  // Up to the head of `joined`, its names are newer than those in the entries.
  #addMember({ seq, data: { account, name: then, role, address_proved: proved } }) {
    const known = this.members.get(account) ?? { read: null, online: false, last_seen: null };
    const name = this.#names.get(account) ?? ((seq <= this.#base && known.name) || then);
    this.members.set(account, {
      ...known,
      ...this.#presence.get(account),
      account,
      name,
      role,
      active: true,
      address_proved: proved ?? known.address_proved,
    });
    this.emit("members");
  }

  #dropMember({ account, what }) {
    if (account === this.me) this.messagesTaken = what === "messages";
    const member = this.members.get(account);
    // This frame does not carry their new name.
    this.#names.delete(account);
    if (!member) return;
    member.active = false;
    member.online = false;
    this.emit("members");
  }
}
