// Where the focus goes when its element is removed. It never falls back to the body: keyboard and screen reader users
// would start again at the top of the page.

const CAN_FOCUS = "a[href], button, input, select, textarea, summary, [tabindex]";

// Runs `change`; if the focused element inside `container` does not survive it, the nearest sensible element gets the
// focus.
export function keepingFocus(container, change) {
  const held = document.activeElement;
  if (held === container || !container.contains(held)) return change();
  const successors = successorsOf(held, container);
  const result = change();
  if (!isThere(held)) successors()?.focus({ preventScroll: true });
  return result;
}

// Candidates in this order: the same control of the same row, of the following rows, of those before, then other
// controls of the rows, then the heading of the section.
function successorsOf(held, container) {
  const hook = held.dataset.test;
  const rows = [];
  for (let node = held; node !== container; node = node.parentElement)
    rows.push([node, ...following(node), ...before(node)]);
  const index = focusable(container).indexOf(held);
  return () => {
    for (const group of rows) {
      const there = group.filter((row) => row.isConnected);
      for (const row of there) {
        const same = hook && focusable(row).find((node) => node.dataset.test === hook);
        if (same) return same;
      }
    }
    for (const [, ...siblings] of rows) {
      for (const row of siblings.filter((node) => node.isConnected)) if (focusable(row)[0]) return focusable(row)[0];
    }
    return focusable(container)[Math.max(0, Math.min(index, focusable(container).length - 1))] ?? headingOf(container);
  };
}

function following(node) {
  const found = [];
  for (let next = node.nextElementSibling; next; next = next.nextElementSibling) found.push(next);
  return found;
}

function before(node) {
  const found = [];
  for (let next = node.previousElementSibling; next; next = next.previousElementSibling) found.push(next);
  return found;
}

function focusable(root) {
  const found = [...root.querySelectorAll(CAN_FOCUS)];
  if (root.matches(CAN_FOCUS)) found.unshift(root);
  return found.filter((node) => isThere(node) && node.tabIndex >= 0);
}

function isThere(node) {
  return node.isConnected && node.checkVisibility({ visibilityProperty: true }) && !node.disabled;
}

function headingOf(container) {
  const part = container.closest("section, dialog, main") ?? document.body;
  const heading = part.querySelector("h1, h2, h3");
  if (heading && !heading.hasAttribute("tabindex")) heading.tabIndex = -1;
  return heading;
}
