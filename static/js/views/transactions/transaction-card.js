// One transaction in a list, kept live by its room.

import { bdi, h } from "../../kit/el.js";
import { brief } from "../../text/dates.js";
import { names } from "../../text/names.js";
import { session, transactions } from "../../services.js";
import { progressRing, statusBadge } from "./progress.js";
import { unreadCount } from "../../kit/ui.js";
import { transactionPath } from "../../routes.js";
import { isolated } from "../../text/typography.js";
import { t } from "../../text/words.js";

/** @param {import("../../api-types.js").Transaction} transaction */
export function transactionCard(transaction) {
  const room = transactions.room(transaction);
  const last = room?.lastMessage ?? transaction.room?.last_message;
  const unread = room?.unread ?? transaction.room?.unread ?? 0;
  const others = transaction.participants
    .filter((person) => person.account_id !== session.account.id)
    .map((person) => person.name);
  return h(
    "a.transaction-card",
    {
      key: transaction.id,
      href: transactionPath(session.account, transaction.id),
      "data-test": "transaction-row",
      "data-id": transaction.id,
      "data-unread": String(unread > 0),
    },
    progressRing(transaction),
    h(
      "div.grow",
      h("div.transaction-title", h("h2.clip", { dir: "auto" }, transaction.title)),
      h(
        "p.transaction-who.clip",
        [others.length > 0 ? names(others) : t("list.nobody"), transaction.city && isolated(transaction.city)]
          .filter(Boolean)
          .join(" · "),
      ),
      h("p.transaction-last.clip", lastWords(last)),
    ),
    h(
      "div.transaction-side",
      h("div.badges", unreadCount(unread), statusBadge(transaction.status)),
      h("time", { datetime: last?.at ?? transaction.updated_at }, brief(last?.at ?? transaction.updated_at)),
    ),
  );
}

function lastWords(last) {
  if (!last) return h("span.faint", t("list.no_message"));
  const who = last.author === session.account.id ? t("people.you") : firstName(last.author_name);
  return [h("b", who && [bdi(who), t("list.colon"), " "]), bdi(last.body.replace(/\s+/g, " "))];
}

function firstName(name) {
  return name?.split(" ")[0] ?? "";
}
