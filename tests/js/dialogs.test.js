// Every dialog and menu of the browser's code is opened and judged by tests/browser/opened.rs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readFileSync } from "node:fs";
import { modulesIn, ROOT } from "./words.js";

const OPENING = /\b(?:openDialog|confirmDialog|transactionDialog|rowMenu)\(\{/gu;
const opened = readFileSync(new URL("../browser/opened.rs", import.meta.url), "utf8");

// The text of an object, without what is nested in it.
function outermost(text, start) {
  let depth = 1;
  let own = "";
  for (let index = start; depth > 0; index += 1) {
    if (/[([{]/u.test(text[index])) depth += 1;
    if (/[)\]}]/u.test(text[index])) depth -= 1;
    if (depth === 1) own += text[index];
  }
  return own;
}

const hooks = modulesIn(ROOT).flatMap((path) => {
  const text = readFileSync(new URL(path, ROOT), "utf8");
  const calls = [...text.matchAll(OPENING)].filter(({ index }) => !text.slice(0, index).endsWith("function "));
  return calls.map((call) => {
    const own = outermost(text, call.index + call[0].length);
    // A function that opens any dialog hands the hook on.
    const [, hook = null] = /\btest(?:: "([^"]+)"|,)/u.exec(own) ?? assert.fail(`${path}: a dialog without a hook`);
    return hook;
  });
});

test("every dialog and menu is judged", () => {
  const named = [...new Set(hooks.filter(Boolean))];
  assert.ok(named.length > 15, `${named}`);
  assert.deepEqual(
    named.filter((hook) => !opened.includes(`"${hook}"`)),
    [],
  );
});
