import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { checkRules, estimateStrength, isPersonal } from "../../static/js/text/password-rules.js";

// src/domain/password.rs reads the same table.
const cases = JSON.parse(readFileSync(new URL("../support/passwords.json", import.meta.url)));

test("the browser and the server judge alike", () => {
  for (const { password, personal, broken } of cases) {
    const rules = Object.entries(checkRules(password))
      .filter(([, met]) => !met)
      .map(([rule]) => rule);
    const found = rules.length > 0 || !isPersonal(password, personal) ? rules : ["personal"];
    assert.deepEqual(found, broken, password);
  }
});

test("one is told to leave out the name exactly when the server refuses it", () => {
  assert.equal(estimateStrength("Maelle2026!", ["Maëlle"]).hint, "personal");
  assert.notEqual(estimateStrength("Lea-2026-x", ["Léa"]).hint, "personal");
});
