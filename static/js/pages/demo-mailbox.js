// Demo mode: shows all mails that would have been sent.

import { h, replace } from "../kit/el.js";
import { patch } from "../kit/patch.js";
import { live } from "../core/live.js";
import { api, session } from "../services.js";
import { Mails } from "../stores/mails.js";
import { brief } from "../text/dates.js";
import { empty, pageHead, wordmark } from "../kit/ui.js";
import { errorNotice } from "../kit/form.js";
import { linkify } from "../text/linkify.js";
import { homeOf } from "../routes.js";
import { t } from "../text/words.js";

const REFRESH_MS = 3_000;
const SANDBOX = "allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation";

export default function demoMailboxPage({ signal }) {
  const node = h("ul.rows.mailbox-list");
  const view = h("section.mailbox-view", { "aria-label": t("mailbox.mail"), "aria-live": "polite" });
  const trouble = h("div");
  const list = new Mails({ api, live, signal }).list({ signal });
  const state = { open: null, drawn: "" };

  const draw = () => {
    const { items } = list;
    const signature = JSON.stringify([items, state.open]);
    if (signature === state.drawn) return;
    state.drawn = signature;
    node.hidden = items.length === 0;
    patch(
      node,
      items.map((mail) => mailRow(mail, state.open, open)),
    );
    if (items.length === 0) patch(view, empty({ title: t("mailbox.empty_title"), text: t("mailbox.empty") }));
    else if (state.open === null) patch(view, empty({ title: t("mailbox.choose_title"), text: t("mailbox.choose") }));
  };
  const open = async (id) => {
    state.open = id;
    draw();
    try {
      const { mail } = await api.get(`/demo/mails/${id}`, { signal });
      if (state.open !== id) return;
      replace(view, mailView(mail));
      // On a narrow screen the mail stands below the list.
      view.scrollIntoView({ block: "nearest" });
    } catch (error) {
      if (error.name !== "AbortError") replace(view, errorNotice(error));
    }
  };

  list.on("change", draw, { signal });
  list.on("refreshed", (error) => replace(trouble, error && errorNotice(error)), { signal });
  list.refresh();
  // The mailbox of demo mode sends no frame when a mail comes.
  const timer = setInterval(
    () => document.visibilityState === "visible" && live.emit("changed", { topic: "mail" }),
    REFRESH_MS,
  );
  signal.addEventListener("abort", () => clearInterval(timer));

  const content = h("div", pageHead(t("mailbox.title"), t("mailbox.lead")), trouble, h("div.mailbox", node, view));
  const title = t("mailbox.title");
  if (session.account) return { title, content };
  // Nobody is signed in: the page without navigation, with a sign-in link.
  return {
    title,
    layout: "gate",
    content: h(
      "div.shell",
      h("header.topbar", h("div.topbar-inner", wordmark(), h("a.push", { href: homeOf(null) }, t("action.sign_in")))),
      h("main.page", { id: "main" }, content),
    ),
  };
}

/**
 * @param {import("../api-types.js").DemoMailSummary} mail
 * @param {number | null} openId
 * @param {(id: number) => void} open
 */
function mailRow(mail, openId, open) {
  return h(
    "li",
    { key: mail.id, "data-test": "mailbox-row", "data-mail": mail.id, "data-to": mail.to },
    h(
      "button.mailbox-item",
      {
        type: "button",
        "data-test": "mailbox-open",
        "aria-current": String(mail.id === openId),
        onclick: () => open(mail.id),
      },
      h("span.subject", { dir: "auto" }, mail.subject),
      h("span.meta", h("span.clip", mail.to), h("time", { datetime: mail.sent_at }, brief(mail.sent_at))),
    ),
  );
}

function mailView(mail) {
  const body = h("div");
  const views = {
    html: () =>
      h("iframe", {
        src: `/demo/mails/${mail.id}/html`,
        sandbox: SANDBOX,
        title: mail.subject,
        "data-test": "mailbox-frame",
      }),
    text: () => h("pre.mail-text", { "data-test": "mailbox-text", dir: "auto" }, textWithLinks(mail.text)),
  };
  const tabs = h("div.segments", { role: "group", "aria-label": t("mailbox.view") });
  const show = (name) => {
    patch(
      tabs,
      Object.keys(views).map((key) =>
        h(
          "button.segment",
          {
            key,
            type: "button",
            "aria-pressed": String(key === name),
            "data-test": `mailbox-${key}-tab`,
            onclick: () => show(key),
          },
          t(`mailbox.${key}`),
        ),
      ),
    );
    replace(body, views[name]());
  };
  show("html");
  return h(
    "div.stack.stack-3",
    h("div.mail-tools", tabs),
    h(
      "div.mail",
      h("div.mail-head", h("span", t("mailbox.to", { email: mail.to })), h("strong", { dir: "auto" }, mail.subject)),
      body,
    ),
  );
}

// Links in the text part work too; links of this server stay in the page.
function textWithLinks(text) {
  return linkify(text).map(({ text: words, href }) => {
    if (!href) return words;
    const isElsewhere = href.startsWith("http") && !href.startsWith(`${location.origin}/`);
    return h("a", { href, dir: "ltr", rel: "noopener noreferrer", target: isElsewhere ? "_blank" : null }, words);
  });
}
