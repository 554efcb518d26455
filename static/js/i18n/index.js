// Two languages, both first-class. A key that is missing shows itself: better an ugly word than a silent hole.

import fr from "./fr.js";
import en from "./en.js";

const DICTIONARIES = { fr, en };
const YEAR_S = 31_536_000;

let current = "fr";
let plurals = new Intl.PluralRules(current);

export const LANGUAGES = [["fr", "Français"], ["en", "English"]];

export function language() {
  return current;
}

// On arrival: what the visitor once chose, else what the server wrote into the document.
export function startLanguage() {
  setLanguage(chosenLanguage() ?? document.documentElement.lang);
}

// What the visitor chose on this device, if he did.
export function chosenLanguage() {
  return /(?:^|; )lang=(fr|en)/.exec(document.cookie)?.[1];
}

export function setLanguage(wanted) {
  current = wanted in DICTIONARIES ? wanted : "fr";
  plurals = new Intl.PluralRules(current);
  if (typeof document !== "undefined") document.documentElement.lang = current;
}

// The choice of a visitor who has no account yet.
export function chooseLanguage(wanted) {
  document.cookie = `lang=${wanted}; path=/; max-age=${YEAR_S}; samesite=lax`;
  setLanguage(wanted);
}

// t("list.unread", { count: 2 }): `count` chooses the plural form.
export function t(key, params = {}) {
  let text = DICTIONARIES[current][key];
  if (text === undefined) return key;
  if (typeof text === "object") text = text[plurals.select(params.count ?? 0)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in params ? String(params[name]) : whole));
}

export function has(key) {
  return key in DICTIONARIES[current];
}
