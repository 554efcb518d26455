// The native dialog: it traps the focus, closes on Escape and restores the focus.

import { append, h } from "./el.js";
import { live } from "../core/live.js";
import { iconButton } from "./ui.js";
import { t } from "../text/words.js";

// `title` and `text` may be functions: they are called again when a person in them is renamed.
/** @param {{ title: any, text?: any, body: (close: () => void) => any, test: string, onclose?: () => void }} options */
export function openDialog({ title, text, body, test, onclose }) {
  const node = h("dialog.dialog", { "data-test": test });
  const heading = h("h2", { dir: "auto" });
  const words = text && h("p.soft");
  const say = () => {
    heading.textContent = said(title);
    node.setAttribute("aria-label", said(title));
    if (words) words.textContent = said(text);
  };
  say();
  const off = live.on("renamed", say);
  const close = () => node.close();
  node.append(
    h("header.dialog-head", heading, iconButton("close", t("action.close"), { onclick: close })),
    append(h("div.dialog-body"), [words, body(close)]),
  );
  node.addEventListener("close", () => {
    off();
    node.remove();
    onclose?.();
  });
  node.addEventListener("mousedown", (event) => {
    if (event.target === node) close();
  });
  document.body.append(node);
  node.showModal();
  return { node, close };
}

const said = (text) => (typeof text === "function" ? text() : text);

// The footer of a dialog: it stays in view and always has a cancel button.
export function dialogFoot(close, ...buttons) {
  return h(
    "div.dialog-foot",
    h(
      "button.button.button-plain",
      {
        type: "button",
        "data-test": "dialog-cancel",
        onclick: (event) => {
          // Cancel discards the draft; closing the dialog keeps it.
          event.currentTarget.closest("form")?.dispatchEvent(new Event("give-up"));
          close();
        },
      },
      t("action.cancel"),
    ),
    buttons,
  );
}

// → true when the person agreed
/** @param {{ title: any, text?: any, action: string, danger?: boolean, test: string }} options */
export function confirmDialog({ title, text, action, danger = false, test }) {
  return new Promise((resolve) => {
    let agreed = false;
    openDialog({
      title,
      text,
      test,
      onclose: () => resolve(agreed),
      body: (close) =>
        h(
          "div.dialog-foot",
          h(
            "button.button.button-plain",
            { type: "button", "data-test": "dialog-cancel", onclick: close, autofocus: danger },
            t("action.back"),
          ),
          h(
            `button.button${danger ? ".button-danger" : ""}`,
            {
              type: "button",
              "data-test": "confirm",
              onclick: () => {
                agreed = true;
                close();
              },
            },
            action,
          ),
        ),
    });
  });
}
