// Typographic signs and spaces of each language, and isolation of names with another direction.

// Right-to-left scripts: Hebrew, Arabic and related ones.
const RIGHT_TO_LEFT = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;

// Isolates a name or a title inside a sentence, where there is no element to keep its direction to itself.
export function isolated(value) {
  const text = String(value);
  return RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text;
}

// Dictionaries are written with plain quotes and spaces; the typographic ones are set here.

// No line break inside "e-mail".
const curled = (text) => text.replace(/(\p{L})'(\p{L})/gu, "$1’$2").replace(/\b(e-)(?=mail)/gi, "$1\u2060");

// French double signs stay on the line of their word.
const spaced = (text) =>
  text
    .replace(/ ([?!;])/g, "\u202f$1")
    .replace(/ (:|»|%)/g, "\u00a0$1")
    .replace(/« /g, "«\u00a0");

// `pairs`: a word of ours and the installation's word for it. Text in braces is filled in later and stays.
export function worded(text, pairs) {
  return text
    .split(/(\{[^}]*\})/)
    .map((part, index) =>
      index % 2 === 1 ? part : pairs.reduce((whole, [word, ours]) => whole.replaceAll(word, ours), part),
    )
    .join("");
}

const POLISH = {
  fr: (text, pairs) => spaced(curled(worded(text, pairs))),
  en: (text, pairs) => curled(worded(text, pairs)),
};

// A whole dictionary, or one text of it, with the signs and spaces of its language.
export function polished(code, value, pairs = []) {
  if (typeof value === "string") return POLISH[code](value, pairs);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, polished(code, inner, pairs)]));
}
