import assert from "node:assert/strict";
import { test } from "node:test";
import { Room } from "../../static/js/stores/room.js";

const ME = 3;
const member = (account, rest = {}) => ({
  account,
  name: `P${account}`,
  role: "client",
  active: true,
  read: 0,
  online: true,
  last_seen: null,
  ...rest,
});
const joined = (rest = {}) => ({ head: 10, read: 8, unread: 1, members: [member(ME), member(9)], ...rest });
const entry = (seq, author = 9) => ({
  room: 7,
  seq,
  kind: "message",
  author,
  nonce: `n${seq}`,
  body: "…",
  data: null,
  at: "2026-11-20T18:00:00.000Z",
});

function inRoom(cursor = 10, frame = joined()) {
  const room = new Room({ id: 7, transaction: 12, me: ME });
  room.cursor = cursor;
  room.applyJoined(frame);
  return room;
}

test("new foreign messages are counted, own ones are not", () => {
  const room = inRoom();
  room.applyEntry(entry(11));
  room.applyEntry(entry(12, ME));
  assert.equal(room.unread, 2);
  assert.equal(room.lastMessage.seq, 12);
});

test("what was missed is already in the count that the join told", () => {
  const room = inRoom(8, joined({ unread: 2 }));
  room.applyEntry(entry(9));
  room.applyEntry(entry(10));
  assert.equal(room.unread, 2);
  room.applyEntry(entry(11));
  assert.equal(room.unread, 3);
});

test("an entry that comes twice is nothing new, and a hole is noticed", () => {
  const room = inRoom();
  assert.equal(room.applyEntry(entry(11)), true);
  assert.equal(room.applyEntry(entry(11)), true);
  assert.equal(room.unread, 2);
  assert.equal(room.applyEntry(entry(14)), false);
  assert.equal(room.cursor, 11);
});

test("a count that crossed a new message on its way does not count it twice", () => {
  const room = inRoom();
  room.applyEntry(entry(11));
  room.applyEntry(entry(12));
  // The server had already counted 12 when it wrote this.
  room.applyUnread({ read: 11, count: 1 });
  assert.equal(room.unread, 1);
  room.applyEntry(entry(13));
  assert.equal(room.unread, 2);
});

test("reading below what we heard live takes the server's count", () => {
  const room = inRoom(10, joined({ read: 2, unread: 5 }));
  room.applyUnread({ read: 5, count: 3 });
  assert.equal(room.unread, 3);
});

test("positions of others only move forward", () => {
  const room = inRoom();
  room.applyRead({ account: 9, seq: 6 });
  room.applyRead({ account: 9, seq: 4 });
  assert.equal(room.members.get(9).read, 6);
});

test("members come and go with their entries, and keep their names", () => {
  const room = inRoom();
  room.applyEntry({ ...entry(11, ME), kind: "member_added", data: { account: 11, name: "Anne", role: "broker" } });
  assert.deepEqual(
    room.others().map((person) => person.account),
    [9, 11],
  );
  room.applyEntry({ ...entry(12, ME), kind: "member_removed", data: { account: 9, name: "P9", role: "client" } });
  assert.deepEqual(
    room.others().map((person) => person.account),
    [11],
  );
  assert.equal(room.nameOf(9), "P9");
});

test("somebody may be here before the log says that they were added", () => {
  const room = inRoom();
  room.applyPresence({ account: 11, online: true, last_seen: null });
  room.applyEntry({ ...entry(11, ME), kind: "member_added", data: { account: 11, name: "Anne", role: "broker" } });
  assert.equal(room.members.get(11).online, true);
});

test("a message ends the typing of its author; the own typing is never shown", () => {
  const room = inRoom();
  room.applyTyping({ account: 9, on: true });
  room.applyTyping({ account: ME, on: true });
  assert.deepEqual(room.typing.accounts(), [9]);
  room.applyEntry(entry(11));
  assert.deepEqual(room.typing.accounts(), []);
});

test("nobody is shown as here over a dead link", () => {
  const room = inRoom();
  room.linkDown();
  assert.equal(room.joined, false);
  assert.equal(room.members.get(9).online, false);
});

