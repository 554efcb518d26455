// One form for a new transaction and for changing one. An emptied field is sent as null, an unknown one never.

import { h } from "../lib/el.js";
import { field, form, choices, select } from "../lib/form.js";
import { openDialog } from "../lib/dialog.js";
import { amount, written } from "../lib/money.js";
import { CURRENCIES, minorDigits } from "../models/currencies.js";
import { language, t } from "../i18n/index.js";

export const KINDS = ["purchase", "sale", "rental", "project"];

// `save(fields)` sends; what it throws is shown in the form.
export function transactionDialog({ title, transaction = {}, submitLabel, save, test }) {
  openDialog({ title, test, body: (close) => transactionForm({ transaction, submitLabel, save: async (fields) => { await save(fields); close(); } }) });
}

function transactionForm({ transaction, submitLabel, save }) {
  const currency = (transaction.accepted_price ?? transaction.offered_price)?.currency ?? "EUR";
  const inputs = {
    title: field({ name: "title", label: t("fact.title"), value: transaction.title ?? "", required: true, maxlength: 200, placeholder: t("transaction.title_example"), "data-test": "transaction-title" }),
    kind: choices({ name: "kind", label: t("fact.kind"), value: transaction.kind ?? "purchase", options: KINDS.map((kind) => [kind, t(`kind.${kind}`), kind]) }),
    address: text("address", transaction),
    city: text("city", transaction),
    start_date: text("start_date", transaction, { type: "date" }),
    end_date: text("end_date", transaction, { type: "date" }),
    offered_price: price("offered_price", transaction),
    accepted_price: price("accepted_price", transaction),
    currency: select({ name: "currency", label: t("fact.currency"), value: currency, options: CURRENCIES.map((code) => [code, code]) }),
  };
  const button = h("button.button", { type: "submit", "data-test": "transaction-submit" }, submitLabel);
  const { node } = form({
    fields: Object.values(inputs),
    button,
    check: () => checkPrices(inputs),
    submit: () => save(read(inputs, transaction)),
    content: [
      inputs.title.node,
      inputs.kind.node,
      h("div.form-pair", inputs.address.node, inputs.city.node),
      h("div.form-pair.form-pair-tight", inputs.start_date.node, inputs.end_date.node),
      h("div.form-pair.form-pair-tight", inputs.offered_price.node, inputs.accepted_price.node),
      inputs.currency.node,
      h("div.dialog-foot", button),
    ],
  });
  return node;
}

function text(name, transaction, props = {}) {
  return field({ name, label: t(`fact.${name}`), optional: true, value: transaction[name] ?? "", ...props });
}

function price(name, transaction) {
  const money = transaction[name];
  const value = money ? written(money.amount_minor, minorDigits(money.currency), language() === "fr" ? "," : ".") : "";
  return field({ name, label: t(`fact.${name}`), optional: true, value, inputmode: "decimal" });
}

function parsePrice(input, currency) {
  return amount(input.value, minorDigits(currency), { currency, decimal: language() === "fr" ? "," : "." });
}

function checkPrices(inputs) {
  for (const name of ["offered_price", "accepted_price"]) {
    if (parsePrice(inputs[name], inputs.currency.value) !== null) continue;
    inputs[name].setError(t("form.amount"));
    inputs[name].control.focus();
    return false;
  }
  return true;
}

function read(inputs, before) {
  const fields = { title: inputs.title.value, kind: inputs.kind.value };
  const put = (name, value) => {
    // Empty before and empty now: nothing to say.
    if (value !== null || before[name]) fields[name] = value;
  };
  for (const name of ["address", "city", "start_date", "end_date"]) put(name, inputs[name].value || null);
  const currency = inputs.currency.value;
  for (const name of ["offered_price", "accepted_price"]) {
    const minor = parsePrice(inputs[name], currency);
    put(name, minor === undefined ? null : { amount_minor: minor, currency });
  }
  return fields;
}
