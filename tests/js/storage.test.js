import assert from "node:assert/strict";
import { test } from "node:test";

class FakeStorage {
  #kept = new Map();
  get length() {
    return this.#kept.size;
  }
  key(index) {
    return [...this.#kept.keys()][index] ?? null;
  }
  getItem(key) {
    return this.#kept.get(key) ?? null;
  }
  setItem(key, value) {
    this.#kept.set(key, String(value));
  }
  removeItem(key) {
    this.#kept.delete(key);
  }
  get keys() {
    return [...this.#kept.keys()].sort();
  }
}

globalThis.localStorage = new FakeStorage();
globalThis.sessionStorage = new FakeStorage();
const { drafts, formDrafts, outboxStorage, pendingReset, preferences, localData } =
  await import("../../static/js/core/storage.js");

test("a sign-out leaves nothing of anybody, and pages that close later write nothing down", () => {
  localStorage.setItem("of-somebody-else", "stays");
  preferences.set("theme", "dark");
  preferences.set("account", 3);
  drafts.set(3, 7, "half a sentence");
  outboxStorage(3).put({ nonce: "a", body: "unsent" });
  // Left by another person, whose session expired.
  outboxStorage(4).put({ nonce: "b", body: "theirs" });
  pendingReset.set({ email: "ana@example.org" });
  formDrafts.set("invite.new", { email: { began: "", now: "paul@example.org" } });
  assert.equal(localData.unsent(), 2);

  localData.forget();
  assert.deepEqual(localStorage.keys, ["entremise.theme", "of-somebody-else"]);
  assert.deepEqual(sessionStorage.keys, []);
  assert.equal(localData.unsent(), 0);
  drafts.set(3, 7, "half a sentence");
  outboxStorage(3).put({ nonce: "a", body: "unsent" });
  formDrafts.set("invite.new", { email: { began: "", now: "paul@example.org" } });
  assert.deepEqual(localStorage.keys, ["entremise.theme", "of-somebody-else"]);
  assert.deepEqual(sessionStorage.keys, []);

  localData.begin();
  drafts.set(3, 7, "another day");
  assert.equal(drafts.get(3, 7), "another day");
});

test("another account sees neither drafts nor unsent messages", () => {
  localData.begin();
  drafts.set(3, 7, "mine");
  outboxStorage(3).put({ nonce: "a", body: "mine" });
  assert.equal(drafts.get(33, 7), "");
  assert.deepEqual(outboxStorage(33).all(), []);
  assert.equal(outboxStorage(3).all().length, 1);
});
