// Maps an address to a page without loading a new document: the socket stays open across pages.

import { Emitter } from "./emitter.js";

const KEPT = 30; // pages of the history that are remembered

// Emits "navigate" ({ route, params, query, path, memory, back? }).
class Router extends Emitter {
  #routes = [];
  #layers = [];
  #entry = null;
  #memories = new Map(); // entry of the history → what its page keeps for the way back

  add(pattern, route) {
    const names = [];
    const source = pattern.replace(/\{(\w+)\}/g, (_, name) => (names.push(name), "([^/]+)"));
    this.#routes.push({ regex: new RegExp(`^${source}/?$`), names, route });
    return this;
  }

  start() {
    // A page is drawn later than the browser expects, so the scroll position is restored by app.js.
    history.scrollRestoration = "manual";
    addEventListener("pagehide", () => this.#mark({ scroll: scrollY }));
    addEventListener("popstate", () => {
      const close = this.#layers.pop();
      if (close) close();
      else this.#show({ back: true });
    });
    document.addEventListener("click", (event) => this.#intercept(event));
    this.#show({ back: history.state?.scroll !== undefined });
  }

  // An overlay: *Back* removes it by calling `close`, and the page stays. → a function that goes back
  layer(close) {
    history.pushState(history.state, "", location.href);
    this.#layers.push(close);
    return () => history.back();
  }

  go(path, { replace = false } = {}) {
    this.#layers = [];
    this.memory.scroll = scrollY;
    if (replace) history.replaceState(null, "", path);
    else history.pushState(null, "", path);
    this.#show({});
  }

  // Draws the same address again, after a change of language or account.
  reload() {
    this.#show({ again: true });
  }

  // Filters and searches are part of the address: links, reloads and the way back restore them.
  refine(query) {
    const kept = Object.entries(query).filter(([, value]) => value !== "" && value !== null && value !== undefined);
    const search = kept.length > 0 ? `?${new URLSearchParams(kept)}` : "";
    history.replaceState(history.state, "", location.pathname + search);
  }

  // The memory of the page at this history entry.
  get memory() {
    if (!this.#memories.has(this.#entry)) this.#memories.set(this.#entry, {});
    return this.#memories.get(this.#entry);
  }

  // After a change of account or language nothing old may be restored.
  forget() {
    this.#memories.clear();
  }

  match(path) {
    for (const { regex, names, route } of this.#routes) {
      const found = regex.exec(path);
      if (found)
        return { route, params: Object.fromEntries(names.map((name, index) => [name, decoded(found[index + 1])])) };
    }
    return null;
  }

  #show(how) {
    if (how.back && this.#entry !== null) this.memory.scroll = scrollY;
    const { pathname, search } = location;
    const found = this.match(pathname);
    this.#entry = history.state?.entry ?? this.#newEntry();
    if (how.back && history.state?.scroll !== undefined) this.memory.scroll ??= history.state.scroll;
    this.emit("navigate", {
      route: found?.route ?? null,
      params: found?.params ?? {},
      query: new URLSearchParams(search),
      path: pathname,
      memory: this.memory,
      ...how,
    });
  }

  #newEntry() {
    const entry = `${Date.now()}.${Math.random()}`;
    this.#mark({ entry });
    for (const old of [...this.#memories.keys()].slice(0, -KEPT)) this.#memories.delete(old);
    return entry;
  }

  #mark(marks) {
    history.replaceState({ ...history.state, ...marks }, "");
  }

  #intercept(event) {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return;
    const link = event.target.closest?.("a[href]");
    if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
    if (link.hash && link.pathname === location.pathname) return;
    if (!this.match(link.pathname)) return;
    event.preventDefault();
    if (link.href !== location.href) this.go(link.pathname + link.search);
  }
}

export const router = new Router();

// The path of a page of this site, or null: the `next` of an address can be forged. It is parsed as browsers do,
// which drop tabs and line breaks and take `/\\` for `//`. The first page is never needed.
export function ownPath(text, origin = location.origin) {
  if (!text?.startsWith("/") || !URL.canParse(text, origin)) return null;
  const url = new URL(text, origin);
  const path = url.pathname + url.search;
  // `/.//host` has our origin, but leads elsewhere when it is parsed again.
  return url.origin === origin && !path.startsWith("//") && path !== "/" ? path : null;
}

// Text that cannot be decoded is sent as it is: the server answers that it does not exist.
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
