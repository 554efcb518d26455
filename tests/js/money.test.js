import assert from "node:assert/strict";
import { test } from "node:test";
import { amount, written } from "../../static/js/text/money.js";
import { CURRENCIES, minorDigits } from "../../static/js/text/currencies.js";

const FR = { decimal: "," };
const EN = { decimal: "." };

test("an amount is exact, whatever the way it is written", () => {
  for (const [text, digits, minor, options] of [
    ["1 250,50", 2, 125050],
    ["308\u202f500 €", 2, 30850000],
    ["0.1", 2, 10],
    ["12", 0, 12],
    ["", 2, undefined],
    [" \u00a0", 2, undefined],
    // The page's own notation, in both languages.
    ["€250,000.50", 2, 25000050, { currency: "EUR", ...EN }],
    ["€250,000", 2, 25000000, { currency: "EUR", ...EN }],
    ["250\u202f000,50\u00a0€", 2, 25000050, { currency: "EUR", ...FR }],
    // The neighbours'.
    ["1.250.000,00", 2, 125000000],
    ["1.250.000,00", 2, 125000000, EN],
    ["1,250,000.00", 2, 125000000, FR],
    ["1.250.000", 2, 125000000, FR],
    ["CHF 1’250’000.50", 2, 125000050, { currency: "CHF", ...EN }],
    ["1'250", 2, 125000, FR],
    ["1.250", 2, 125000, FR],
    ["1,250", 2, 125000, EN],
    ["12,5", 2, 1250, EN],
    ["12.5", 2, 1250, FR],
    ["JP¥1,000", 0, 1000, { currency: "JPY", ...EN }],
    ["1 000 jpy", 0, 1000, { currency: "JPY", ...FR }],
    ["1.250", 3, 1250, EN],
    ["1,250", 3, 1250000, EN],
    ["1,250", 3, 1250, FR],
    ["10 000 000 000 000,00", 2, 1e15, FR],
  ])
    assert.equal(amount(text, digits, options), minor, `${text} (${digits} digits, ${JSON.stringify(options ?? {})})`);
});

test("what could be two amounts, or is none, is asked again", () => {
  for (const [text, digits, options] of [
    ["abc", 2],
    ["1.234", 2],
    ["-5", 2],
    ["1,2,3", 2],
    ["1.25.000", 2],
    ["1,250.5.0", 2],
    ["0,125", 2, EN],
    ["1.234", 2, EN],
    ["250,000", 2, FR],
    ["1,000", 0, FR],
    ["12x", 2],
    ["€5€", 2],
    ["5 €", 2, { currency: "JPY" }],
    ["5 eur", 2],
    ["1e5", 2],
    ["12 50", 2, FR],
    ["1 2 3", 2],
    ["1 25 000", 2, FR],
    ["12 5000", 2, FR],
    ["2 50,00", 2, FR],
    ["1 250 00", 2, FR],
    ["1'25", 2, EN],
    ["1 250.000", 2, FR],
    ["1 250,5 0", 2, FR],
    ["0 250", 2, FR],
    ["10 000 000 000 000,01", 2, FR],
    ["1.", 2],
    [",5", 2],
    ["€", 2],
  ])
    assert.equal(amount(text, digits, options), null, `${text} (${JSON.stringify(options ?? {})})`);
});

test("an amount that the page shows can be typed again, in each currency", () => {
  for (const currency of CURRENCIES) {
    const digits = minorDigits(currency);
    for (const [locale, decimal] of [
      ["fr-FR", ","],
      ["en-GB", "."],
    ]) {
      const format = new Intl.NumberFormat(locale, {
        style: "currency",
        currency,
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      });
      for (const minor of [0, 7, 125050, 123456789]) {
        const shown = format.format(minor / 10 ** digits);
        assert.equal(amount(shown, digits, { currency, decimal }), minor, shown);
        const field = written(minor, digits, decimal, decimal === "," ? "\u202f" : ",");
        assert.equal(amount(field, digits, { currency, decimal }), minor, field);
      }
    }
  }
});

test("an amount is written as it is typed", () => {
  assert.equal(written(125050, 2), "1250,50");
  assert.equal(written(30850000, 2), "308500");
  assert.equal(written(5, 2, "."), "0.05");
  assert.equal(written(125050000, 2, ",", " "), "1 250 500");
  assert.equal(written(1000, 0, ".", ","), "1,000");
});
