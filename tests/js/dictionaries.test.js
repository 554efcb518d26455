// The words of the pages: the same in both languages, each used, each there where it is used.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readFileSync } from "node:fs";
import { dirname, normalize } from "node:path/posix";
import { routes } from "../../static/js/routes.js";
import { dictionary, modulesIn, ROOT, speak } from "./words.js";
import { valuesOf } from "../../static/js/text/words.js";

const COMMON = ["common", "words"];

const [french, english] = [await dictionary("fr"), await dictionary("en")];
const nounOf = new Map(Object.entries(french).flatMap(([noun, words]) => Object.keys(words).map((key) => [key, noun])));

const modules = modulesIn(ROOT).filter((path) => !path.startsWith("i18n/"));
const source = new Map(
  modules.map((path) => [path, readFileSync(new URL(path, ROOT), "utf8").replace(/^\s*\/\/.*$/gmu, "")]),
);
const importsOf = (path) =>
  [...source.get(path).matchAll(/^(?:import|export) (?:[^;]*? from )?"(\.[^"]+)";/gmu)].map(([, target]) =>
    normalize(`${dirname(path)}/${target}`),
  );

function closure(path, seen = new Set()) {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const target of importsOf(path)) closure(target, seen);
  return seen;
}

// Keys stand in the code as a whole, or with their last part left open: t("nav.home"), t(`role.${role}`).
function keysOf(path) {
  const text = source.get(path);
  const whole = [...text.matchAll(/"([a-z_]+(?:\.[a-z_0-9]+)+)"/gu)]
    .map(([, key]) => key)
    .filter((key) => nounOf.has(key));
  const beginnings = [...text.matchAll(/`([a-z_]+\.[a-z_.]*)\$\{/gu)].map(([, beginning]) => beginning);
  return new Set([
    ...whole,
    ...[...nounOf.keys()].filter((key) => beginnings.some((beginning) => key.startsWith(beginning))),
  ]);
}

const used = new Map(modules.map((path) => [path, keysOf(path)]));
const nounsOf = (paths) => new Set([...paths].flatMap((path) => [...used.get(path)].map((key) => nounOf.get(key))));
const behindEveryPage = closure("app.js");

test("both languages have the same nouns, keys, plurals and places to fill in", () => {
  assert.deepEqual(Object.keys(french).sort(), Object.keys(english).sort());
  const places = (text) => JSON.stringify([...new Set([...text.matchAll(/\{\w+\}/gu)].map(([place]) => place))].sort());
  for (const [noun, words] of Object.entries(french)) {
    assert.deepEqual(Object.keys(words).sort(), Object.keys(english[noun]).sort(), noun);
    for (const [key, text] of Object.entries(words)) {
      const other = english[noun][key];
      assert.equal(typeof text, typeof other, key);
      const forms = (value) => (typeof value === "string" ? { other: value } : value);
      assert.deepEqual(Object.keys(forms(text)).sort(), Object.keys(forms(other)).sort(), key);
      for (const value of [...Object.values(forms(text)), ...Object.values(forms(other))])
        assert.notEqual(value, "", key);
      assert.equal(places(forms(text).other), places(forms(other).other), key);
    }
  }
});

test("the first part of a key belongs to one noun", () => {
  const owners = new Map();
  for (const [key, noun] of nounOf) {
    const [first] = key.split(".");
    assert.equal(owners.get(first) ?? noun, noun, key);
    owners.set(first, noun);
  }
});

test("no key is left over, and none is missing", () => {
  const all = new Set([...used.values()].flatMap((keys) => [...keys]));
  assert.deepEqual(
    [...nounOf.keys()].filter((key) => !all.has(key)),
    [],
  );
  for (const [path, text] of source) {
    for (const [, key] of text.matchAll(/\bt\(\s*"([^"]+)"/gu)) assert.ok(nounOf.has(key), `${path} asks for ${key}`);
    for (const [, first] of text.matchAll(/\b(?:t|has)\(\s*`([a-z_.]+)\$\{/gu)) {
      assert.ok(
        [...nounOf.keys()].some((key) => key.startsWith(first)),
        `${path} asks for ${first}…`,
      );
    }
  }
});

test("every page names the nouns that it needs, and no others", () => {
  const common = [...nounsOf(behindEveryPage)].filter((noun) => !COMMON.includes(noun));
  assert.deepEqual(common, [], "app.js needs words that are not common");
  for (const [address, route] of Object.entries(routes).filter(([, { load }]) => load)) {
    const page = /import\("\.\/([^"]+)"\)/u.exec(String(route.load))[1];
    const needed = [...nounsOf(closure(page))].filter((noun) => !COMMON.includes(noun)).sort();
    assert.deepEqual((route.words ?? "").split(" ").filter(Boolean).sort(), needed, address);
  }
});

test("the values of a word come in the order of the file", async () => {
  await speak("en");
  assert.deepEqual(valuesOf("role"), ["admin", "broker", "client"]);
  assert.deepEqual(valuesOf("transaction_kind"), ["purchase", "sale", "rental", "project"]);
  assert.deepEqual(valuesOf("nothing"), []);
});
