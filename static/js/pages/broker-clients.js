// Who was invited, who came, whose mail did not arrive.

import { h, replace } from "../kit/el.js";
import { query } from "../core/query.js";
import { icon } from "../kit/icons.js";
import { api, transactions } from "../services.js";
import { chips, pager, searchField } from "../kit/pager.js";
import { patch } from "../kit/patch.js";
import { router } from "../core/router.js";
import { avatar, empty, fillLater, pageHead, unproved } from "../kit/ui.js";
import { select } from "../kit/form.js";
import { KINDS } from "../views/transactions/transaction-form.js";
import { accessLinkButton } from "../views/accounts/access-link.js";
import { invitationRow } from "../views/invitations/invitation-row.js";
import { t } from "../text/words.js";

const STATES = ["pending", "accepted", "expired", "cancelled"];
const PAGE = 50;

export default function brokerClientsPage({ query: sought, memory, signal }) {
  const body = h("div");
  const views = {
    invitations: () => invitationsView({ sought, memory, signal }),
    clients: () => clientsView(sought, signal),
  };
  const tabs = h("div.segments", { role: "group", "aria-label": t("clients.view") });
  let shown = null;
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
          t(`clients.${key}`),
        ),
      ),
    );
    replace(body, views[name]());
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
      h("div.list-tools", tabs),
      body,
    ),
  };
}

function invitationsView({ sought, memory, signal }) {
  const one = (name, values) => (values.includes(sought.get(name)) ? sought.get(name) : "");
  const filter = { state: one("state", STATES), project_type: one("project_type", KINDS), q: sought.get("q") ?? "" };
  const refine = (change) => {
    router.refine(Object.assign(filter, change));
    list.restart();
  };
  const states = chips({
    label: t("filter.state"),
    test: "state-filter",
    value: filter.state,
    options: [["", t("filter.all_f")], ...STATES.map((state) => [state, t(`invitations.${state}`)])],
    onchange: (state) => refine({ state }),
  });
  const list = pager({
    signal,
    memory,
    load: async (before, abort) => {
      const page = await api.get(`/client-invitations${query({ ...filter, before, limit: PAGE })}`, { signal: abort });
      states.show(page.counts);
      return { items: page.invitations, next: page.next };
    },
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
    options: [["", t("filter.every_kind")], ...KINDS.map((kind) => [kind, t(`transaction_kind.${kind}`)])],
    "data-test": "kind-filter",
  });
  kinds.node.querySelector("label").classList.add("visually-hidden");
  kinds.control.addEventListener("change", () => refine({ project_type: kinds.value }));

  // The mail of an invitation leaves a moment later: look again while one is on its way.
  const watch = setInterval(() => {
    if (document.visibilityState === "visible" && list.node.querySelector("[data-mail=queued]")) list.refresh();
  }, 4_000);
  signal.addEventListener("abort", () => clearInterval(watch));
  list.start();
  return [
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
    list.node,
  ];
}

function nothing({ state, project_type: kind, q }) {
  if (state || kind || q) return empty({ title: t("filter.none_title"), text: t("filter.none") });
  return empty({
    title: t("invitations.empty_title"),
    text: t("invitations.empty"),
    action: h("a.button", { href: "/broker/invite" }, icon("invite"), t("nav.invite")),
  });
}

function clientsView(sought, signal) {
  const node = h("div");
  let q = sought.get("q") ?? "";
  let asked = new AbortController();
  let shown = { clients: [], has_more: false };
  const ask = () => {
    // The last answer wins.
    asked.abort();
    asked = new AbortController();
    return api.get(`/clients${query({ q })}`, { signal: AbortSignal.any([signal, asked.signal]) });
  };
  const draw = ({ clients, has_more: hasMore }) => {
    if (clients.length === 0 && q) return empty({ title: t("filter.none_title"), text: t("filter.none") });
    if (clients.length === 0)
      return empty({
        title: t("clients.empty_title"),
        text: t("clients.empty"),
        action: h("a.button", { href: "/broker/invite" }, t("nav.invite")),
      });
    return [
      h("ul.rows", clients.map(clientRow)),
      hasMore && h("p.soft.more", { role: "status", "data-test": "clients-more" }, t("clients.more")),
    ];
  };
  const load = () => fillLater(node, ask, (answer) => draw((shown = answer)));
  load();
  // Where they stand is where one looks for them: nobody moves because of a name.
  transactions.on(
    "renamed",
    ({ account, name }) => {
      if (!shown.clients.some((client) => client.account_id === account && client.name !== name)) return;
      shown = {
        ...shown,
        clients: shown.clients.map((client) => (client.account_id === account ? { ...client, name } : client)),
      };
      patch(node, draw(shown));
    },
    { signal },
  );
  const seek = (text) => {
    q = text;
    router.refine({ view: "clients", q });
    load();
  };
  return [
    h("div.list-tools", searchField({ label: t("clients.search"), test: "client-search", value: q, onchange: seek })),
    node,
  ];
}

function clientRow(client) {
  return h(
    "li.person-row",
    { key: client.account_id, "data-test": "client-row" },
    avatar(client.name, "client"),
    h(
      "div.grow",
      h("h2", { dir: "auto" }, client.name),
      unproved(client),
      h(
        "p.row-meta",
        client.email ? h("a", { href: `mailto:${client.email}` }, client.email) : h("span", t("clients.no_contact")),
        client.phone && h("a", { href: `tel:${client.phone.replace(/[^+\d]/g, "")}` }, client.phone),
      ),
      h(
        "p.row-meta",
        client.transactions.map(({ id, title }) => h("a", { href: `/broker/transactions/${id}`, dir: "auto" }, title)),
      ),
    ),
    client.can_send_access_link &&
      accessLinkButton({ path: `/clients/${client.account_id}/access-link`, name: client.name, email: client.email }),
    h(
      "a.button.button-plain.button-small",
      { href: `/broker/invite?client=${client.account_id}`, "data-test": "client-invite" },
      t("invite.submit_short"),
    ),
  );
}
