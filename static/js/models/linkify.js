// Finds addresses in plain text. Only http and https become links: nothing else may be clicked.

const CANDIDATE = /\bhttps?:\/\/[^\s<>"'`]+/giu;
const TRAILING = /[.,;:!?…»”’]+$/u;

// → [{ text }, { text, href }, …], which together are exactly the given text.
export function linkify(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    const raw = trimEnd(match[0]);
    const href = safeHref(raw);
    if (!href) continue;
    if (match.index > end) parts.push({ text: text.slice(end, match.index) });
    parts.push({ text: raw, href });
    end = match.index + raw.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

// A full stop after an address belongs to the sentence; so does a bracket that was opened before it.
function trimEnd(raw) {
  let text = raw.replace(TRAILING, "");
  while (text.endsWith(")") && count(text, ")") > count(text, "(")) text = text.slice(0, -1).replace(TRAILING, "");
  return text;
}

function count(text, character) {
  return text.split(character).length - 1;
}

function safeHref(raw) {
  try {
    const url = new URL(raw);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
  } catch {
    return null;
  }
}
