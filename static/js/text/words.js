// The texts of the reader's language. A key without a text is shown as it is: an ugly word is better than an empty
// place.

import { isolated } from "./typography.js";

let current = "fr";
let words = {};
let plurals = new Intl.PluralRules(current);

export function language() {
  return current;
}

// English readers of a European service expect 24 hours and the day first.
export function locale() {
  return current === "fr" ? "fr-FR" : "en-GB";
}

// core/language.js loads the dictionaries and hands them in.
export function useWords(code, dictionary) {
  current = code;
  words = dictionary;
  plurals = new Intl.PluralRules(code);
}

// t("list.unread", { count: 2 }): `count` chooses the plural form.
export function t(key, params = {}) {
  let text = words[key];
  if (text === undefined) return key;
  if (typeof text === "object") text = text[plurals.select(params.count ?? 0)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in params ? isolated(params[name]) : whole));
}

// The values that have a word, in the order of locales/<language>/words.ftl: valuesOf("role") → ["admin", "broker", "client"].
export function valuesOf(name) {
  const beginning = `${name}.`;
  return Object.keys(words)
    .filter((key) => key.startsWith(beginning))
    .map((key) => key.slice(beginning.length));
}

export function has(key) {
  return key in words;
}
