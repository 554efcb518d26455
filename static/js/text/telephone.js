// Finds telephone numbers: French ones (06 12 34 56 78) and international ones (+33 6 12 34 56 78, 0033 …). Amounts,
// dates, references and IBANs are not numbers: in case of doubt it stays text.

const SPACES = new Set([0x20, 0xa0, 0x202f]);
const SEPARATORS = new Set([...SPACES, 0x2e, 0x2d, 0x2011]); // . and both hyphens
const FRENCH_DIGITS = 10;
const LONGEST = 32; // characters, with all separators
// How many digits a number has with its country: where that is known and an amount might be mistaken for one.
/** @type {[string, ...number[]][]} */
const COUNTRIES = [
  ["1", 11],
  ["7", 11],
  ["33", 11],
  ["32", 10, 11],
  ["34", 11],
  ["41", 11],
  ["44", 11, 12],
  ["31", 11],
  ["351", 12],
  ["352", 9, 12],
  ["48", 11],
  ["420", 12],
  ["421", 12],
];
const INTERNATIONAL = [10, 15];
const AMOUNT_FOLLOWS =
  /^[\u0020\u00A0\u202F]?(?:[€$£¥%]|(?:EUR|USD|GBP|CHF|CAD|JPY|SEK|euros?|k€|M€)(?![\p{L}\p{N}]))/u;

// `scanner` as in linkify.js. Looks at no more than a bounded number of characters. → { start, end, href } or null
export function telephoneAt(scanner, start) {
  if (!isFree(scanner, start)) return null;
  const groups = scanner.at(start) === 0x2b ? read(scanner, start + 1) : read(scanner, start);
  if (!groups) return null;
  const number = scanner.at(start) === 0x2b ? international(groups) : domestic(groups);
  if (!number || !ends(scanner, groups.end)) return null;
  return { start, end: groups.end, href: `tel:${number}` };
}

// Groups of digits with one separator between two, and perhaps the (0) of a number that is written for both.
function read(scanner, from) {
  const found = { digits: "", sizes: [], separators: [], trunk: false, end: from };
  let index = from;
  while (index - from < LONGEST) {
    let size = 0;
    while (isDigit(scanner.at(index)) && size <= 15) {
      found.digits += String.fromCharCode(scanner.at(index));
      index += 1;
      size += 1;
    }
    if (size === 0) break;
    found.sizes.push(size);
    found.end = index;
    const separator = scanner.at(index);
    const hasSeparator = SEPARATORS.has(separator);
    const next = hasSeparator ? index + 1 : index;
    if (scanner.has("(0)", next) && !found.trunk && found.sizes.length === 1) {
      found.trunk = true;
      index = SEPARATORS.has(scanner.at(next + 3)) ? next + 4 : next + 3;
      found.separators.push(separator);
      continue;
    }
    if (!hasSeparator || !isDigit(scanner.at(next))) break;
    found.separators.push(separator);
    index = next;
  }
  return found.sizes.length > 0 && index - from < LONGEST ? found : null;
}

function international({ digits, sizes, trunk }) {
  if (digits.startsWith("0")) return null;
  const known = COUNTRIES.find(([country]) => digits.startsWith(country));
  const [least, most = least] = known ? known.slice(1) : INTERNATIONAL;
  if (digits.length < least || digits.length > most) return null;
  // +12 500 000 000 is how an amount is grouped; some countries write their numbers so, but none of them is round.
  const isGrouped = !trunk && sizes.length > 2 && sizes[0] <= 3 && sizes.slice(1).every((size) => size === 3);
  if (isGrouped && (known?.[0].length !== sizes[0] || digits.endsWith("000"))) return null;
  return `+${digits}`;
}

function domestic(groups) {
  const { digits, sizes, separators } = groups;
  if (digits.startsWith("00"))
    return international({ ...groups, digits: digits.slice(2), sizes: [sizes[0] - 2, ...sizes.slice(1)] });
  if (digits.length !== FRENCH_DIGITS || digits[1] === "0") return null;
  const inPairs = sizes.length === 5 && sizes.every((size) => size === 2);
  if (!inPairs && sizes.length !== 1) return null;
  return separators.every((separator) => separator === separators[0]) ? digits : null;
}

// Not in the middle of a number, a word or an address.
function isFree(scanner, start) {
  if (start === 0) return true;
  const before = scanner.at(start - 1);
  if (SPACES.has(before)) return !isDigit(scanner.at(start - 2));
  return before <= 0x20 || "([{:;,'\"«“‘’—–>*".includes(String.fromCharCode(before)) || before === 0x2028;
}

function ends(scanner, end) {
  const after = scanner.at(end);
  if (Number.isNaN(after)) return true;
  const next = scanner.at(end + 1);
  if (isDigit(after) || ((SEPARATORS.has(after) || after === 0x2c || after === 0x2f) && isDigit(next))) return false;
  const tail = scanner.text.slice(end, end + 8);
  return !/^[\p{L}\p{N}_@/=#&+]/u.test(tail) && !AMOUNT_FOLLOWS.test(tail);
}

function isDigit(code) {
  return code >= 48 && code <= 57;
}
