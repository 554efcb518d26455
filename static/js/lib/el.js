// Building DOM without markup in strings: a body of a message can never become an element by accident.

const SVG = "http://www.w3.org/2000/svg";

// h("button.chip", { type: "button", onclick, "aria-pressed": "true" }, "All")
export function h(tag, ...rest) {
  const [name, ...classes] = tag.split(".");
  const node = document.createElement(name);
  if (classes.length > 0) node.className = classes.join(" ");
  fill(node, rest);
  return node;
}

export function svg(tag, ...rest) {
  const [name, ...classes] = tag.split(".");
  const node = document.createElementNS(SVG, name);
  if (classes.length > 0) node.setAttribute("class", classes.join(" "));
  fill(node, rest);
  return node;
}

function fill(node, rest) {
  const [first, ...others] = rest;
  const hasProps = first !== null && typeof first === "object" && !(first instanceof Node) && !Array.isArray(first);
  if (hasProps) setProps(node, first);
  append(node, hasProps ? others : rest);
}

export function setProps(node, props) {
  for (const [key, value] of Object.entries(props)) {
    if (key.startsWith("on") && typeof value === "function") node.addEventListener(key.slice(2), value);
    else if (key === "class") addClasses(node, value);
    else if (key === "vars") setVars(node, value);
    else if (key === "value" || key === "checked" || key === "srcdoc") node[key] = value ?? "";
    else if (value === false || value === null || value === undefined) node.removeAttribute(key);
    else node.setAttribute(key, value === true ? "" : String(value));
  }
}

function addClasses(node, value) {
  if (value) node.classList.add(...value.split(" ").filter(Boolean));
}

// Custom properties through the CSSOM: the content security policy forbids style attributes.
export function setVars(node, vars) {
  for (const [key, value] of Object.entries(vars)) node.style.setProperty(key, String(value));
}

// A name among our words: it has a direction of its own, and turns nothing around it.
export function bdi(text) {
  return h("bdi", text);
}

export function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : String(child));
  }
  return node;
}

export function replace(node, ...children) {
  node.replaceChildren();
  return append(node, children);
}
