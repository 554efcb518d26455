// One transaction: its conversation, and the panel beside it.

import { h } from "../kit/el.js";
import { coalesced } from "../core/coalesced.js";
import { router } from "../core/router.js";
import { api, rooms, session, socket, transactions } from "../services.js";
import { Changes } from "../stores/changes.js";
import { Conversation } from "../stores/conversation.js";
import { setTitle } from "../kit/title.js";
import { empty, iconButton } from "../kit/ui.js";
import { icon } from "../kit/icons.js";
import { names } from "../text/names.js";
import { homeOf } from "../routes.js";
import { t, valuesOf } from "../text/words.js";
import { roomTitle } from "../elements/conversation/conversation-view.js";
import "../elements/transactions/transaction-panel.js";

// Texts for a participant without messages: with other access, and with none.
const NO_ACCESS = { some: "conversation.no_access_with", nothing: "conversation.no_access" };
const TAKEN = { some: "conversation.messages_taken_with", nothing: "conversation.messages_taken" };

export default async function transactionPage({ params, query, signal }) {
  const id = Number(params.id);
  if (!Number.isSafeInteger(id) || id < 1) throw Object.assign(new Error("not found"), { status: 404 });
  let transaction = await transactions.load(id, { signal });
  const room = transactions.room(transaction);
  const panel = document.createElement("transaction-panel");
  panel.attach({ room, signal });
  panel.update(transaction);

  const changes = new Changes({ api, transaction: id, soon: coalesced, signal });
  const view = room ? conversationView({ room, transaction, panel, changes, signal }) : closedView(transaction, panel);

  transactions.on(
    "change",
    (changed) => {
      const next = changed === id && transactions.get(id);
      if (!next || next === transaction) return;
      const seesOthers = ["calendar", "properties"].some((flag) => next.access[flag] !== transaction.access[flag]);
      transaction = next;
      if (seesOthers) changes.forget();
      panel.update(next);
      if (room?.removed) view.closeComposer(t(...whatIsLeft(TAKEN, next)));
      view.update(next);
      setTitle(next.title);
    },
    { signal },
  );

  // Added again while the page is open: the page starts anew with the new room.
  rooms.on("added", (added) => added.transaction === id && router.reload(), { signal });

  // Only once: a reload, or the same address later, shows the conversation.
  if (query.get("details")) {
    history.replaceState(history.state, "", location.pathname);
    requestAnimationFrame(() => panel.isConnected && panel.open());
  }
  return { title: transaction.title, layout: "room", content: h("div.room-page", view, panel) };
}

function conversationView({ room, transaction, panel, changes, signal }) {
  const view = document.createElement("conversation-view");
  const me = session.account.id;
  const conversation = new Conversation({ api, socket, outbox: session.outbox, room, me, changes, signal });
  view.attach({ conversation, transaction, back: homeOf(session.account), onpanel: () => panel.open(), signal });
  // Opened after the page is inserted: the first unread message can only be scrolled to on a page that has a height.
  // It does not wait for an animation frame: a page in the background has none.
  setTimeout(() => conversation.open());
  return view;
}

// A transaction without its messages: its title, the back link, and why there is nothing to read.
function closedView(transaction, panel) {
  const { heading, state, update } = roomTitle(transaction);
  return Object.assign(
    h(
      "div.room-closed",
      h(
        "header.conversation-head",
        h(
          "a.icon-button.conversation-back",
          { href: homeOf(session.account), "aria-label": t("action.back"), title: t("action.back") },
          icon("back"),
        ),
        h("div.grow", h("div.room-title", heading, state)),
        iconButton("info", t("conversation.details"), { class: "panel-toggle", onclick: () => panel.open() }),
      ),
      empty({ title: t("conversation.no_access_title"), text: t(...whatIsLeft(NO_ACCESS, transaction)) }),
    ),
    { update },
  );
}

// The other accesses of a participant without messages, by name.
function whatIsLeft(keys, { access }) {
  const what = valuesOf("access")
    .filter((name) => name !== "messaging" && access[name])
    .map((name) => t(`access.${name}`));
  return what.length > 0 ? [keys.some, { what: names(what) }] : [keys.nothing];
}
