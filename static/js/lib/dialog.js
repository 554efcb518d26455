// The native dialog: it keeps the focus inside, closes on Escape and gives the focus back.

import { h } from "./el.js";
import { iconButton } from "./ui.js";
import { t } from "../i18n/index.js";

export function openDialog({ title, body, test, onclose }) {
  const node = h("dialog.dialog", { "aria-label": title, "data-test": test });
  const close = () => node.close();
  node.append(
    h("header.dialog-head", h("h2", { dir: "auto" }, title), iconButton("close", t("action.close"), { onclick: close })),
    h("div.dialog-body", typeof body === "function" ? body(close) : body));
  node.addEventListener("close", () => {
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

// The last line of a dialog: it stays in view, and one can always leave.
export function dialogFoot(close, ...buttons) {
  return h("div.dialog-foot", h("button.button.button-plain", { type: "button", "data-test": "dialog-cancel", onclick: (event) => {
    // Who cancels has given up what they typed; who closes it by mistake finds it again.
    event.currentTarget.closest("form")?.dispatchEvent(new Event("give-up"));
    close();
  } }, t("action.cancel")), buttons);
}

// → true when the person agreed
export function confirmDialog({ title, text, action, danger = false, test }) {
  return new Promise((resolve) => {
    let agreed = false;
    openDialog({
      title,
      test,
      onclose: () => resolve(agreed),
      body: (close) => [
        h("p.soft", text),
        h("div.dialog-foot",
          h("button.button.button-plain", { type: "button", "data-test": "dialog-cancel", onclick: close, autofocus: danger }, t("action.back")),
          h(`button.button${danger ? ".button-danger" : ""}`, { type: "button", "data-test": "confirm", onclick: () => { agreed = true; close(); } }, action)),
      ],
    });
  });
}
