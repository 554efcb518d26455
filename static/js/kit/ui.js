// Small shared pieces: wordmark, avatars, notices, loading and empty states.

import { onReconnect } from "../core/reconnect.js";
import { lastSeen } from "../text/dates.js";
import { initials } from "../text/names.js";
import { t } from "../text/words.js";
import { append, h } from "./el.js";
import { arch, icon, mark } from "./icons.js";
import { errorNotice } from "./form.js";
import { patch } from "./patch.js";
import { brand } from "./title.js";

const TOAST_MS = 5_000;

export function wordmark({ href = "/", onRoom = false } = {}) {
  return h(`a.wordmark${onRoom ? ".wordmark-on-room" : ""}`, { href }, mark(), h("span", brand()));
}

export function avatar(name, role, size = "") {
  return h(
    `span.avatar${size && `.avatar-${size}`}`,
    { "data-role": role, "aria-hidden": "true" },
    initials(name ?? ""),
  );
}

export function presence({ online, last_seen: seen }) {
  return h(
    "span.presence",
    { "data-test": "presence", "data-online": String(Boolean(online)) },
    online ? t("presence.online") : lastSeen(seen),
  );
}

// No badge for a confirmed address, nor for answers of an older server.
export function unproved({ address_proved: proved }) {
  if (proved !== false) return null;
  return h(
    "span.badge.badge-brass.badge-bare",
    { title: t("proof.unproved_why"), "data-test": "address-unproved" },
    t("proof.unproved"),
  );
}

export function iconButton(name, label, props = {}) {
  return h("button.icon-button", { type: "button", "aria-label": label, title: label, ...props }, icon(name));
}

export function toast(text) {
  const node = h("p.toast", text);
  document.getElementById("toasts").append(node);
  setTimeout(() => node.remove(), TOAST_MS);
}

/** @param {{ title: string, text: string, action?: any }} options */
export function empty({ title, text, action }) {
  return h("div.empty", { "data-test": "empty" }, arch(), h("h2", title), h("p", text), action);
}

export function loading(rows = 3) {
  return h(
    "div.loading",
    { role: "status" },
    h("span.visually-hidden", t("state.loading")),
    Array.from({ length: rows }, () => h("div.skeleton", { "aria-hidden": "true" })),
  );
}

// Runs `load` and shows a loading state, the result, or the error with a retry button. Existing content stays until
// the answer differs from it.
export async function fillLater(node, load, render, { rows = 3 } = {}) {
  if (!node.hasChildNodes()) patch(node, loading(rows));
  try {
    const result = await load();
    patch(node, render(result));
  } catch (error) {
    if (error.name === "AbortError") return;
    if (error.isNetwork) onReconnect(() => node.isConnected && fillLater(node, load, render, { rows }));
    patch(
      node,
      errorNotice(error),
      h(
        "p.more",
        h(
          "button.button.button-plain",
          { type: "button", onclick: () => fillLater(node, load, render, { rows }) },
          icon("again"),
          t("action.retry"),
        ),
      ),
    );
  }
}

export function unreadCount(count) {
  if (!count) return null;
  return h(
    "span.count",
    { "data-test": "unread-count", "data-count": count },
    h("span", { "aria-hidden": "true" }, count > 99 ? "99+" : String(count)),
    h("span.visually-hidden", t("list.unread", { count })),
  );
}

export function pageHead(title, text, ...actions) {
  return h(
    "header.page-head",
    h("div", h("h1", { tabindex: "-1", dir: "auto" }, title), text && h("p", text)),
    append(h("div.row.row-wrap"), actions),
  );
}
