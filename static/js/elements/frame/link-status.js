// Says that the live connection is down, after five seconds: shorter interruptions mend themselves. When the browser
// itself reports no network, it says so at once.

import { h, replace } from "../../kit/el.js";
import { icon } from "../../kit/icons.js";
import { session, socket } from "../../services.js";
import { t } from "../../text/words.js";

const RESTORE_WITHIN_MS = 5_000;

export class LinkStatus extends HTMLElement {
  #off = [];
  #timer = null;

  connectedCallback() {
    this.setAttribute("role", "status");
    this.#off = [
      socket.on("ready", () => this.#look()),
      socket.on("down", () => this.#look()),
      socket.on("ended", () => this.#look()),
    ];
    for (const type of ["online", "offline"]) {
      const look = () => this.#look();
      addEventListener(type, look);
      this.#off.push(() => removeEventListener(type, look));
    }
    // The outbox belongs to the session and this element to the frame: while it is visible it reads the count each
    // second.
    this.#look();
  }

  disconnectedCallback() {
    this.#off.splice(0).forEach((off) => off());
    clearTimeout(this.#timer);
  }

  #look() {
    clearTimeout(this.#timer);
    if (socket.ready) return this.#say(null);
    if (socket.endedBy) return this.#say(this.#ended(socket.endedBy), socket.endedBy);
    const downFor = Date.now() - (socket.downSince ?? Date.now());
    if (navigator.onLine && downFor < RESTORE_WITHIN_MS) {
      this.#timer = setTimeout(() => this.#look(), RESTORE_WITHIN_MS - downFor + 20);
      return;
    }
    const queued = session.outbox?.queued ?? 0;
    this.#say(
      [
        icon("offline"),
        h("span", t("offline.text"), " ", queued > 0 ? t("offline.queued", { count: queued }) : t("offline.calm")),
      ],
      `offline:${queued}`,
    );
    this.#timer = setTimeout(() => this.#look(), 1_000);
  }

  #ended(reason) {
    return [
      icon("alert"),
      h("span", t(`ended.${reason}`)),
      h("button.link-button", { type: "button", onclick: () => socket.start() }, t("action.reconnect")),
    ];
  }

  // The text is written only when it changed: screen readers announce each change of a status region.
  #say(content, key = null) {
    if (this.dataset.key === String(key)) return;
    this.dataset.key = String(key);
    replace(this, content && h("div.link-status", { "data-test": "offline-notice" }, content));
  }
}

customElements.define("link-status", LinkStatus);
