// The surroundings of a list that comes in pages: loading and error states, "more", filters and a search field.

import { h } from "./el.js";
import { errorNotice } from "./form.js";
import { icon } from "./icons.js";
import { onReconnect } from "../core/reconnect.js";
import { patch } from "./patch.js";
import { today } from "../core/today.js";
import { loading } from "./ui.js";
import { t } from "../text/words.js";

// Draws a LiveList (stores/live-collection.js) and starts it. `draw(items, page)` → node or nodes for the whole list, its rows
// with a `key`; `rows`: how many bars stand there while the first page is on its way.
/** @param {{ list: any, draw: (items: any[], page: any) => any, signal: AbortSignal, rows?: number }} options */
export function listView({ list, draw, signal, rows = 3 }) {
  const node = h("div", { "aria-live": "off" });
  let asked = null; // what the last press asked for, to be asked for again

  const button = (props, ...content) => h("button.button.button-plain", { type: "button", ...props }, ...content);
  const turn = (before) => {
    asked = before;
    return list.turn(before);
  };
  const show = () => {
    const more = list.next && button({ "data-test": "more", onclick: () => turn(list.next) }, t("list.more"));
    patch(node, draw(list.items, list.page), h("div.more", more));
  };
  const showError = () => {
    const { error } = list;
    if (error.isNetwork) onReconnect(() => list.error && turn(asked), { signal });
    patch(
      node,
      errorNotice(error),
      h("p.more", button({ onclick: () => turn(asked) }, icon("again"), t("action.retry"))),
    );
  };

  list.on(
    "busy",
    () => {
      if (list.items.length === 0) patch(node, loading(rows));
      node.setAttribute("aria-busy", "true");
    },
    { signal },
  );
  list.on(
    "settled",
    () => {
      if (list.error) showError();
      else show();
      node.removeAttribute("aria-busy");
    },
    { signal },
  );
  list.on("change", () => !isWaiting() && show(), { signal });
  today.on("day", () => list.isLoaded && !list.error && !list.isBusy && show(), { signal });
  list.start();
  return node;

  function isWaiting() {
    return node.querySelector(".loading") !== null;
  }
}

// Filters to press: [[value, label, count?], …]; one is always on.
/** @param {{ label: string, options: any[][], value: any, onchange: (value: any) => void, test?: string }} options */
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

/** @param {{ label: string, value?: string, onchange: (text: string) => void, test?: string }} options */
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
