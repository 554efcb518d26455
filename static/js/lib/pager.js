// A list that comes in pages: filters start it again, "more" carries on. What was asked first and comes last is dropped.

import { h, replace } from "./el.js";
import { errorNotice } from "./form.js";
import { icon } from "./icons.js";
import { loading } from "./ui.js";
import { t } from "../i18n/index.js";

// `load(before, signal)` → { items, next }; `draw(items)` → node or nodes for the whole list.
export function pager({ load, draw, signal }) {
  const node = h("div", { "aria-live": "off" });
  const more = h("div.more");
  let items = [];
  let asked = new AbortController();
  signal.addEventListener("abort", () => asked.abort());

  const show = (next) => {
    replace(node, draw(items), more);
    replace(more, next && h("button.button.button-plain", { type: "button", "data-test": "more", onclick: () => turn(next) }, t("list.more")));
  };

  const turn = async (before) => {
    asked.abort();
    asked = new AbortController();
    if (before === null && items.length === 0) replace(node, loading());
    node.setAttribute("aria-busy", "true");
    try {
      const page = await load(before, asked.signal);
      items = before === null ? page.items : [...items, ...page.items];
      show(page.next);
    } catch (error) {
      if (error.name === "AbortError") return;
      replace(node, errorNotice(error), h("p.more", h("button.button.button-plain", { type: "button", onclick: () => turn(before) }, icon("again"), t("action.retry"))));
    }
    node.removeAttribute("aria-busy");
  };

  return {
    node,
    restart: () => turn(null),
    redraw: () => replace(node, draw(items), more),
    update(change) {
      items = change(items);
      replace(node, draw(items), more);
    },
  };
}

// Filters to press: [[value, label, count?], …]; one is always on.
export function chips({ label, options, value, onchange, test }) {
  const node = h("div.chips", { role: "group", "aria-label": label, "data-test": test });
  let current = value;
  const show = (counts = {}) => replace(node, options.map(([key, text]) => h("button.chip", {
    type: "button", "aria-pressed": String(key === current), "data-value": key, onclick: () => {
      current = key;
      show(counts);
      node.querySelector("[aria-pressed=true]").focus();
      onchange(key);
    },
  }, text, counts[key] !== undefined && h("span.chip-count", String(counts[key])))));
  show();
  return { node, show };
}

const TYPING_PAUSE_MS = 250;

export function searchField({ label, onchange, test }) {
  let timer = null;
  const input = h("input.input", { type: "search", dir: "auto", "aria-label": label, placeholder: label, "data-test": test, oninput: () => {
    clearTimeout(timer);
    timer = setTimeout(() => onchange(input.value.trim()), TYPING_PAUSE_MS);
  } });
  return h("div.search", { role: "search" }, icon("search"), input);
}
