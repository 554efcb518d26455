import assert from "node:assert/strict";
import { test } from "node:test";
import { tableText } from "../../static/js/text/tables.js";

test("a table of an older spreadsheet is read as what it means", () => {
  const bytes = (list) => new Uint8Array(list).buffer;
  assert.equal(tableText(new TextEncoder().encode("Prénom;Nom").buffer), "Prénom;Nom");
  assert.equal(tableText(bytes([0xef, 0xbb, 0xbf, 0x41])), "A");
  assert.equal(tableText(bytes([0x50, 0x72, 0xe9, 0x6e, 0x6f, 0x6d, 0x3b, 0xe8])), "Prénom;è");
});
