// Which language the page speaks: loads its dictionary, and keeps what a visitor without an account chose.

import { polished } from "../text/typography.js";
import { language, useWords } from "../text/words.js";

// A dictionary is fetched when somebody reads that language; the server has asked the browser to fetch the first.
const LOADERS = {
  fr: () => import("../i18n/fr.js"),
  en: () => import("../i18n/en.js"),
};
const YEAR_S = 31_536_000;

export const LANGUAGES = [["fr", "Français"], ["en", "English"]];

let isLoaded = false;

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
  if (code !== language() || !isLoaded) useWords(code, polished(code, (await LOADERS[code]()).default, brokerWords(code)));
  isLoaded = true;
  document.documentElement.lang = code;
}

// The choice of a visitor who has no account yet.
export async function chooseLanguage(wanted) {
  await setLanguage(wanted);
  document.cookie = `lang=${wanted}; path=/; max-age=${YEAR_S}; samesite=lax`;
}

// The installation may call its brokers otherwise (src/domain/broker_label.rs); the document says how.
function brokerWords(code) {
  const told = document.querySelector("meta[name=words]")?.content;
  return told ? JSON.parse(told)[code] : [];
}
