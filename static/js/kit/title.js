// The title of the window: the page, the house, and how much is unread.

import { rooms } from "../services.js";

export const brand = () => document.querySelector("meta[name=brand]")?.content || "Entremise";

let page = "";

export function setTitle(text) {
  page = text;
  show();
}

function show() {
  const unread = rooms.unread;
  const count = unread > 0 ? `(${unread > 99 ? "99+" : unread}) ` : "";
  document.title = page ? `${count}${page} · ${brand()}` : count + brand();
  if (!navigator.setAppBadge) return;
  (unread > 0 ? navigator.setAppBadge(unread) : navigator.clearAppBadge()).catch(() => {});
}

rooms.on("change", show);
