// The transactions to which a broker invites: which are offered, and how others are found.

import { h, replace } from "../../kit/el.js";
import { searchField } from "../../kit/pager.js";
import { session, transactions } from "../../services.js";
import { t } from "../../text/words.js";

// When there are more transactions than one page, they are searched; the chosen one stays chosen.
export function searchable(input, hasMore, signal) {
  if (!hasMore) return input;
  const { control } = input;
  const status = h("span.visually-hidden", { role: "status" });
  const look = async (q) => {
    const page = await transactions.page({ q, signal }).catch(() => null);
    if (!page) return;
    const [none, ...others] = [...control.options];
    const chosen = others.filter((option) => option.selected);
    const found = page.items
      .filter((transaction) => isOpen(transaction) && isMine(transaction))
      .filter(({ id }) => !chosen.some((option) => option.value === String(id)));
    control.replaceChildren(none, ...chosen, ...found.map(({ id, title }) => h("option", { value: id }, title)));
    replace(status, t("invite.transactions_found", { count: found.length }));
  };
  input.node.insertBefore(
    searchField({ label: t("transactions.search"), test: "invite-transaction-search", onchange: look }),
    control,
  );
  input.node.append(status);
  return input;
}

function isOpen({ status }) {
  return status !== "cancelled";
}

// A broker can be a client in a transaction; they invite nobody to it.
function isMine({ participants }) {
  return participants.some(({ account_id: id, role }) => id === session.account.id && role === "broker");
}

// The list keeps the transaction of the invitation, however old or cancelled: saving must not remove it.
export async function withWanted(list, wanted, signal) {
  const open = list.filter((transaction) => (isOpen(transaction) && isMine(transaction)) || transaction.id === wanted);
  if (!wanted || open.some((transaction) => transaction.id === wanted)) return open;
  const missing = await transactions.load(wanted, { signal }).catch(() => null);
  return missing ? [...open, missing] : open;
}
