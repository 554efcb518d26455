// From an address to a page, without leaving the document: the socket stays open across pages.

import { Emitter } from "./emitter.js";

// Emits "navigate" ({ route, params, query, path }).
export class Router extends Emitter {
  #routes = [];
  #layers = [];

  add(pattern, route) {
    const names = [];
    const source = pattern.replace(/\{(\w+)\}/g, (_, name) => (names.push(name), "([^/]+)"));
    this.#routes.push({ regex: new RegExp(`^${source}/?$`), names, route });
    return this;
  }

  start() {
    addEventListener("popstate", () => {
      const close = this.#layers.pop();
      if (close) close();
      else this.#show({ back: true });
    });
    document.addEventListener("click", (event) => this.#intercept(event));
    this.#show({});
  }

  // Something that lies over the page: *Back* takes it away by calling `close`, and the page stays. → what goes back
  layer(close) {
    history.pushState(null, "", location.href);
    this.#layers.push(close);
    return () => history.back();
  }

  go(path, { replace = false } = {}) {
    this.#layers = [];
    if (replace) history.replaceState(null, "", path);
    else history.pushState(null, "", path);
    this.#show({});
  }

  // Draws the same address again, after a change of language or person.
  reload() {
    this.#show({ again: true });
  }

  match(path) {
    for (const { regex, names, route } of this.#routes) {
      const found = regex.exec(path);
      if (found) return { route, params: Object.fromEntries(names.map((name, index) => [name, decoded(found[index + 1])])) };
    }
    return null;
  }

  #show(how) {
    const { pathname, search } = location;
    const found = this.match(pathname);
    this.emit("navigate", { route: found?.route ?? null, params: found?.params ?? {}, query: new URLSearchParams(search), path: pathname, ...how });
  }

  #intercept(event) {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest?.("a[href]");
    if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
    if (link.hash && link.pathname === location.pathname) return;
    if (!this.match(link.pathname)) return;
    event.preventDefault();
    if (link.href !== location.href) this.go(link.pathname + link.search);
  }
}

export const router = new Router();

// The address of a page of ours, or null: what an address says of where to go next may come from anybody. Read as a browser
// reads it, which drops tabs and line breaks and takes `/\\` for `//`. The first page needs no saying.
export function ownPath(text, origin = location.origin) {
  if (!text?.startsWith("/") || !URL.canParse(text, origin)) return null;
  const url = new URL(text, origin);
  const path = url.pathname + url.search;
  // `/.//host` names us, and leads elsewhere when it is read again.
  return url.origin === origin && !path.startsWith("//") && path !== "/" ? path : null;
}

// What cannot be decoded is shown to the server as it is: it knows no such thing, and says so.
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
