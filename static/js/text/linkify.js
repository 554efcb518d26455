// Finds URLs in plain text: http and https, `www.`, e-mail addresses and telephone numbers. Nothing else becomes a
// link.
//
// A message can have 10,000 arbitrary characters, and each reader renders it often. So the text is scanned forwards
// in linear time: no backtracking patterns, no counting from the start.

import { telephoneAt } from "./telephone.js";

const LINK_MAX = 2_048;
const HOST_MAX = 253;
const LOCAL_MAX = 64;

// No URL continues after one of these: white space, controls, quotes, typographic brackets, full stops and commas of
// Chinese and Japanese, and invisible characters (including direction marks).
const STOPS = new Set(
  [
    ...'<>"`\\^|“”„‟«»‹›「」『』【】《》〈〉〔〕（）［］｛｝。、，．！？；：',
    ..."\u00AD\u061C\u180E\u2800\u3164\uFEFF\uFFFC\uFFFD",
  ].map((character) => character.charCodeAt(0)),
);
// These may stand in a URL, but at its end they belong to the sentence.
const TRAILING = codes(".,;:!?…'’‘*|&");
const OPENS = new Map(["()", "[]", "{}"].map(([opens, closes]) => [code(opens), code(closes)]));
const CLOSES = new Set(OPENS.values());
// Around a whole URL they are marks of emphasis; elsewhere a part of it.
const EMPHASIS = codes("_~");
const IS_WORD = /[\p{L}\p{N}_]/u;
const IS_HOST =
  /^(?:[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?)(?:\.[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?)*$/u;
const IS_TOP = /^(?:\p{L}[\p{L}\p{M}]+|xn--[a-z0-9-]+)$/iu;

// Latin letters mixed with Greek or Cyrillic look-alikes in one label: made to imitate another host.
const IS_MIXED =
  /\p{Script=Latin}[^.]*[\p{Script=Cyrillic}\p{Script=Greek}]|[\p{Script=Cyrillic}\p{Script=Greek}][^.]*\p{Script=Latin}/u;

// The text, and how often it was read: tests count that instead of measuring time.
export class Scanner {
  looks = 0;

  constructor(text) {
    this.text = text;
    this.length = text.length;
  }

  // NaN outside the text, which is equal to nothing.
  at(index) {
    this.looks += 1;
    return this.text.charCodeAt(index);
  }

  // `word` in lower case, at this place, in whatever case.
  has(word, index) {
    for (let offset = 0; offset < word.length; offset += 1) {
      const here = this.at(index + offset);
      if (here !== word.charCodeAt(offset) && (here < 65 || here > 90 || here + 32 !== word.charCodeAt(offset)))
        return false;
    }
    return true;
  }

  // Does a word begin here, and not go on?
  begins(index) {
    return index === 0 || !isLetterOrDigit(this.at(index - 1));
  }
}

// → [{ text }, { text, href }, …], which together are exactly the given text.
export function linkify(text, scanner = new Scanner(text)) {
  const parts = [];
  let done = 0; // up to here the text stands in `parts`
  let index = 0;
  while (index < scanner.length) {
    const found = linkAt(scanner, index, done);
    if (!found) {
      index += 1;
      continue;
    }
    if (found.href) {
      if (found.start > done) parts.push({ text: text.slice(done, found.start) });
      parts.push({ text: text.slice(found.start, found.end), href: found.href });
      done = found.end;
    }
    index = Math.max(found.next ?? found.end, index + 1);
  }
  if (done < text.length) parts.push({ text: text.slice(done) });
  return parts;
}

// The link that the character here begins, or the e-mail address in the middle of which it stands.
function linkAt(scanner, index, done) {
  switch (scanner.at(index) | 32) {
    case 104:
      return scanner.begins(index) ? webAt(scanner, index) : null; // h
    case 119:
      return scanner.begins(index) ? bareWebAt(scanner, index) : null; // w
    case 96:
      return scanner.at(index) === 64 ? mailAround(scanner, index, done) : null; // @
    case 43: // +
    case 48:
      return telephoneAt(scanner, index); // 0
    default:
      return null;
  }
}

function webAt(scanner, start) {
  const scheme = scanner.has("https://", start) ? 8 : scanner.has("http://", start) ? 7 : 0;
  if (scheme === 0) return null;
  const { end, scanned } = run(scanner, start, start + scheme, scheme);
  if (end <= start + scheme) return { next: scanned };
  const raw = scanner.text.slice(start, end);
  return { start, end, href: safeHref(raw, raw.slice(scheme)), next: scanned };
}

function bareWebAt(scanner, start) {
  if (!scanner.has("www.", start)) return null;
  const { end, scanned } = run(scanner, start, start + 4, 12);
  const raw = scanner.text.slice(start, end);
  const labels = hostOf(raw).split(".");
  const href = labels.length > 2 && IS_TOP.test(labels.at(-1)) ? safeHref(`https://${raw}`, raw) : null;
  return { start, end, href, next: scanned };
}

// From the first character behind the scheme to where the address ends, in one pass. A part that is cut for its length is text.
function run(scanner, start, from, schemeLength) {
  const open = new Map();
  const before = start > 0 ? scanner.at(start - 1) : NaN;
  let end = from;
  let index = from;
  let room = LINK_MAX - schemeLength;
  for (; index < scanner.length; index += 1) {
    const here = scanner.at(index);
    room -= written(here);
    if (isStop(here) || room < 0) break;
    if (OPENS.has(here)) {
      open.set(OPENS.get(here), (open.get(OPENS.get(here)) ?? 0) + 1);
      continue;
    }
    if (CLOSES.has(here)) {
      // Opened before the address: it belongs to what stands around.
      if (!open.get(here)) break;
      open.set(here, open.get(here) - 1);
      end = index + 1;
      continue;
    }
    if (!TRAILING.has(here) && !(EMPHASIS.has(here) && here === before)) end = index + 1;
  }
  // Not through the middle of a character.
  if (isHighSurrogate(scanner.at(end - 1))) end -= 1;
  return { end, scanned: Math.max(index, end) };
}

// How long this one can become in `href`: three for each byte that is written as `%…`.
function written(here) {
  if (here === 35 || here === 63) return 2; // # ?: a slash comes before them if the host has none
  if (here < 0x80) return here === 39 || here === 123 || here === 125 ? 3 : 1; // ' { }
  return here < 0x800 || isSurrogate(here) ? 6 : 9;
}

function isStop(here) {
  return (
    !(here > 32) ||
    (here >= 0x7f && here <= 0xa0) ||
    STOPS.has(here) ||
    here === 0x1680 ||
    here === 0x3000 ||
    (here >= 0x2000 && here <= 0x200f) ||
    (here >= 0x2028 && here <= 0x202f) ||
    (here >= 0x205f && here <= 0x206f)
  );
}

function hostOf(rest) {
  const end = rest.search(/[/?#]/);
  return (end === -1 ? rest : rest.slice(0, end)).replace(/:\d{0,5}$/, "");
}

// `https://bank.example@evil.example/` reads like one place and leads to another: no link at all.
function safeHref(raw, rest) {
  const host = hostOf(rest);
  if (
    host.length > HOST_MAX ||
    IS_MIXED.test(host) ||
    !(IS_HOST.test(host.replace(/\.$/, "")) || /^\[[0-9a-f:.]+\]$/i.test(host))
  )
    return null;
  try {
    const url = new URL(raw);
    const isWeb = url.protocol === "http:" || url.protocol === "https:";
    return url.username === "" && url.password === "" && isWeb && url.href.length <= LINK_MAX ? url.href : null;
  } catch {
    return null;
  }
}

// Both ways from the @, at most to the next one: so no character is read for more than two of them.
function mailAround(scanner, at, done) {
  let start = at;
  while (start > done && at - start <= LOCAL_MAX && isLocal(scanner.at(start - 1))) start -= 1;
  while (start < at && !isLetterOrDigit(scanner.at(start))) start += 1;
  let end = at + 1;
  while (end < scanner.length && end - at <= HOST_MAX && isHostPart(scanner.at(end))) end += 1;
  const next = end;
  const last = scanner.at(at - 1);
  const before = start > 0 ? scanner.at(start - 1) : NaN;
  if (
    start === at ||
    at - start > LOCAL_MAX ||
    scanner.at(end) === 64 ||
    before === 64 ||
    last === 46 ||
    !scanner.begins(start)
  )
    return null;
  while (end > at + 1 && !isLetterOrDigit(scanner.at(end - 1))) end -= 1;
  const local = scanner.text.slice(start, at);
  const domain = scanner.text.slice(at + 1, end);
  const labels = domain.split(".");
  if (
    labels.length < 2 ||
    IS_MIXED.test(domain) ||
    !IS_HOST.test(domain) ||
    !IS_TOP.test(labels.at(-1)) ||
    !local.isWellFormed()
  )
    return null;
  return { start, end, href: `mailto:${encodeURIComponent(local)}@${domain}`, next };
}

function isLocal(here) {
  return isLetterOrDigit(here) || here === 46 || here === 95 || here === 43 || here === 45 || here === 39; // . _ + - '
}

function isHostPart(here) {
  return isLetterOrDigit(here) || here === 46 || here === 45;
}

function isLetterOrDigit(here) {
  return isWord(here) && here !== 95;
}

function isWord(here) {
  if (here < 128)
    return (here >= 48 && here <= 57) || (here >= 65 && here <= 90) || (here >= 97 && here <= 122) || here === 95;
  return here >= 128 && !isStop(here) && IS_WORD.test(String.fromCharCode(here));
}

function isSurrogate(here) {
  return here >= 0xd800 && here <= 0xdfff;
}

function isHighSurrogate(here) {
  return here >= 0xd800 && here <= 0xdbff;
}

function code(character) {
  return character.charCodeAt(0);
}

function codes(characters) {
  return new Set([...characters].map(code));
}
