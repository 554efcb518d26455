// Numbers and amounts of money, as the reader's language writes them.

import { minorDigits } from "./currencies.js";
import { locale } from "./words.js";

export function percent(value) {
  return new Intl.NumberFormat(locale(), { style: "percent" }).format(value / 100);
}

export function number(value) {
  return new Intl.NumberFormat(locale()).format(value);
}

export function money({ amount_minor: minor, currency }) {
  const digits = minorDigits(currency);
  const format = new Intl.NumberFormat(locale(), {
    style: "currency",
    currency,
    minimumFractionDigits: minor % 10 ** digits === 0 ? 0 : digits,
    maximumFractionDigits: digits,
  });
  return format.format(minor / 10 ** digits);
}
