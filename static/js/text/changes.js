// Describes an entry `transaction_updated` in one sentence.

import { longDate } from "./dates.js";
import { money, percent } from "./numbers.js";
import { names } from "./names.js";
import { has, t } from "./words.js";

// Fields are always listed in this order, whatever the order of the answer. Others that have a name come behind them.
const FIELDS = [
  "title",
  "kind",
  "address",
  "city",
  "start_date",
  "end_date",
  "offered_price",
  "accepted_price",
  "progress",
  "status",
];

// One sentence: "Ana set the due date to 1 March 2027 and set the progress to 60 %".
export function changesText(name, changes) {
  const others = Object.keys(changes).filter((field) => !FIELDS.includes(field) && has(`fact.${field}`));
  const parts = [...FIELDS, ...others.sort()]
    .filter((field) => changes[field])
    .map((field) => {
      const { from, to } = changes[field];
      // A reader who may not see the values, or has not been given them yet, is told which field it was.
      if (!("to" in changes[field])) return told(`event.touched.${field}`, "event.touched_field", field);
      if (isNothing(to) && (has(`event.unset.${field}`) || !FIELDS.includes(field)))
        return told(`event.unset.${field}`, "event.unset_field", field);
      const moved = `event.moved.${field}`;
      const value = shown(field, to);
      return !isNothing(from) && has(moved)
        ? t(moved, { from: shown(field, from), value })
        : told(`event.set.${field}`, "event.set_field", field, { value });
    });
  return parts.length === 0 ? t("event.updated", { name }) : t("event.changed", { name, changes: names(parts) });
}

// In the field's own words, or in those for any field with its name.
function told(own, any, field, params = {}) {
  return has(own) ? t(own, params) : t(any, { field: t(`fact.${field}`), ...params });
}

function isNothing(value) {
  return value === null || value === undefined || value === "";
}

function shown(field, value) {
  if (isNothing(value)) return t("fact.none");
  if (field === "progress") return percent(value);
  if (field === "status") return t(`transaction_status.${value}`);
  if (field.endsWith("_date")) return longDate(value);
  if (field.endsWith("_price")) return typeof value === "object" ? money(value) : String(value);
  if (field === "kind") return t(`transaction_kind.${value}`);
  return String(value);
}
