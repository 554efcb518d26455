// The page changes where the data changed. A part is drawn anew beside the page and compared with the existing one:
// elements are reused by their `key` in a list, otherwise by their kind. Only new elements are inserted, in the
// fewest moves, and elements that stay are never removed and inserted again. So focus, selected text, scroll
// positions and open menus survive every change, and a live region announces only new content.
//
// An element that stays keeps what it got besides h(): listeners, attributes, nodes of its own. Functions given to
// h() are replaced; so they find elements through their event, not through variables of the drawing.

import { drawing, nodes, redraw } from "./el.js";
import { keepingFocus } from "./focus.js";
import { keptInPlace } from "./arrangement.js";

// patch(node, children…) in place of replace(node, children…)
export function patch(parent, ...children) {
  keepingFocus(parent, () => patchChildren(parent, nodes(children)));
  return parent;
}

// Makes exactly these nodes the children of `parent`, in this order.
export function arrange(parent, wanted) {
  const kept = new Set(wanted);
  const gone = [...parent.childNodes].filter((node) => !kept.has(node));
  for (const node of gone) node.remove();
  const places = new Map([...parent.childNodes].map((node, index) => [node, index]));
  const stays = keptInPlace(
    wanted.map((node) => places.get(node) ?? -1),
    wanted.findIndex(heldBy(parent)),
  );
  let next = null;
  for (let index = wanted.length - 1; index >= 0; index -= 1) {
    if (!stays[index]) parent.insertBefore(wanted[index], next);
    next = wanted[index];
  }
}

// An element with the focus or selected text must not be removed even for a moment: both would be lost.
function heldBy(parent) {
  const { activeElement } = document;
  const selection = getSelection();
  const held =
    activeElement !== parent && parent.contains(activeElement)
      ? activeElement
      : !selection.isCollapsed && selection.anchorNode;
  return (node) => Boolean(held) && node.parentNode === parent && node.contains(held);
}

function patchChildren(parent, wanted) {
  const here = new Set(wanted);
  const pool = new Map();
  for (const node of parent.childNodes) {
    if (here.has(node)) continue;
    const identity = identityOf(node);
    if (!pool.has(identity)) pool.set(identity, []);
    pool.get(identity).push(node);
  }
  arrange(
    parent,
    wanted.map((fresh) => {
      const old = fresh.parentNode === parent ? null : pool.get(identityOf(fresh))?.shift();
      return old ? become(old, fresh) : fresh;
    }),
  );
}

// A node that h() did not draw is identified only by itself.
function identityOf(node) {
  if (node.nodeType === Node.TEXT_NODE) return "#text";
  const drawn = drawing(node);
  return drawn ? JSON.stringify([drawn.tag, drawn.props.key ?? null, drawn.props.type ?? null]) : node;
}

function become(old, fresh) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return old;
  }
  redraw(old, fresh);
  patchChildren(old, [...fresh.childNodes]);
  return old;
}
