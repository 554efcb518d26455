// One message. The element stays the same from the first keystroke to the acknowledgement; only what changed is
// redrawn.

import { bdi, h } from "../../kit/el.js";
import { icon } from "../../kit/icons.js";
import { dateTime, time } from "../../text/dates.js";
import { names } from "../../text/names.js";
import { patch } from "../../kit/patch.js";
import { avatar } from "../../kit/ui.js";
import { linkify } from "../../text/linkify.js";
import { has, t } from "../../text/words.js";

export class MessageItem extends HTMLElement {
  // Nor does a screen reader announce that a message was sent, or its time.
  #stamp = h("time.message-time", { "aria-live": "off" });
  #author = h("div.message-author");
  // Screen readers do not announce changes below a message.
  #foot = h("div.message-foot", { "aria-live": "off" });
  #avatar = h("div.message-avatar");

  // `who`: { name, role }; `on`: { retry, discard }
  update(row, who, on) {
    if (!this.firstChild) this.#build(row);
    this.dataset.test = "message";
    this.dataset.state = row.state;
    this.dataset.own = String(row.own);
    // The personal note of the invitation, which opened the conversation.
    this.dataset.letter = String(Boolean(row.nonce?.startsWith("invitation-")));
    this.dataset.first = String(row.first);
    if (row.seq) this.dataset.seq = row.seq;

    this.#showAuthor(row, who);
    this.#showStamp(row);
    this.#showFoot(row, on);
  }

  #build(row) {
    this.className = "message";
    this.append(
      this.#avatar,
      this.#author,
      h("div.bubble", h("p", { dir: "auto" }, richText(row.body), this.#stamp)),
      this.#foot,
    );
  }

  #showAuthor(row, { name, role }) {
    const visible = row.first && !row.own;
    this.#author.classList.toggle("visually-hidden", !visible);
    patch(
      this.#author,
      h("b", row.own ? t("people.you") : bdi(name)),
      role && h("span.role", { hidden: !visible }, t(`role.${role}`)),
    );
    // The author is always in the DOM, so that nothing is announced when a message becomes the first of its group.
    patch(this.#avatar, !row.own && avatar(name, role));
    this.#avatar.hidden = !visible;
  }

  #showStamp(row) {
    this.#stamp.dateTime = row.at;
    this.#stamp.title = dateTime(row.at);
    const waits = row.state === "pending";
    patch(this.#stamp, waits ? [icon("clock"), h("span.visually-hidden", t("message.pending"))] : time(row.at));
  }

  #showFoot(row, on) {
    const parts = [];
    if (row.state === "failed") {
      parts.push(
        h("span.failure", failureText(row.code)),
        h(
          "button.link-button",
          { type: "button", "data-test": "message-retry", onclick: () => on.retry(row.nonce) },
          t("message.retry"),
        ),
        h(
          "button.link-button.link-button-danger",
          { type: "button", "data-test": "message-discard", onclick: () => on.discard(row.nonce) },
          t("message.discard"),
        ),
      );
    }
    if (row.readBy.length > 0) {
      parts.push(
        h(
          "span.read-receipt",
          { "data-test": "read-receipt" },
          icon("seen"),
          t("message.read_by", { names: names(row.readBy) }),
        ),
      );
    }
    patch(this.#foot, parts);
    this.#foot.hidden = parts.length === 0;
  }
}

function failureText(code) {
  const key = `refused.${code}`;
  return has(key) ? t(key) : t("refused.other");
}

// Bodies become text nodes and safe links, never markup.
function richText(body) {
  return linkify(body).map(({ text, href }) => {
    if (!href) return document.createTextNode(text);
    // URLs run from left to right, whatever the direction of the text around them.
    const elsewhere = href.startsWith("http") ? { target: "_blank", rel: "noopener noreferrer" } : {};
    return h("a", { href, dir: "ltr", ...elsewhere }, text);
  });
}

customElements.define("message-item", MessageItem);
