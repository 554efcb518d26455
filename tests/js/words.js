// The words of the pages as node reads them.

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { polished } from "../../static/js/text/typography.js";
import { useWords } from "../../static/js/text/words.js";

export const ROOT = new URL("../../static/js/", import.meta.url);
const LOCALES = new URL("../../locales/", import.meta.url);

export const modulesIn = (folder) =>
  readdirSync(fileURLToPath(folder), { recursive: true })
    .filter((name) => name.endsWith(".js"))
    .map((path) => path.replaceAll("\\", "/"));

// noun → its words; "words" are those that the server has too, as src/http/assets/dictionaries.rs reads them.
export async function dictionary(language) {
  const nouns = {};
  for (const file of modulesIn(new URL(`i18n/${language}/`, ROOT))) {
    nouns[file.replace(/\.js$/u, "")] = (await import(new URL(`i18n/${language}/${file}`, ROOT))).default;
  }
  const ftl = readFileSync(new URL(`${language}/words.ftl`, LOCALES), "utf8");
  const words = [...ftl.matchAll(/^([a-z-]+)-([a-z_]+) = (.+)$/gmu)];
  nouns.words = Object.fromEntries(
    words.map(([, name, value, text]) => [`${name.replaceAll("-", "_")}.${value}`, text]),
  );
  return nouns;
}

// All words of a language, as a page would have them.
export async function speak(language) {
  useWords(language, polished(language, Object.assign({}, ...Object.values(await dictionary(language)))));
}
