// All rooms of this tab, over one socket. They are joined, joined again after a lost connection with the last seq of
// each, and every frame is handed to its room.

import { Emitter } from "../core/emitter.js";
import { Room } from "./room.js";

// A broker with hundreds of rooms must stay below the server's limit of frames in flight when reconnecting.
const JOINS_AT_ONCE = 30;
const RETRY_MS = 2_000;

// Emits: "change" (some room), "renamed" ({ account, name }), "added" ({ room, transaction }), "removed" (room).
export class Rooms extends Emitter {
  #socket;
  #me = null;
  #rooms = new Map();
  #queue = [];
  #joining = 0;

  constructor(socket) {
    super();
    this.#socket = socket;
    socket.on("ready", () => this.#joinAll());
    socket.on("down", () => {
      this.#queue = [];
      this.#joining = 0;
      for (const room of this.#rooms.values()) room.linkDown();
    });
    socket.on("frame", (frame) => this.#receive(frame));
  }

  open(me) {
    this.#me = me;
  }

  close() {
    this.#rooms.clear();
    this.#queue = [];
  }

  get(id) {
    return this.#rooms.get(id) ?? null;
  }

  all() {
    return [...this.#rooms.values()];
  }

  get unread() {
    return this.all().reduce((sum, room) => sum + room.unread, 0);
  }

  // Starts listening to a room, from the head that HTTP returned: no entry can be missed in between.
  track(snapshot, transaction) {
    let room = this.#rooms.get(snapshot.id);
    if (!room || room.removed) {
      room = new Room({ id: snapshot.id, transaction, me: this.#me });
      room.applySnapshot(snapshot);
      room.cursor = snapshot.head;
      room.on("change", () => this.emit("change", room));
      room.on("renamed", (who) => this.emit("renamed", who));
      this.#rooms.set(room.id, room);
      this.#enqueue(room);
    } else {
      room.applySnapshot(snapshot);
    }
    return room;
  }

  #joinAll() {
    for (const room of this.#rooms.values()) if (!room.removed) this.#enqueue(room);
  }

  #enqueue(room) {
    if (!this.#socket.ready || this.#queue.includes(room)) return;
    this.#queue.push(room);
    this.#joinNext();
  }

  async #joinNext() {
    if (this.#joining >= JOINS_AT_ONCE || this.#queue.length === 0) return;
    const room = this.#queue.shift();
    this.#joining += 1;
    try {
      await this.#join(room);
    } finally {
      this.#joining = Math.max(0, this.#joining - 1);
      this.#joinNext();
    }
  }

  async #join(room) {
    const frame = { t: "join", room: room.id };
    if (room.cursor !== null) frame.after = room.cursor;
    try {
      await this.#socket.request(frame);
    } catch ({ code, retry_after: wait }) {
      if (code === "cursor_ahead") {
        room.forget();
        this.#enqueue(room);
      } else if (code === "room_unknown") {
        this.#remove(room);
      } else if (code === "timeout" || wait !== undefined) {
        setTimeout(() => this.#enqueue(room), wait ?? RETRY_MS);
      }
    }
  }

  #receive(frame) {
    if (frame.t === "added") return this.emit("added", frame);
    const room = this.#rooms.get(frame.room);
    if (!room) return;
    switch (frame.t) {
      case "joined":
        return room.applyJoined(frame);
      case "entries":
        return frame.entries.forEach((entry) => this.#entry(room, entry));
      case "entry":
        return this.#entry(room, frame);
      case "unread":
        return room.applyUnread(frame);
      case "read":
        return room.applyRead(frame);
      case "member":
        return room.applyMember(frame);
      case "typing":
        return room.applyTyping(frame);
      case "presence":
        return room.applyPresence(frame);
      case "removed":
        return this.#remove(room);
    }
  }

  #entry(room, entry) {
    // A gap cannot happen on one connection. If it does, joining again is always right.
    if (!room.applyEntry(entry)) this.#enqueue(room);
  }

  #remove(room) {
    room.applyRemoved();
    this.emit("removed", room);
  }
}