test("an HTTP answer that was overtaken by the live way changes nothing", () => {
  const room = inRoom();
  room.applyEntry(entry(11));
  room.applySnapshot({ head: 9, read: 8, unread: 0, members: [] });
  assert.deepEqual([room.head, room.unread, room.members.size], [11, 2, 2]);
});

test("who never marked anything read has no position, and counts from where they came", () => {
  const room = inRoom(
    10,
    joined({ read: null, joined_seq: 7, unread: 2, members: [member(ME, { read: null }), member(9, { read: null })] }),
  );
  assert.deepEqual([room.read, room.unread, room.members.get(9).read], [7, 2, null]);
  room.applyUnread({ read: null, count: 2 });
  assert.deepEqual([room.read, room.unread], [7, 2]);
  room.applyRead({ account: 9, seq: 8 });
  assert.equal(room.members.get(9).read, 8);
  room.applyEntry({ ...entry(11, ME), kind: "member_added", data: { account: 11, name: "Anne", role: "broker" } });
  assert.equal(room.members.get(11).read, null);
});

const added = (seq, account, name) => ({
  ...entry(seq, ME),
  kind: "member_added",
  nonce: null,
  body: null,
  data: { account, name, role: "client", address_proved: true, what: "part" },
});
const renamesOf = (room) => {
  const told = [];
  room.on("renamed", (who) => told.push(who));
  return told;
};

test("a new name is told once, and the last message is by it", () => {
  const room = inRoom();
  room.applyEntry(entry(11));
  const told = renamesOf(room);
  let drawn = 0;
  for (const type of ["members", "typing", "change"]) room.on(type, () => (drawn += 1));
  room.applyMember({ account: 9, name: "Anne" });
  room.applyMember({ account: 9, name: "Anne" });
  assert.equal(room.nameOf(9), "Anne");
  assert.equal(room.lastMessage.author_name, "Anne");
  assert.deepEqual(told, [{ account: 9, name: "Anne" }]);
  assert.equal(drawn, 3);
  room.applyMember({ account: 77, name: "Nobody here" });
  assert.equal(room.nameOf(77), null);
});

test("a join tells the names that changed while nobody heard", () => {
  const room = inRoom();
  const told = renamesOf(room);
  room.linkDown();
  room.applyJoined(joined({ members: [member(ME), member(9, { name: "Anne" })] }));
  assert.deepEqual(told, [{ account: 9, name: "Anne" }]);
});

test("an entry holds the name of its day, and takes away no newer one", () => {
  const room = inRoom(8, joined({ members: [member(ME), member(9, { name: "Anne" })] }));
  room.applyEntry(added(9, 9, "P9"));
  assert.equal(room.nameOf(9), "Anne", "history comes after the join that told the names");
  room.applyEntry(added(10, 12, "Carl"));
  assert.equal(room.nameOf(12), "Carl", "who was not told of is called as the entry says");
  room.applyMember({ account: 13, name: "Dora" });
  room.applyEntry(added(11, 13, "D."));
  assert.equal(room.nameOf(13), "Dora", "the name came before the entry");
});

test("who comes back has the name that they come back with", () => {
  const room = inRoom();
  room.applyMember({ account: 9, name: "Anne" });
  room.applyEntry({ ...added(11, 9, "Anne"), kind: "member_removed" });
  room.applyEntry(added(12, 9, "Anna"));
  assert.equal(room.nameOf(9), "Anna");
});

test("a name that changed before the join stands in the last message, and is announced", () => {
  const room = new Room({ id: 7, transaction: 12, me: ME });
  const last = { seq: 10, author: 9, author_name: "P9", body: "…", at: "2026-11-20T18:00:00.000Z" };
  room.applySnapshot({ head: 10, read: 10, unread: 0, last_message: last });
  const heard = [];
  room.on("renamed", (who) => heard.push(who));
  room.cursor = 10;
  room.applyJoined(joined({ members: [member(ME), member(9, { name: "Zacharie" })] }));
  assert.deepEqual([room.lastMessage.author_name, heard], ["Zacharie", [{ account: 9, name: "Zacharie" }]]);
});
