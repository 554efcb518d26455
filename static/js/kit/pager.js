// A list that comes in pages: filters start it again, "more" carries on. What was asked first and comes last is dropped.

import { h } from "./el.js";
import { errorNotice } from "./form.js";
import { icon } from "./icons.js";
import { whenBack } from "../core/reconnect.js";
import { patch } from "./patch.js";
import { today } from "../core/today.js";
import { loading } from "./ui.js";
import { t } from "../text/words.js";

// `load(before, signal)` → { items, next }; `draw(items)` → node or nodes for the whole list, its rows with a `key`.
// `memory` is what the history keeps for this page: on the way back the list stands there as it was left.
export function pager({ load, draw, signal, memory = {} }) {
  const node = h("div", { "aria-live": "off" });
  let { items = [], next = null } = memory.list ?? {};
  let asked = null; // what is under way
  let error = null;
  signal.addEventListener("abort", () => asked?.abort());

  const show = () => {
    memory.list = { items, next };
    patch(
      node,
      draw(items),
      h(
        "div.more",
        next &&
          h(
            "button.button.button-plain",
            { type: "button", "data-test": "more", onclick: () => turn(next) },
            t("list.more"),
          ),
      ),
    );
  };
  today.on("day", () => !error && !asked && show(), { signal });

  const begin = () => {
    asked?.abort();
    asked = new AbortController();
    return asked;
  };

  const turn = async (before) => {
    const mine = begin();
    if (before === null && items.length === 0) patch(node, loading());
    node.setAttribute("aria-busy", "true");
    try {
      const page = await load(before, mine.signal);
      items = before === null ? page.items : [...items, ...page.items.filter(isNew(items))];
      next = page.next;
      error = null;
    } catch (cause) {
      if (cause.name === "AbortError") return;
      error = cause;
      memory.list = undefined;
    }
    asked = null;
    if (error?.isNetwork) whenBack(() => error && turn(before), { signal });
    if (error)
      patch(
        node,
        errorNotice(error),
        h(
          "p.more",
          h(
            "button.button.button-plain",
            { type: "button", onclick: () => turn(before) },
            icon("again"),
            t("action.retry"),
          ),
        ),
      );
    else show();
    node.removeAttribute("aria-busy");
  };

  // The same pages again, without a sign: what is there stays until the answer differs.
  const refresh = async () => {
    if (asked || error) return;
    const mine = begin();
    try {
      let fresh = [];
      let before = null;
      do {
        const page = await load(before, mine.signal);
        fresh = [...fresh, ...page.items.filter(isNew(fresh))];
        before = page.next;
      } while (before !== null && fresh.length < items.length);
      items = fresh;
      next = before;
      asked = null;
      show();
    } catch (cause) {
      // The next time, or the next press, will say it.
      if (cause.name !== "AbortError") asked = null;
    }
  };

  return {
    node,
    restart: () => turn(null),
    refresh,
    // Where one comes back to, what was there is there at once; else the first page is asked for.
    start() {
      if (items.length === 0) return turn(null);
      show();
      refresh();
    },
    update(change) {
      items = change(items);
      if (!error && node.hasChildNodes() && !node.querySelector(".loading")) show();
    },
  };
}

// Between two pages an entry may have moved from one to the other.
function isNew(known) {
  const ids = new Set(known.map((item) => item.id));
  return (item) => !ids.has(item.id);
}

// Filters to press: [[value, label, count?], …]; one is always on.
export function chips({ label, options, value, onchange, test }) {
  const node = h("div.chips", { role: "group", "aria-label": label, "data-test": test });
  let current = value;
  const show = (counts = {}) =>
    patch(
      node,
      options.map(([key, text]) =>
        h(
          "button.chip",
          {
            key,
            type: "button",
            "aria-pressed": String(key === current),
            "data-value": key,
            onclick: () => {
              current = key;
              show(counts);
              onchange(key);
            },
          },
          text,
          counts[key] !== undefined && h("span.chip-count", String(counts[key])),
        ),
      ),
    );
  show();
  return { node, show };
}

const TYPING_PAUSE_MS = 250;

export function searchField({ label, value = "", onchange, test }) {
  let timer = null;
  const input = h("input.input", {
    type: "search",
    dir: "auto",
    value,
    "aria-label": label,
    placeholder: label,
    "data-test": test,
    oninput: () => {
      clearTimeout(timer);
      timer = setTimeout(() => onchange(input.value.trim()), TYPING_PAUSE_MS);
    },
  });
  return h("div.search", { role: "search" }, icon("search"), input);
}
