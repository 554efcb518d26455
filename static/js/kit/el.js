// Builds DOM without markup in strings: the body of a message can never become an element.

const SVG = "http://www.w3.org/2000/svg";

// How an element was drawn: its tag with classes, its props, its `key` in a list. patch.js compares two drawings, so
// that the user's state (an open menu, selected text, a half-filled field) is not lost.
const drawings = new WeakMap();
const handlers = new WeakMap(); // element → { type: function }

// h("button.chip", { type: "button", onclick, "aria-pressed": "true" }, "All")
export function h(tag, ...rest) {
  const [name, ...classes] = tag.split(".");
  const node = document.createElement(name);
  if (classes.length > 0) node.className = classes.join(" ");
  fill(node, tag, rest);
  return node;
}

export function svg(tag, ...rest) {
  const [name, ...classes] = tag.split(".");
  const node = document.createElementNS(SVG, name);
  if (classes.length > 0) node.setAttribute("class", classes.join(" "));
  fill(node, tag, rest);
  return node;
}

function fill(node, tag, rest) {
  const [first, ...others] = rest;
  const hasProps = first !== null && typeof first === "object" && !(first instanceof Node) && !Array.isArray(first);
  if (hasProps) setProps(node, first);
  drawings.set(node, { tag, props: hasProps ? first : {} });
  append(node, hasProps ? others : rest);
}

// → { tag, props } of what h() or svg() made, else undefined
export function drawing(node) {
  return drawings.get(node);
}

function setProps(node, props) {
  for (const [key, value] of Object.entries(props)) {
    if (key === "key") continue;
    if (key.startsWith("on") && typeof value === "function") listen(node, key.slice(2), value);
    else if (key === "class") addClasses(node, value);
    else if (key === "vars") setVars(node, value);
    else if (key === "value" || key === "checked" || key === "srcdoc") node[key] = value ?? "";
    else if (value === false || value === null || value === undefined) node.removeAttribute(key);
    else node.setAttribute(key, value === true ? "" : String(value));
  }
}

// One function for each type of event, replaced when the element is redrawn.
function listen(node, type, handler) {
  const own = handlers.get(node) ?? {};
  if (!(type in own)) node.addEventListener(type, handle);
  own[type] = handler;
  handlers.set(node, own);
}

function handle(event) {
  return handlers.get(event.currentTarget)?.[event.type]?.call(event.currentTarget, event);
}

// Draws an element as another one was drawn: only where the two drawings differ.
export function redraw(node, fresh) {
  const before = drawings.get(node).props;
  const { tag, props } = drawings.get(fresh);
  for (const key of new Set([...Object.keys(before), ...Object.keys(props)])) {
    if (typeof props[key] === "function") listen(node, key.slice(2), props[key]);
    else if (typeof before[key] === "function") handlers.get(node)[key.slice(2)] = null;
    else if (shape(before[key]) === shape(props[key])) continue;
    else if (key === "class") node.setAttribute("class", fresh.getAttribute("class") ?? "");
    else setProps(node, { [key]: props[key] ?? (key === "vars" ? {} : null) });
  }
  drawings.set(node, { tag, props });
}

function shape(value) {
  if (value === null || value === undefined || value === false) return null;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function addClasses(node, value) {
  if (value) node.classList.add(...value.split(" ").filter(Boolean));
}

// Custom properties through the CSSOM: the content security policy forbids style attributes.
export function setVars(node, vars) {
  for (const [key, value] of Object.entries(vars)) node.style.setProperty(key, String(value));
}

// A name in a sentence: isolated, so that its direction does not affect the text around it.
export function bdi(text) {
  return h("bdi", text);
}

export function append(node, children) {
  node.append(...nodes(children));
  return node;
}

// Turns children as h() takes them into nodes; null, undefined and false give none.
export function nodes(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : document.createTextNode(String(child))));
}

export function replace(node, ...children) {
  node.replaceChildren();
  return append(node, children);
}
