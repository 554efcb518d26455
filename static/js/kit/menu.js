// Keyboard behaviour of all menus: arrow keys move, Escape and Tab leave, and leaving closes the menu.

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
