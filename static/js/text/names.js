// Names of people: in full, in a list, and as initials for an avatar.

import { isShown } from "./shown.js";
import { isolated } from "./typography.js";
import { locale } from "./words.js";

export function fullName({ first_name: first, last_name: last }) {
  return `${first} ${last}`.trim();
}

export function names(list) {
  return new Intl.ListFormat(locale(), { type: "conjunction" }).format(list.map(isolated));
}

// Articles that begin a family name when they are written large: "Anne Le Goff" is AL, "Charles de Gaulle" is CG.
const ARTICLES = new Set([
  "Le",
  "La",
  "Les",
  "Du",
  "Des",
  "De",
  "D'",
  "Van",
  "Von",
  "El",
  "Al",
  "Ben",
  "Da",
  "Di",
  "Dos",
  "Mac",
  "Mc",
  "Saint",
  "St",
]);

export function initials(name) {
  const words = name
    .trim()
    .split(/[\s-]+/u)
    .map(bare)
    .filter(Boolean);
  if (words.length === 0) return "?";
  const family = words.findIndex((word, index) => index > 0 && index < words.length - 1 && ARTICLES.has(word));
  const last = words.length > 1 ? words.at(family) : "";
  return (first(words[0]) + first(last)).toLocaleUpperCase();
}

// Without what precedes the first letter: quotes, brackets, invisible marks.
function bare(word) {
  return isShown(word) ? word.replace(/^[^\p{L}\p{N}\p{S}]+(?=[\p{L}\p{N}\p{S}])/u, "") : "";
}

const graphemes = Intl.Segmenter ? new Intl.Segmenter(undefined, { granularity: "grapheme" }) : null;

// A flag, a family emoji, a letter with its accents are one character each.
function first(word) {
  if (word === "") return "";
  return graphemes ? graphemes.segment(word)[Symbol.iterator]().next().value.segment : [...word][0];
}
