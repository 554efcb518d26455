import assert from "node:assert/strict";
import { test } from "node:test";
import { worded } from "../../static/js/i18n/typography.js";

test("an installation has its own word for brokers, and what is filled in stays", () => {
  const pairs = [["a broker", "an adviser"], ["broker", "adviser"]];
  assert.equal(worded("{broker} is a broker. Ask your broker.", pairs), "{broker} is an adviser. Ask your adviser.");
  assert.equal(worded("Ask your broker.", []), "Ask your broker.");
});
