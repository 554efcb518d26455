import assert from "node:assert/strict";
import { test } from "node:test";
import { polished, worded } from "../../static/js/text/typography.js";

test("an installation has its own word for brokers, and what is filled in stays", () => {
  const pairs = [
    ["a broker", "an adviser"],
    ["broker", "adviser"],
  ];
  assert.equal(worded("{broker} is a broker. Ask your broker.", pairs), "{broker} is an adviser. Ask your adviser.");
  assert.equal(worded("Ask your broker.", []), "Ask your broker.");
});

test("no line ends within the word e-mail", () => {
  assert.equal(
    polished("en", "Your e-mail. E-mail them at {email}."),
    "Your e-\u2060mail. E-\u2060mail them at {email}.",
  );
  assert.equal(polished("fr", "L'e-mail d'Anne : vu"), "L’e-\u2060mail d’Anne\u00a0: vu");
});
