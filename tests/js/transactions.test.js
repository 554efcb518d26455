import assert from "node:assert/strict";
import { test } from "node:test";
import { Emitter } from "../../static/js/core/emitter.js";
import { Room } from "../../static/js/stores/room.js";
import { Clients } from "../../static/js/stores/clients.js";
import { Transactions } from "../../static/js/stores/transactions.js";

const ME = 3;
const PAUL = 9;

// Rooms of one transaction with Paul, that is joined when a test says so.
class FewRooms extends Emitter {
  room = new Room({ id: 7, transaction: 12, me: ME });

  constructor() {
    super();
    this.room.on("renamed", (who) => this.emit("renamed", who));
  }

  get() {
    return this.room;
  }

  track(snapshot) {
    this.room.applySnapshot(snapshot);
    this.room.cursor = snapshot.head;
    return this.room;
  }

  join(name) {
    const member = { account: PAUL, name, role: "client", active: true, read: 0, online: true, last_seen: null };
    this.room.applyJoined({ head: 1, read: 0, unread: 0, members: [member] });
  }
}

function shared({ name }) {
  const live = new Emitter();
  const rooms = new FewRooms();
  const transactions = new Transactions({ api: {}, live, rooms });
  transactions.on("renamed", (who) => live.emit("renamed", who));
  const clients = new Clients({ live });
  clients.remember({ id: 4, account_id: PAUL, name });
  const participants = [{ account_id: PAUL, name }];
  transactions.remember({ id: 12, title: "House", participants, room: { id: 7, head: 1, read: 0, unread: 0 } });
  const names = () => [transactions.get(12).participants[0].name, clients.get(4).name];
  return { rooms, names };
}

test("a name that changed before its room was joined reaches all lists", () => {
  const { rooms, names } = shared({ name: "Paul" });
  rooms.join("Yves");
  assert.deepEqual(names(), ["Yves", "Yves"]);
});

test("a name that changes in a joined room reaches all lists", () => {
  const { rooms, names } = shared({ name: "Paul" });
  rooms.join("Paul");
  rooms.room.applyMember({ account: PAUL, name: "Yves" });
  assert.deepEqual(names(), ["Yves", "Yves"]);
});
