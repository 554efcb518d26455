// Parses an amount as it is typed, exactly, in the smallest unit of the currency. Never through a float.

const LARGEST = 1_000_000_000_000_000; // as the server takes it, and exact in a number
const UNSEEN = /[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/gu;
const BLANKS = /[\s\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/gu;

// amount("1 250,50", 2) → 125050; null when it is not an amount; undefined when it is empty. `currency` is the one that is chosen:
// the sign of another is a mistake. `decimal` is the reader's own mark before the cents.
export function amount(text, digits, { currency = null, decimal = null } = {}) {
  const plain = text.replace(UNSEEN, "").replace(/\s+/gu, " ").trim();
  if (plain === "") return undefined;
  const found = /^(\D*?) ?(\d(?:.*\d)?) ?(\D*)$/u.exec(plain);
  if (!found || (found[1] && found[3]) || !isSign((found[1] || found[3]).replace(BLANKS, ""), currency)) return null;
  const spaced = found[2].replace(/['’٬]/gu, " ");
  const number = spaced.includes(" ") ? spacedParts(spaced) : parts(spaced, digits, decimal);
  if (!number || number.fraction.length > digits) return null;
  const minor = Number(number.whole + number.fraction.padEnd(digits, "0"));
  return minor <= LARGEST ? minor : null;
}

// → { whole, fraction }, or null. Of a point and a comma the later one stands before the cents, and the other one between groups
// of three. Where there is only one, it is the reader's own decimal mark, or stands in several places, or is read by what follows.
function parts(number, digits, decimal) {
  if (!/^\d+(?:[.,]\d+)*$/u.test(number)) return null;
  const marks = [...new Set(number.replace(/\d/gu, ""))];
  if (marks.length === 0) return { whole: number, fraction: "" };
  const last = Math.max(number.lastIndexOf("."), number.lastIndexOf(","));
  const cut = { whole: number.slice(0, last), mark: number[last], fraction: number.slice(last + 1) };
  if (marks.length === 2) {
    const whole = ungrouped(
      cut.whole,
      marks.find((mark) => mark !== cut.mark),
    );
    return whole === null ? null : { whole, fraction: cut.fraction };
  }
  const grouped = ungrouped(number, cut.mark);
  if (number.indexOf(cut.mark) !== last) return grouped === null ? null : { whole: grouped, fraction: "" };
  const isDecimal =
    decimal === null ? cut.mark === "." || cut.fraction.length <= digits : cut.mark === decimal || grouped === null;
  return isDecimal ? { whole: cut.whole, fraction: cut.fraction } : { whole: grouped, fraction: "" };
}

// Blanks and apostrophes stand between groups of three: "12 50" may be meant for 12.50. The mark behind them is that of the cents.
function spacedParts(number) {
  const found = /^([1-9]\d{0,2}(?: \d{3})+)(?:[.,](\d+))?$/u.exec(number);
  return found && { whole: found[1].replaceAll(" ", ""), fraction: found[2] ?? "" };
}

// "1.250.000" → "1250000"; null if these are no groups of three.
function ungrouped(text, mark) {
  const groups = text.split(mark);
  const right =
    groups.length === 1 ||
    (/^[1-9]\d{0,2}$/u.test(groups[0]) && groups.slice(1).every((group) => /^\d{3}$/u.test(group)));
  return right ? groups.join("") : null;
}

// The sign, the name or the code of the currency; without one chosen, any sign.
function isSign(text, currency) {
  if (text === "") return true;
  if (!currency) return /^\p{Sc}$/u.test(text);
  return signsOf(currency).has(text.toLowerCase());
}

function signsOf(currency) {
  const signs = new Set([currency.toLowerCase()]);
  for (const locale of ["fr-FR", "en-GB", "en-US"]) {
    for (const currencyDisplay of /** @type {const} */ (["symbol", "narrowSymbol"])) {
      const part = new Intl.NumberFormat(locale, { style: "currency", currency, currencyDisplay })
        .formatToParts(1)
        .find(({ type }) => type === "currency");
      signs.add(part.value.replace(BLANKS, "").toLowerCase());
    }
  }
  return signs;
}

// written(125050, 2) → "1250,50"; with `group` between the thousands: "1 250,50".
export function written(minor, digits, comma = ",", group = "") {
  const text = String(minor).padStart(digits + 1, "0");
  const whole = (digits === 0 ? text : text.slice(0, -digits)).replace(/\B(?=(?:\d{3})+$)/gu, group);
  const fraction = digits === 0 ? "" : text.slice(-digits);
  return /^0*$/u.test(fraction) ? whole : whole + comma + fraction;
}
