// The title of the window: the page, the brand, and the number of unread messages.

export const brand = () =>
  /** @type {HTMLMetaElement | null} */ (document.querySelector("meta[name=brand]"))?.content || "Entremise";

let page = "";
let unread = 0;

export function setTitle(text) {
  page = text;
  show();
}

export function setUnread(count) {
  unread = count;
  show();
}

function show() {
  const count = unread > 0 ? `(${unread > 99 ? "99+" : unread}) ` : "";
  document.title = page ? `${count}${page} · ${brand()}` : count + brand();
  if (!navigator.setAppBadge) return;
  (unread > 0 ? navigator.setAppBadge(unread) : navigator.clearAppBadge()).catch(() => {});
}
