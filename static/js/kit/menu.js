// Menus: arrow keys move, Escape and Tab leave, and leaving closes the menu.

import { h } from "./el.js";
import { icon } from "./icons.js";

// The menu of a row, behind a button. `onopen(menu)` is called before it is shown.
/** @param {{ label: string, test: string, items: any[], onopen?: (menu: HTMLElement) => void }} options */
export function rowMenu({ label, test, items, onopen }) {
  const menu = h("div.menu", { hidden: true }, items);
  const button = h(
    "button.icon-button",
    { type: "button", "aria-expanded": "false", "aria-label": label, "data-test": test },
    icon("more"),
  );
  const holder = h("div.row-menu", button, menu);
  const toggle = (open) => {
    menu.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (!open) return;
    onopen?.(menu);
    const away = (event) => {
      if (holder.contains(event.target) && !menu.contains(event.target)) return;
      if (menu.contains(event.target) && event.type === "pointerdown") return;
      document.removeEventListener("pointerdown", away);
      toggle(false);
    };
    document.addEventListener("pointerdown", away);
    menu.querySelector(".menu-item")?.focus();
    // On a phone the last row is close to the tabs: the menu is scrolled clear of them.
    menu.scrollIntoView({ block: "nearest" });
  };
  button.addEventListener("click", () => toggle(menu.hidden));
  // The chosen item disappears. The button has the focus before the item acts, so that a dialog gives it back to the button.
  menu.addEventListener("click", ({ target }) => target.closest(".menu-item:not([aria-disabled])") && button.focus(), {
    capture: true,
  });
  menu.addEventListener("click", () => {
    button.focus();
    toggle(false);
  });
  menuKeys(holder, button, menu, toggle);
  return holder;
}

// Keyboard behaviour of all menus.

// `toggle(open)` shows or hides; `holder` has the button and the menu in it.
export function menuKeys(holder, button, menu, toggle) {
  const items = () => [...menu.querySelectorAll(".menu-item")];
  const go = (index) =>
    items()
      .at(index % items().length)
      ?.focus();
  holder.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !menu.hidden) {
      event.stopPropagation();
      toggle(false);
      return button.focus();
    }
    const here = items().indexOf(document.activeElement);
    const place = { ArrowDown: here + 1, ArrowUp: here < 0 ? -1 : here - 1, Home: 0, End: -1 }[event.key];
    if (place === undefined || (menu.hidden && !event.key.startsWith("Arrow"))) return;
    event.preventDefault();
    if (menu.hidden) toggle(true);
    go(place);
  });
  holder.addEventListener("focusout", ({ relatedTarget }) => {
    // Without a target the focus left the page, or a click hit no control: the click closes the menu by itself.
    if (relatedTarget && !holder.contains(relatedTarget)) toggle(false);
  });
}
