// "X is typing…", for as long as the lease of five seconds lasts.

import { h } from "../../kit/el.js";
import { names } from "../../text/names.js";
import { patch } from "../../kit/patch.js";
import { t } from "../../text/words.js";

export class TypingLine extends HTMLElement {
  #room;
  #timer = null;

  attach(room, signal) {
    this.#room = room;
    this.className = "typing";
    room.on("typing", () => this.#show(), { signal });
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  #show() {
    clearTimeout(this.#timer);
    const who = this.#room.typing
      .accounts()
      .map((account) => this.#room.nameOf(account))
      .filter(Boolean);
    const key = who.join();
    if (this.dataset.key !== key) {
      this.dataset.key = key;
      patch(
        this,
        who.length > 0 &&
          h(
            "div.typing-inner",
            { "data-test": "typing" },
            h("span.typing-dots", { "aria-hidden": "true" }, h("i"), h("i"), h("i")),
            h("span.clip", t("conversation.typing", { count: who.length, names: names(who) })),
          ),
      );
    }
    const wait = this.#room.typing.nextExpiry();
    if (wait !== null) this.#timer = setTimeout(() => this.#show(), wait + 10);
  }
}

customElements.define("typing-line", TypingLine);
