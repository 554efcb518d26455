// One form for a new transaction and for changing one. An emptied field is sent as null, an unknown one never.

import { h } from "../../kit/el.js";
import { choices, differences, field, form, revealField } from "../../kit/form.js";
import { dialogFoot, openDialog } from "../../kit/dialog.js";
import { amount, written } from "../../text/money.js";
import { CURRENCIES, minorDigits } from "../../text/currencies.js";
import { language, t, valuesOf } from "../../text/words.js";

// The optional fields, row by row, with the flag that hides them: an editor who does not see them does not change them either.
/** @type {{ flag: string, make: (name: string, transaction: any) => any, names: string[], tight?: boolean }[]} */
const ROWS = [
  { flag: "properties", make: text, names: ["address", "city"] },
  { flag: "calendar", make: date, names: ["start_date", "end_date"], tight: true },
  { flag: "properties", make: price, names: ["offered_price", "accepted_price"] },
];

// `save(fields)` sends; what it throws is shown in the form.
/** @param {{ title: string, transaction?: any, submitLabel: string, save: (fields: any, key: string) => Promise<void>, test: string }} options */
export function transactionDialog({ title, transaction = {}, submitLabel, save, test }) {
  openDialog({
    title,
    test,
    body: (close) =>
      transactionForm({
        transaction,
        submitLabel,
        close,
        save: async (fields, key) => {
          if (!transaction.id || Object.keys(fields).length > 0) await save(fields, key);
          close();
        },
      }),
  });
}

function transactionForm({ transaction, submitLabel, save, close }) {
  const rows = ROWS.filter(({ flag }) => !transaction.access || transaction.access[flag]);
  const inputs = {
    title: field({
      name: "title",
      label: t("fact.title"),
      value: transaction.title ?? "",
      required: true,
      maxlength: 200,
      placeholder: t("transaction.title_example"),
      "data-test": "transaction-title",
    }),
    kind: choices({
      name: "kind",
      label: t("fact.kind"),
      value: transaction.kind ?? "purchase",
      options: valuesOf("transaction_kind").map((kind) => [kind, t(`transaction_kind.${kind}`), kind]),
    }),
  };
  for (const { make, names } of rows) for (const name of names) inputs[name] = make(name, transaction);
  const row = ({ names, tight = false }) => {
    const nodes = names.map((name) => inputs[name].node);
    return nodes.length === 1 ? nodes[0] : h(tight ? "div.form-pair.form-pair-tight" : "div.form-pair", nodes);
  };
  const button = h("button.button", { type: "submit", "data-test": "transaction-submit" }, submitLabel);
  const { node } = form({
    draft: `transaction:${transaction.id ?? "new"}`,
    fields: Object.values(inputs),
    button,
    check: () => checkPrices(inputs),
    submit: (key) => save(read(inputs, rows, transaction), key),
    content: [inputs.title.node, inputs.kind.node, rows.map(row), dialogFoot(close, button)],
  });
  return node;
}

function text(name, transaction, props = {}) {
  return field({ name, label: t(`fact.${name}`), optional: true, value: transaction[name] ?? "", ...props });
}

function date(name, transaction) {
  return text(name, transaction, { type: "date" });
}

// An amount and its own currency: two prices of one transaction may be in different ones.
function price(name, transaction) {
  const money = transaction[name];
  const stored = money ? written(money.amount_minor, minorDigits(money.currency), comma(), group()) : "";
  const home = (transaction.accepted_price ?? transaction.offered_price)?.currency ?? "EUR";
  const currency = h(
    "select.input",
    {
      name: `${name}_currency`,
      "aria-label": `${t(`fact.${name}`)}, ${t("fact.currency")}`,
      "data-test": `${name}-currency`,
    },
    [...new Set([money?.currency ?? home, ...CURRENCIES])].map((code) => h("option", { value: code }, code)),
  );
  const made = field({
    name,
    label: t(`fact.${name}`),
    optional: true,
    value: stored,
    inputmode: "decimal",
    "data-test": name,
    wrap: (control) => h("div.price", control, currency),
  });
  const before = { amount: stored, currency: currency.value };
  // Thousands are grouped when the input loses the focus; an invalid amount stays as typed.
  made.control.addEventListener("change", () => {
    const minor = parse();
    if (typeof minor === "number") made.control.value = written(minor, minorDigits(currency.value), comma(), group());
  });
  currency.addEventListener("change", () => made.setError(null));
  const parse = () =>
    amount(made.control.value, minorDigits(currency.value), { currency: currency.value, decimal: comma() });
  return Object.defineProperties(
    { ...made },
    {
      value: { get: () => made.control.value.trim() },
      currency: { value: currency },
      touched: {
        get: () =>
          made.control.value !== before.amount || (made.control.value !== "" && currency.value !== before.currency),
      },
      parse: { value: parse },
    },
  );
}

const comma = () => (language() === "fr" ? "," : ".");
const group = () => (language() === "fr" ? "\u202f" : ",");

function checkPrices(inputs) {
  for (const input of Object.values(inputs)) {
    if (!input.parse || !input.touched || input.parse() !== null) continue;
    input.setError(t("form.amount"));
    revealField(input.control);
    return false;
  }
  return true;
}

// Only changes are sent: an untouched price keeps its amount and its currency.
function read(inputs, rows, before) {
  const now = { title: inputs.title.value, kind: inputs.kind.value };
  const names = rows.flatMap((row) => row.names);
  for (const name of names.filter((name) => !inputs[name].parse)) now[name] = inputs[name].value || null;
  const changed = differences(before, now);
  for (const name of names.filter((name) => inputs[name].parse)) {
    const input = inputs[name];
    if (!input.touched) continue;
    const minor = input.parse();
    if (minor !== undefined || before[name])
      changed[name] = minor === undefined ? null : { amount_minor: minor, currency: input.currency.value };
  }
  return changed;
}
