// The quiet lines between messages: what happened to the affair and its people.

import { h } from "../lib/el.js";
import { icon } from "../lib/icons.js";
import { longDate, money, percent, time } from "../lib/format.js";
import { t } from "../i18n/index.js";

const SIGNS = { transaction_created: "flag", transaction_updated: "edit", member_added: "people", member_removed: "exit" };

// → an element, or null for a kind that this version does not know
export function roomEvent(row, room) {
  const text = eventText(row, room);
  if (!text) return null;
  return h("div.event", { "data-test": "event", "data-seq": row.seq, "data-kind": row.kind }, icon(row.data?.what === "address" ? "check" : SIGNS[row.kind]), h("span", text, " · ", h("time.tiny", { datetime: row.at }, time(row.at))));
}

function eventText({ seq, kind, author, data }, room) {
  const name = room.nameOf(author) ?? t("message.somebody");
  switch (kind) {
    case "transaction_created": return t("event.created", { name, title: data?.title ?? "" });
    // Whoever opens a transaction takes part in it: the line before says so already.
    case "member_added":
      if (data.what === "address") return t("event.proved", { name: data.name });
      if (data.what === "messages") return t("event.messages_given", { name, who: data.name });
      if (author === data.account && seq === 2) return null;
      return author === data.account ? t("event.joined", { name: data.name }) : t("event.added", { name, who: data.name });
    case "member_removed":
      if (data.what === "messages") return t("event.messages_taken", { name, who: data.name });
      return author === data.account ? t("event.left", { name: data.name }) : t("event.removed", { name, who: data.name });
    case "transaction_updated": return changesText(name, data?.changes ?? {});
    default: return null;
  }
}

function changesText(name, changes) {
  const { progress, status, ...others } = changes;
  const parts = [];
  if (progress) parts.push(t("event.progress", { value: percent(progress.to) }));
  // The status follows from the progress, except when the affair is given up or taken up again.
  if (status && (!progress || status.to === "completed")) parts.push(t("event.status", { value: t(`status.${status.to}`) }));
  for (const [field, { to }] of Object.entries(others)) parts.push(t("event.field", { field: t(`fact.${field}`), value: shown(field, to) }));
  if (parts.length === 0) return t("event.updated", { name });
  return t("event.changed", { name, changes: parts.join(" · ") });
}

function shown(field, value) {
  if (value === null || value === undefined || value === "") return t("fact.none");
  if (field.endsWith("_date")) return longDate(value);
  if (field.endsWith("_price")) return typeof value === "object" ? money(value) : String(value);
  if (field === "kind") return t(`kind.${value}`);
  return String(value);
}
