// Shows the HTML of a mail as it is, safely. Mails carry inline styles, which our content security policy forbids in
// an inherited document; so the parsed mail is rebuilt node by node in a frame without scripts, and its styles are
// set through the CSSOM. Nothing in it runs, loads a script or leaves the frame.

import { h } from "./el.js";

const DROPPED = new Set([
  "SCRIPT",
  "IFRAME",
  "OBJECT",
  "EMBED",
  "LINK",
  "META",
  "BASE",
  "FORM",
  "TITLE",
  "STYLE",
  "X-STYLE",
]);

export function mailFrame(title) {
  // allow-same-origin lets us build inside it; without allow-scripts nothing in it can act.
  const node = h("iframe", { sandbox: "allow-same-origin", title, srcdoc: "<!doctype html><title></title>" });
  let html = null;
  const draw = () => {
    if (html !== null && node.contentDocument?.body) build(node, html);
  };
  node.addEventListener("load", draw);
  return {
    node,
    show(text) {
      html = text;
      draw();
    },
  };
}

// The policy applies even to a parsed document that is never shown: its styles are renamed.
function parse(html) {
  const renamed = html.replace(/(<\/?)style\b/gi, "$1x-style").replace(/\sstyle\s*=/gi, " data-mail-style=");
  return new DOMParser().parseFromString(renamed, "text/html");
}

function build(frame, html) {
  const parsed = parse(html);
  const page = frame.contentDocument;
  const scroll = page.scrollingElement?.scrollTop ?? 0;
  page.adoptedStyleSheets = [...parsed.querySelectorAll("x-style")].map((style) =>
    sheetOf(frame.contentWindow, style.textContent),
  );
  copyAttributes(parsed.body, page.body);
  page.body.replaceChildren(...[...parsed.body.childNodes].map((child) => copy(child, page)).filter(Boolean));
  if (page.scrollingElement) page.scrollingElement.scrollTop = scroll;
}

function sheetOf(view, text) {
  const sheet = new view.CSSStyleSheet();
  sheet.replaceSync(text);
  return sheet;
}

function copy(node, page) {
  if (node.nodeType === Node.TEXT_NODE)
    return page.createTextNode(node.data.replaceAll(" data-mail-style=", " style="));
  if (node.nodeType !== Node.ELEMENT_NODE || DROPPED.has(node.nodeName)) return null;
  const made = page.createElement(node.localName);
  copyAttributes(node, made);
  made.append(...[...node.childNodes].map((child) => copy(child, page)).filter(Boolean));
  return made;
}

function copyAttributes(from, to) {
  for (const { name, value } of from.attributes) {
    if (name === "data-mail-style") to.style.cssText = value;
    else if (name.startsWith("on") || name === "srcset") continue;
    // Links of a preview lead nowhere.
    else if (name === "href") continue;
    else if (name === "src") {
      if (/^data:image\//i.test(value)) to.setAttribute(name, value);
    } else to.setAttribute(name, value);
  }
}
