// The language of the page: loads its dictionaries, and keeps the choice of a visitor without an account.

import { polished } from "../text/typography.js";
import { language, useWords } from "../text/words.js";

const YEAR_S = 31_536_000;

export const LANGUAGES = [
  ["fr", "Français"],
  ["en", "English"],
];

let load; // (file) → the module of a dictionary
const wanted = new Set(); // the nouns of each page that was opened: "clients invitations"
const dictionaries = new Map(); // file → its words

// On arrival: the server knows the account, or what the visitor once chose, and wrote it into the document. It has asked
// the browser to fetch the dictionaries of that language.
export function startLanguage(loader, nouns = "") {
  load = loader;
  wanted.add(nouns);
  return setLanguage(document.documentElement.lang);
}

// The language that the visitor chose on this device, if they did.
export function chosenLanguage() {
  return /(?:^|; )lang=(fr|en)/.exec(document.cookie)?.[1];
}

// Resolves when the dictionaries are loaded.
export async function setLanguage(asked) {
  const code = LANGUAGES.some(([known]) => known === asked) ? asked : "fr";
  await use(code);
  document.documentElement.lang = code;
}

// The words of a page: its nouns, as the table of routes names them, and the common ones.
export async function loadWords(nouns = "") {
  if (wanted.has(nouns)) return;
  await fetched(language(), nouns);
  wanted.add(nouns);
  await use(language());
}

// Fetches the words of a page that may be opened later.
export async function prepareWords(nouns = "") {
  await fetched(language(), nouns);
}

async function use(code) {
  const all = await Promise.all([...wanted].map((nouns) => fetched(code, nouns)));
  useWords(code, Object.assign({}, ...all));
}

async function fetched(code, nouns) {
  const file = nouns === "" ? code : `${code}/${nouns.replaceAll(" ", ".")}`;
  if (!dictionaries.has(file)) dictionaries.set(file, polished(code, (await load(file)).default, brokerWords(code)));
  return dictionaries.get(file);
}

// The choice of a visitor who has no account yet. It is kept before its words are here: a visitor who goes on at once has chosen.
export async function chooseLanguage(wanted) {
  document.cookie = `lang=${wanted}; path=/; max-age=${YEAR_S}; samesite=lax`;
  await setLanguage(wanted);
}

// The installation may call its brokers otherwise (src/domain/broker_label.rs); the document says how.
function brokerWords(code) {
  const told = /** @type {HTMLMetaElement | null} */ (document.querySelector("meta[name=words]"))?.content;
  return told ? JSON.parse(told)[code] : [];
}
