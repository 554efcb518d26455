// Six boxes that behave as one input: typed, pasted and autofilled digits go to their places.

export const LENGTH = 6;

const digitsOf = (text) => text.replace(/\D/g, "");

export const empty = () => Array(LENGTH).fill("");

// `text` is what box `index` holds after an input. → { digits, focus }
export function typed(digits, index, text) {
  const found = digitsOf(text);
  const next = [...digits];
  if (found.length === 0) {
    next[index] = "";
    return { digits: next, focus: index };
  }
  // A second digit in a box replaces the first.
  if (found.length === 2 && digits[index] !== "") {
    next[index] = found.startsWith(digits[index]) ? found[1] : found[0];
    return { digits: next, focus: Math.min(index + 1, LENGTH - 1) };
  }
  return pasted(digits, index, found);
}

// A whole code starts at the first box, a part of one at the box it was pasted into.
export function pasted(digits, index, text) {
  const found = digitsOf(text).slice(0, LENGTH);
  if (found === "") return { digits: [...digits], focus: index };
  const start = found.length === LENGTH ? 0 : index;
  const next = digits.map((digit, at) => found[at - start] ?? digit);
  return { digits: next, focus: Math.min(start + found.length, LENGTH - 1) };
}

// Backspace in an empty box deletes the digit before it.
export function erased(digits, index) {
  const at = digits[index] !== "" || index === 0 ? index : index - 1;
  return { digits: digits.map((digit, place) => (place === at ? "" : digit)), focus: at };
}

// "14:05"
export function clock(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
