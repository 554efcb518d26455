import assert from "node:assert/strict";
import { test } from "node:test";
import { readFileSync } from "node:fs";
import { isShown } from "../../static/js/text/shown.js";
import { initials } from "../../static/js/text/names.js";

globalThis.document = { addEventListener() {} };
const { ownPath } = await import("../../static/js/core/router.js");

test("initials are whole characters", () => {
  for (const [name, letters] of [
    ["Claire Martin", "CM"],
    ["anne-laure petit", "AP"],
    ["Élise", "É"],
    ["E\u0301lise Dupont", "E\u0301D".normalize("NFD")],
    ["🇫🇷 🇧🇪", "🇫🇷🇧🇪"],
    ["👩‍👩‍👧 Martin", "👩‍👩‍👧M"],
    ["Anne Le Goff", "AL"],
    ["Le Goff", "LG"],
    ["Charles de Gaulle", "CG"],
    ["Jean Paul Durand", "JD"],
    ["(Anna) “Petit”", "AP"],
    ["\u200bAna", "A"],
    ["क्षमा", "क्ष"],
    ["", "?"],
    ["\u2800 \u3164", "?"],
    ["\u0301 \ufffc", "?"],
  ])
    assert.equal(initials(name).normalize("NFC"), letters.normalize("NFC"), name);
});

test("the browser and the server call the same texts empty", () => {
  const { empty, shown } = JSON.parse(readFileSync(new URL("../support/empty.json", import.meta.url)));
  for (const text of empty) assert.equal(isShown(text), false, JSON.stringify(text));
  for (const text of shown) assert.equal(isShown(text), true, JSON.stringify(text));
});

test("what comes next is a page of ours or nothing", () => {
  const origin = "https://portal.example";
  for (const own of ["/broker", "/broker/transactions/7?a=b", "/client/transactions/7"])
    assert.equal(ownPath(own, origin), own);
  for (const foreign of [
    null,
    "",
    "/",
    "broker",
    "//evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    "https://evil.example/",
    "javascript:alert(1)",
    "/.//evil.example",
    "/..//evil.example",
    "/%5c/../..//evil",
    "///evil.example",
    "/\r\\evil",
  ]) {
    assert.equal(ownPath(foreign, origin), null, JSON.stringify(foreign));
  }
});
