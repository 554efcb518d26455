// Invitations with the state of their mails, and the broker's records of clients.

import { live } from "../core/live.js";
import { router } from "../core/router.js";
import { h, replace } from "../kit/el.js";
import { select } from "../kit/form.js";
import { icon } from "../kit/icons.js";
import { chips, listView, searchField } from "../kit/pager.js";
import { patch } from "../kit/patch.js";
import { empty, pageHead } from "../kit/ui.js";
import { api } from "../services.js";
import { Invitations } from "../stores/invitations.js";
import { t, valuesOf } from "../text/words.js";
import { clientsView } from "../views/clients/clients-view.js";
import { invitationRow } from "../views/invitations/invitation-row.js";

export default function brokerClientsPage({ query: sought, memory, signal }) {
  const body = h("div");
  const actions = h("div.row.row-2.row-wrap");
  const views = { invitations: invitationsView, clients: clientsView };
  const tabs = h("div.segments", { role: "group", "aria-label": t("clients.view") });
  let shown = null;
  let own = new AbortController();
  const show = (name) => {
    shown = name;
    patch(
      tabs,
      Object.keys(views).map((key) =>
        h(
          "button.segment",
          {
            key,
            type: "button",
            "aria-pressed": String(key === name),
            "data-test": `view-${key}`,
            onclick: () => turn(key),
          },
          t(`clients.views.${key}`),
        ),
      ),
    );
    // The other view stops listening.
    own.abort();
    own = new AbortController();
    const view = views[name]({ sought, memory, signal: AbortSignal.any([signal, own.signal]) });
    replace(actions, view.actions);
    replace(body, view.content);
  };
  const turn = (name) => {
    if (name === shown) return;
    router.refine({ view: name === "clients" ? name : "" });
    sought = new URLSearchParams();
    memory.list = undefined;
    show(name);
  };
  show(sought.get("view") === "clients" ? "clients" : "invitations");
  return {
    title: t("clients.title"),
    content: h(
      "div",
      pageHead(
        t("clients.title"),
        t("clients.lead"),
        h("a.button", { href: "/broker/invite", "data-test": "open-invite" }, icon("invite"), t("nav.invite")),
      ),
      h("div.list-tools", tabs, actions),
      body,
    ),
  };
}

function invitationsView({ sought, memory, signal }) {
  const one = (name, values) => (values.includes(sought.get(name)) ? sought.get(name) : "");
  const filter = {
    state: one("state", valuesOf("invitation_state")),
    project_type: one("project_type", valuesOf("transaction_kind")),
    q: sought.get("q") ?? "",
  };
  const refine = (change) => {
    router.refine(Object.assign(filter, change));
    list.restart();
  };
  const states = chips({
    label: t("filter.state"),
    test: "state-filter",
    value: filter.state,
    options: [
      ["", t("filter.all_f")],
      ...valuesOf("invitation_state").map((state) => [state, t(`invitations.${state}`)]),
    ],
    onchange: (state) => refine({ state }),
  });
  const list = new Invitations({ api, live, signal }).list({ filter, memory, signal });
  const showCounts = () => list.page && states.show(list.page.counts);
  list.on("change", showCounts, { signal });
  list.on("settled", showCounts, { signal });
  const node = listView({
    list,
    signal,
    draw: (items) =>
      items.length === 0
        ? nothing(filter)
        : h(
            "ul.rows",
            items.map((invitation) => invitationRow(invitation, { onchange: () => list.refresh() })),
          ),
  });
  const kinds = select({
    name: "project_type",
    value: filter.project_type,
    label: t("filter.project_type"),
    options: [
      ["", t("filter.every_kind")],
      ...valuesOf("transaction_kind").map((kind) => [kind, t(`transaction_kind.${kind}`)]),
    ],
    "data-test": "kind-filter",
  });
  kinds.node.querySelector("label").classList.add("visually-hidden");
  kinds.control.addEventListener("change", () => refine({ project_type: kinds.value }));
  return {
    actions: [],
    content: [
      h(
        "div.list-tools",
        states.node,
        h(
          "div.row.row-wrap.tools-right",
          kinds.node,
          searchField({
            label: t("invitations.search"),
            test: "invitation-search",
            value: filter.q,
            onchange: (q) => refine({ q }),
          }),
        ),
      ),
      node,
    ],
  };
}

function nothing({ state, project_type: kind, q }) {
  if (state || kind || q) return empty({ title: t("filter.none_title"), text: t("filter.none") });
  return empty({
    title: t("invitations.empty_title"),
    text: t("invitations.empty"),
    action: h("a.button", { href: "/broker/invite" }, icon("invite"), t("nav.invite")),
  });
}
