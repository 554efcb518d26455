// One transaction: its conversation, and beside it what it is and who takes part.

import { h } from "../lib/el.js";
import { api, session, socket, transactions } from "../lib/services.js";
import { Conversation } from "../lib/conversation.js";
import { setTitle } from "../lib/title.js";
import { empty } from "../lib/ui.js";
import { homeOf } from "../routes.js";
import { t } from "../i18n/index.js";
import "../elements/conversation-view.js";
import "../elements/transaction-panel.js";

export default async function transactionPage({ params, signal }) {
  const id = Number(params.id);
  if (!Number.isSafeInteger(id) || id < 1) throw Object.assign(new Error("not found"), { status: 404 });
  let transaction = await transactions.load(id, { signal });
  const room = transactions.room(transaction);
  const panel = document.createElement("transaction-panel");
  panel.attach({ room, signal });
  panel.update(transaction);

  const view = room
    ? conversationView({ room, transaction, panel, signal })
    : h("div.page", empty({ title: transaction.title, text: t("conversation.no_access") }));

  transactions.on("change", (changed) => {
    const next = changed === id && transactions.get(id);
    if (!next || next === transaction) return;
    transaction = next;
    panel.update(next);
    view.setTitle?.(next.title);
    setTitle(next.title);
  }, { signal });

  return { title: transaction.title, layout: "room", content: h("div.room-page", view, panel) };
}

function conversationView({ room, transaction, panel, signal }) {
  const view = document.createElement("conversation-view");
  const conversation = new Conversation({ api, socket, outbox: session.outbox, room, me: session.account.id, signal });
  view.attach({ conversation, title: transaction.title, back: homeOf(session.account), onpanel: () => panel.open(), signal });
  // Opened only once it stands on the page: the first unread message is looked for on a page that has a height.
  queueMicrotask(() => requestAnimationFrame(() => conversation.open()));
  return view;
}
