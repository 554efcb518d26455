// The list of messages: draws the rows of a conversation, keeps the scroll position, and reports which messages were
// in view.

import { h, replace } from "../../kit/el.js";
import { arch, icon } from "../../kit/icons.js";
import { day } from "../../text/dates.js";
import { errorNotice } from "../../kit/form.js";
import { keepingFocus } from "../../kit/focus.js";
import { arrange, patch } from "../../kit/patch.js";
import { today } from "../../core/today.js";
import { loading } from "../../kit/ui.js";
import { t } from "../../text/words.js";
import { roomEvent, subjectOf } from "../../views/conversation/room-event.js";
import "./message-item.js";

const STICK_PX = 100; // nearer to the bottom than this, the list follows what comes
const LOAD_AHEAD_PX = 700;
const JUMP_PX = 400;
const SEEN_PX = 40; // a message counts as seen when this much of it is in view
const DIVIDER_FROM_TOP_PX = 96;

export class MessageList extends HTMLElement {
  #conversation;
  #nodes = new Map(); // key → { node, signature }
  #stuck = true;
  #placed = false;
  #top = h("div.history-edge");
  #bottom = h("div.history-edge", { hidden: true });
  #rows = h("div.message-rows", { role: "log", "aria-live": "off", "aria-relevant": "additions" });
  #scroll = h("div.message-scroll", { tabindex: "0", role: "region", "data-test": "message-scroll" });
  #jump = h("button.jump-newest", { type: "button", hidden: true, "data-test": "jump-newest" });

