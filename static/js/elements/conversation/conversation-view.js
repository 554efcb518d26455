// A conversation: its people, its messages and the composer.

import { h } from "../../kit/el.js";
import { icon } from "../../kit/icons.js";
import { longDate } from "../../text/dates.js";
import { number, percent } from "../../text/numbers.js";
import { patch } from "../../kit/patch.js";
import { avatar, iconButton, presence, unproved } from "../../kit/ui.js";
import { t } from "../../text/words.js";
import "./message-list.js";
import "./message-composer.js";
import "./typing-line.js";

export class ConversationView extends HTMLElement {
  // `back`: the target of the back arrow; `onpanel`: opens the panel on a narrow screen
  attach({ conversation, transaction, back, onpanel, signal }) {
    const { room } = conversation;
    const list = document.createElement("message-list");
    const typing = document.createElement("typing-line");
    const composer = document.createElement("message-composer");
    const people = h("div.people");
    const avatars = h("div.avatars");
    const { heading, state, update } = roomTitle(transaction);
    this.heading = heading;
    this.update = update;

    this.append(
      h(
        "header.conversation-head",
        h(
          "a.icon-button.conversation-back",
          { href: back, "aria-label": t("action.back"), title: t("action.back") },
          icon("back"),
        ),
        h("div.grow", h("div.room-title", heading, state), people),
        avatars,
        iconButton("info", t("conversation.details"), {
          class: "panel-toggle",
          "data-test": "panel-open",
          onclick: onpanel,
        }),
      ),
      list,
      typing,
      composer,
    );

    list.attach(conversation, signal);
    typing.attach(room, signal);
    composer.attach(conversation, { signal, onsend: () => list.scrollToNewest() });

    const showPeople = () => {
      const others = room.others();
      patch(
        avatars,
        others.slice(0, 4).map((member) => avatar(member.name, member.role, "small")),
      );
      patch(people, peopleLine(others));
    };
    showPeople();
    room.on("members", showPeople, { signal });
    // "12 minutes ago" is updated each minute.
    const minute = setInterval(showPeople, 60_000);
    signal.addEventListener("abort", () => clearInterval(minute));

    const closed = () => composer.close(t(room.messagesTaken ? "conversation.messages_taken" : "conversation.removed"));
    this.closeComposer = (text) => composer.close(text);
    if (room.removed) closed();
    conversation.on("removed", closed, { signal });
    this.#typeAnywhere(composer, signal);
  }

  // Typing anywhere on the page goes into the composer.
  #typeAnywhere(composer, signal) {
    document.addEventListener(
      "keydown",
      (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1 || event.key === " ") return;
        if (event.target === document.body || event.target === this.heading) composer.focus();
      },
      { signal },
    );
  }
}

// The title and state of the transaction. → { heading, state, update(transaction) }
export function roomTitle(transaction) {
  const heading = h("h1.clip", { tabindex: "-1", dir: "auto" });
  const state = h("p.room-state.clip", { "data-test": "room-state" });
  const update = ({ title, status, progress, end_date: due }) => {
    write(heading, title);
    const parts = [
      t(`transaction_status.${status}`),
      status !== "cancelled" && percent(progress),
      status !== "completed" && status !== "cancelled" && due && t("conversation.due", { date: longDate(due) }),
    ];
    write(state, parts.filter(Boolean).join(" · "));
  };
  // Selected text stays selected where nothing changed.
  const write = (node, text) => {
    if (node.textContent !== text) node.textContent = text;
  };
  update(transaction);
  return { heading, state, update };
}

function peopleLine(others) {
  if (others.length === 0) return h("span", t("conversation.alone"));
  if (others.length === 1)
    return [h("span.clip", { dir: "auto" }, others[0].name), unproved(others[0]), presence(others[0])];
  const online = others.filter((member) => member.online).length;
  const strangers = others.filter((member) => member.address_proved === false).length;
  return [
    h("span.clip", t("conversation.people", { count: others.length, n: number(others.length) })),
    strangers > 0 &&
      h(
        "span.badge.badge-brass.badge-bare",
        { title: t("proof.unproved_why"), "data-test": "address-unproved" },
        t("proof.count", { count: strangers, n: number(strangers) }),
      ),
    h(
      "span.presence",
      { "data-test": "presence", "data-online": String(online > 0) },
      t("presence.count", { count: online, n: number(online) }),
    ),
  ];
}

customElements.define("conversation-view", ConversationView);
