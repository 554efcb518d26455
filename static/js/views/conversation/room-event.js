// The lines between messages: what happened to the transaction and its participants.

import { h } from "../../kit/el.js";
import { icon } from "../../kit/icons.js";
import { changesText } from "../../text/changes.js";
import { time } from "../../text/dates.js";
import { t } from "../../text/words.js";

const SIGNS = {
  transaction_created: "flag",
  transaction_updated: "edit",
  member_added: "people",
  member_removed: "exit",
};

// → an element, or null for a kind that this version does not know
export function roomEvent(row, room) {
  const text = eventText(row, room);
  if (!text) return null;
  return h(
    "div.event",
    { "data-test": "event", "data-seq": row.seq, "data-kind": row.kind },
    icon(row.data?.what === "address" ? "check" : SIGNS[row.kind]),
    // The time stays on the line of the last word.
    h("span", text, "\u00a0·\u00a0", h("time.tiny", { datetime: row.at }, time(row.at))),
  );
}

// People have their current names, as authors of messages do; the entry holds the name of its day.
export function subjectOf({ data }, room) {
  return (data?.account && room.nameOf(data.account)) ?? data?.name;
}

function eventText(row, room) {
  const { seq, kind, author, data } = row;
  const name = room.nameOf(author) ?? t("people.somebody");
  const who = subjectOf(row, room);
  switch (kind) {
    case "transaction_created":
      return t("event.created", { name, title: data?.title ?? "" });
    // The opener of a transaction always takes part in it: the line before says so already.
    case "member_added":
      if (data.what === "address") return t("event.proved", { name: who });
      if (data.what === "messages") return t("event.messages_given", { name, who });
      if (author === data.account && seq === 2) return null;
      return author === data.account ? t("event.joined", { name: who }) : t("event.added", { name, who });
    case "member_removed":
      if (data.what === "messages") return t("event.messages_taken", { name, who });
      return author === data.account ? t("event.left", { name: who }) : t("event.removed", { name, who });
    case "transaction_updated":
      return changesText(name, data?.changes ?? {});
    default:
      return null;
  }
}
