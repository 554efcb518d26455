import assert from "node:assert/strict";
import { test } from "node:test";
import { Draft } from "../../static/js/stores/draft.js";

function browser() {
  let stored = "";
  return {
    tab: () =>
      new Draft({
        read: () => stored,
        write: (text) => {
          stored = text;
        },
      }),
    stored: () => stored,
  };
}

test("what was sent does not come back from a tab that only showed it", () => {
  const { tab, stored } = browser();
  const writer = tab();
  writer.edit("Bonjour");
  writer.save();
  const other = tab();
  assert.equal(other.text, "Bonjour");
  writer.sent();
  other.save();
  assert.equal(stored(), "");
  assert.equal(other.look(), true);
  assert.equal(other.text, "");
});

test("a tab in which nobody wrote wipes nothing", () => {
  const { tab, stored } = browser();
  const empty = tab();
  const writer = tab();
  writer.edit("Bonjour");
  writer.save();
  empty.save();
  assert.equal(stored(), "Bonjour");
});

test("a tab that is being written in keeps its own text", () => {
  const { tab, stored } = browser();
  const [one, two] = [tab(), tab()];
  one.edit("Un");
  two.edit("Deux");
  one.save();
  assert.equal(two.look(), false);
  assert.equal(two.text, "Deux");
  two.save();
  assert.equal(stored(), "Deux");
  // And what is sent from the other one takes away only itself.
  one.edit("Un, deux");
  one.sent();
  assert.equal(stored(), "Deux");
});

test("an emptied field empties the draft", () => {
  const { tab, stored } = browser();
  const one = tab();
  one.edit("Un");
  one.save();
  one.edit("");
  one.save();
  assert.equal(stored(), "");
});
