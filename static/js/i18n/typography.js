// The dictionaries are written with plain keys; the right signs and spaces are set here, once.

const curled = (text) => text.replace(/(\p{L})'(\p{L})/gu, "$1’$2");

// French keeps a double sign on the line of its word.
const spaced = (text) => text
  .replace(/ ([?!;])/g, "\u202f$1")
  .replace(/ (:|»|%)/g, "\u00a0$1")
  .replace(/« /g, "«\u00a0");

const deep = (polish) => (value) => (typeof value === "string"
  ? polish(value)
  : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, deep(polish)(inner)])));

export const french = deep((text) => spaced(curled(text)));
export const english = deep(curled);
