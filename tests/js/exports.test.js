// Every export is imported: by a module, a test, or the declaration of an element.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { modulesIn, ROOT } from "./words.js";

// The server reads the dictionaries and writes the types of the API.
const modules = modulesIn(ROOT).filter((path) => !path.startsWith("i18n/") && path !== "api-types.js");
const TESTS = new URL("./", import.meta.url);
const importers = [
  ...modules.map((path) => new URL(path, ROOT)),
  ...readdirSync(fileURLToPath(TESTS)).map((name) => new URL(name, TESTS)),
];

const EXPORTED = /^export (default|(?:async )?function\*?|class|const|let)(?: (\w+))?/gmu;
const IMPORTED = /^(?:import|export) ([^;"]+?) from "(\.[^"]+)";/gmu;
// Modules that are loaded when they are needed: by default, or by a name.
const LOADED = /\bimport\("(\.[^"]+)"\)(?:\.(\w+))?/gu;

const exported = (text) => [...text.matchAll(EXPORTED)].map(([, kind, name]) => (kind === "default" ? kind : name));

function namesOf(clause) {
  const [, whole, , braces = ""] = /^([^{,]*)(,\s*)?(?:\{([^}]*)\})?$/u.exec(clause.trim());
  const named = braces.split(",").map((part) => part.trim().split(" as ")[0]);
  return [whole.trim() && (whole.trim().startsWith("*") ? "*" : "default"), ...named].filter(Boolean);
}

function imported(url) {
  const text = readFileSync(url, "utf8");
  const at = (path, name) => `${new URL(path, url)} ${name}`;
  return [
    ...[...text.matchAll(IMPORTED)].flatMap(([, clause, path]) => namesOf(clause).map((name) => at(path, name))),
    ...[...text.matchAll(LOADED)].map(([, path, name = "default"]) => at(path, name)),
  ];
}

test("a clause of an import is read as it is meant", () => {
  assert.deepEqual(namesOf("{ h, replace as put }"), ["h", "replace"]);
  assert.deepEqual(namesOf("page, { title }"), ["default", "title"]);
  assert.deepEqual(namesOf("* as all"), ["*"]);
});

test("no export is left over", () => {
  const used = new Set(importers.flatMap(imported));
  const dead = modules.flatMap((path) => {
    const url = new URL(path, ROOT);
    const names = exported(readFileSync(url, "utf8"));
    return names
      .filter((name) => !used.has(`${url} ${name}`) && !used.has(`${url} *`))
      .map((name) => `${path}: ${name}`);
  });
  assert.deepEqual(dead, []);
});
