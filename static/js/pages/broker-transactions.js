// The broker's home: all transactions with progress, last message and unread count, live.

import { h } from "../kit/el.js";
import { icon } from "../kit/icons.js";
import { api, transactions } from "../services.js";
import { chips, listView, searchField } from "../kit/pager.js";
import { router } from "../core/router.js";
import { empty, pageHead } from "../kit/ui.js";
import { transactionCard } from "../views/transactions/transaction-card.js";
import { transactionDialog } from "../views/transactions/transaction-form.js";
import { participationRequests } from "../views/participants/participation.js";
import { t, valuesOf } from "../text/words.js";

export default function brokerTransactionsPage({ query, memory, signal }) {
  const filter = { status: known(query.get("status")), q: query.get("q") ?? "" };
  const refine = (change) => {
    router.refine(Object.assign(filter, change));
    list.restart();
  };
  const list = transactions.list({ filter, memory, signal });
  const node = listView({
    list,
    signal,
    draw: (items) =>
      items.length > 0 ? h("div.transactions", byActivity(items).map(transactionCard)) : nothing(filter),
  });
  const create = () => createDialog();
  return {
    title: t("transactions.title"),
    content: h(
      "div",
      pageHead(
        t("transactions.title"),
        t("transactions.lead"),
        h(
          "button.button",
          { type: "button", "data-test": "transaction-new", onclick: create },
          icon("plus"),
          t("transactions.new"),
        ),
      ),
      participationRequests(signal),
      h(
        "div.list-tools",
        chips({
          label: t("filter.status"),
          test: "status-filter",
          value: filter.status,
          options: [
            ["", t("filter.all_f")],
            ...valuesOf("transaction_status").map((status) => [status, t(`transaction_status.${status}`)]),
          ],
          onchange: (status) => refine({ status }),
        }).node,
        searchField({
          label: t("transactions.search"),
          test: "transaction-search",
          value: filter.q,
          onchange: (q) => refine({ q }),
        }),
      ),
      node,
    ),
  };

  function nothing({ status, q }) {
    if (status || q) return empty({ title: t("filter.none_title"), text: t("filter.none") });
    return empty({
      title: t("transactions.empty_title"),
      text: t("transactions.empty"),
      action: h(
        "div.row.row-wrap",
        h("a.button", { href: "/broker/invite" }, icon("invite"), t("nav.invite")),
        h("button.button.button-plain", { type: "button", onclick: create }, t("transactions.new")),
      ),
    });
  }
}

// The status comes from the address, which may be typed by hand.
function known(status) {
  return valuesOf("transaction_status").includes(status) ? status : "";
}

function byActivity(items) {
  const at = (item) => transactions.room(item)?.lastMessage?.at ?? item.room?.last_message?.at ?? "";
  const latest = (item) => (at(item) > item.updated_at ? at(item) : item.updated_at);
  return [...items].sort((a, b) => (latest(a) < latest(b) ? 1 : latest(a) > latest(b) ? -1 : b.id - a.id));
}

function createDialog() {
  transactionDialog({
    title: t("transactions.new"),
    submitLabel: t("transactions.create"),
    test: "transaction-dialog",
    save: async (fields, key) => {
      const { transaction } = await api.post("/transactions", fields, { key });
      transactions.remember(transaction);
      router.go(`/broker/transactions/${transaction.id}`);
    },
  });
}
