// Two languages, both first-class. A key that is missing shows itself: better an ugly word than a silent hole.

import { isolated } from "../text/typography.js";

// A dictionary is fetched when somebody reads that language; the server has asked the browser to fetch the first.
const LOADERS = {
  fr: () => import("./fr.js"),
  en: () => import("./en.js"),
};
const YEAR_S = 31_536_000;

let current = "fr";
let words = {};
let plurals = new Intl.PluralRules(current);

export const LANGUAGES = [["fr", "Français"], ["en", "English"]];

export function language() {
  return current;
}

// On arrival: the server knows the account, or what the visitor once chose, and wrote it into the document.
export function startLanguage() {
  return setLanguage(document.documentElement.lang);
}

// What the visitor chose on this device, if they did.
export function chosenLanguage() {
  return /(?:^|; )lang=(fr|en)/.exec(document.cookie)?.[1];
}

// Resolves when the words are there.
export async function setLanguage(wanted) {
  const code = wanted in LOADERS ? wanted : "fr";
  if (code !== current || Object.keys(words).length === 0) words = (await LOADERS[code]()).default;
  current = code;
  plurals = new Intl.PluralRules(current);
  document.documentElement.lang = current;
}

// The choice of a visitor who has no account yet.
export async function chooseLanguage(wanted) {
  await setLanguage(wanted);
  document.cookie = `lang=${wanted}; path=/; max-age=${YEAR_S}; samesite=lax`;
}

// t("list.unread", { count: 2 }): `count` chooses the plural form.
export function t(key, params = {}) {
  let text = words[key];
  if (text === undefined) return key;
  if (typeof text === "object") text = text[plurals.select(params.count ?? 0)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in params ? isolated(params[name]) : whole));
}

export function has(key) {
  return key in words;
}