  attach(conversation, signal) {
    this.#conversation = conversation;
    this.#rows.setAttribute("aria-label", t("conversation.log"));
    this.#scroll.setAttribute("aria-label", t("conversation.region"));
    this.#scroll.append(h("div.message-column", this.#top, this.#rows, this.#bottom));
    this.append(this.#scroll, this.#jump);

    conversation.isWatching = () => this.#stuck && isAttentive();
    conversation.on("render", (how) => this.#render(how), { signal });
    conversation.on("state", () => this.#showEdges(), { signal });
    today.on("day", () => this.#render({}), { signal });
    conversation.room.on("change", () => this.#showJump(), { signal });
    this.#scroll.addEventListener("scroll", () => this.#onScroll(), { passive: true, signal });
    this.#jump.addEventListener("click", () => this.#jumpToNewest(), { signal });
    for (const type of ["focus", "blur"]) addEventListener(type, () => this.#markSeen(), { signal });
    document.addEventListener("visibilitychange", () => this.#markSeen(), { signal });

    // The list shrinks when the on-screen keyboard opens or the composer grows. A reader who was at the bottom stays
    // there.
    const observer = new ResizeObserver(() => this.#stuck && this.#placed && this.#toBottom());
    observer.observe(this.#scroll);
    signal.addEventListener("abort", () => observer.disconnect());
  }

  #render({ history = false, opened = false, live = false }) {
    const { state, timeline } = this.#conversation;
    if (state !== "ready") return this.#showEdges();
    if (live) this.#conversation.trimLive(this.#stuck);
    if (history) this.#hush();

    const anchor = this.#anchor();
    this.#reconcile(this.#conversation.rows(), { fresh: this.#placed && !history });
    this.#showEdges();
    if (opened || !this.#placed) this.#place();
    else if (this.#stuck && !timeline.hasNewer) this.#toBottom();
    else this.#restore(anchor);
    this.#showJump();
    this.#markSeen();
    this.#loadWhatIsNear();
  }

  // Screen readers do not announce pages of history.
  #hush() {
    this.#rows.setAttribute("aria-live", "off");
    this.#rows.setAttribute("aria-busy", "true");
    setTimeout(() => {
      this.#rows.setAttribute("aria-live", "polite");
      this.#rows.removeAttribute("aria-busy");
    }, 150);
  }

  #reconcile(rows, { fresh }) {
    const kept = new Set(rows.map((row) => row.key));
    for (const key of this.#nodes.keys()) if (!kept.has(key)) this.#nodes.delete(key);
    keepingFocus(this.#rows, () => arrange(this.#rows, rows.map((row) => this.#nodeFor(row, fresh)).filter(Boolean)));
  }

  #nodeFor(row, fresh) {
    const { room } = this.#conversation;
    const who = { name: room.nameOf(row.author) ?? t("people.somebody"), role: room.members.get(row.author)?.role };
    // "Today" becomes "Yesterday" at midnight.
    const signature = JSON.stringify([
      row,
      who,
      row.type === "event" && subjectOf(row, room),
      row.type === "day" && day(row.at),
    ]);
    const known = this.#nodes.get(row.key);
    if (known?.signature === signature) return known.node;
    const node =
      row.type === "message" ? this.#messageNode(row, who, known?.node, fresh) : this.#quietNode(row, known?.node);
    if (node) this.#nodes.set(row.key, { node, signature });
    return node;
  }

  #messageNode(row, who, known, fresh) {
    const node = known ?? document.createElement("message-item");
    if (!known && fresh) node.dataset.fresh = "true";
    node.update(row, who, {
      retry: (nonce) => this.#conversation.retry(nonce),
      discard: (nonce) => this.#conversation.discard(nonce),
    });
    return node;
  }

  // An element that is on the page stays in place; only its content is updated.
  #quietNode(row, known) {
    const node = this.#quietRow(row);
    if (!known || !node) return node;
    return patch(known, ...node.childNodes);
  }

  #quietRow(row) {
    if (row.type === "day") return h("div.day", { role: "separator" }, h("span", day(row.at)));
    if (row.type === "unread")
      return h(
        "div.unread-divider",
        { role: "separator", "data-test": "unread-divider" },
        h("span", t("conversation.unread")),
      );
    return roomEvent(row, this.#conversation.room);
  }

  // ——— Scroll position ———

  #anchor() {
    const top = this.#scroll.scrollTop;
    for (const node of this.#rows.children) {
      if (node.offsetTop + node.offsetHeight > top && node.dataset.seq) return { node, offset: node.offsetTop - top };
    }
    return null;
  }

  #restore(anchor) {
    if (anchor?.node.isConnected) this.#scroll.scrollTop = anchor.node.offsetTop - anchor.offset;
  }

  #place() {
    this.#placed = true;
    this.#scroll.scrollTop = this.#scroll.scrollHeight;
    const divider = this.#nodes.get("unread")?.node;
    if (divider) this.#scroll.scrollTop = Math.min(this.#scroll.scrollTop, divider.offsetTop - DIVIDER_FROM_TOP_PX);
    this.#stuck = this.#distance() <= STICK_PX;
  }

  #distance() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroll;
    return scrollHeight - scrollTop - clientHeight;
  }

  #toBottom() {
    this.#scroll.scrollTop = this.#scroll.scrollHeight;
  }

  #onScroll() {
    if (!this.#placed) return;
    this.#stuck = this.#distance() <= STICK_PX;
    this.#showJump();
    this.#markSeen();
    this.#loadWhatIsNear();
  }

  #loadWhatIsNear() {
    const { timeline } = this.#conversation;
    if (timeline.hasOlder && this.#scroll.scrollTop < LOAD_AHEAD_PX) this.#conversation.older();
    else if (timeline.hasNewer && this.#distance() < LOAD_AHEAD_PX) this.#conversation.newer();
  }

  async #jumpToNewest() {
    await this.#conversation.newest();
    this.#stuck = true;
    this.#toBottom();
    this.#scroll.focus({ preventScroll: true });
  }

  scrollToNewest() {
    this.#stuck = true;
    this.#toBottom();
  }

  #showJump() {
    if (!this.#placed) return;
    const { timeline, room } = this.#conversation;
    const show = timeline.hasNewer || this.#distance() > JUMP_PX || (room.unread > 0 && !this.#stuck);
    this.#jump.hidden = !show;
    if (!show) return;
    const label = room.unread > 0 ? t("conversation.new_count", { count: room.unread }) : t("conversation.newest");
    if (this.#jump.dataset.label === label) return;
    this.#jump.dataset.label = label;
    this.#jump.dataset.count = room.unread;
    replace(this.#jump, icon("down"), h("span", label));
  }

  // A message counts as read when it is in view while the window has the focus.
  #markSeen() {
    if (!this.#placed || !isAttentive() || this.#conversation.state !== "ready") return;
    const limit = this.#scroll.scrollTop + this.#scroll.clientHeight;
    for (let node = this.#rows.lastElementChild; node; node = node.previousElementSibling) {
      if (!node.dataset.seq) continue;
      if (node.offsetTop + Math.min(node.offsetHeight, SEEN_PX) > limit) continue;
      this.#conversation.marker.see(Number(node.dataset.seq));
      return;
    }
  }

  // ——— Older and newer pages ———

  #showEdges() {
    const { state, timeline, error } = this.#conversation;
    if (state === "loading" && !this.#placed) return this.#edge(this.#top, "loading", () => loading(3));
    if (state === "failed") {
      return this.#edge(this.#top, "failed", () => [
        errorNotice(error),
        h(
          "button.button.button-plain",
          { type: "button", onclick: () => this.#conversation.open() },
          t("action.retry"),
        ),
      ]);
    }
    if (state !== "ready") return;
    if (timeline.hasOlder) this.#edge(this.#top, "older", () => t("conversation.loading_older"));
    else this.#edge(this.#top, "beginning", () => beginning());
    this.#bottom.hidden = !timeline.hasNewer;
    this.#edge(this.#bottom, "newer", () => t("conversation.loading_newer"));
  }

  #edge(node, key, content) {
    if (node.dataset.key === key) return;
    node.dataset.key = key;
    replace(node, content());
  }
}

function beginning() {
  return h("div.room-beginning", arch(), h("p", t("conversation.beginning")));
}

function isAttentive() {
  return document.visibilityState === "visible" && document.hasFocus();
}

customElements.define("message-list", MessageList);
