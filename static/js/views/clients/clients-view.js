// The broker's clients: a list with filters, a form for a new one, and tables of spreadsheets.

import { live } from "../../core/live.js";
import { router } from "../../core/router.js";
import { h } from "../../kit/el.js";
import { icon } from "../../kit/icons.js";
import { chips, listView, searchField } from "../../kit/pager.js";
import { empty, toast } from "../../kit/ui.js";
import { api } from "../../services.js";
import { Clients, exportPath } from "../../stores/clients.js";
import { t, valuesOf } from "../../text/words.js";
import { clientDialog } from "./client-form.js";
import { importDialog } from "./client-import.js";
import { clientRow } from "./client-row.js";

export function clientsView({ sought, memory, signal }) {
  const states = [...valuesOf("client_state"), "archived"];
  const filter = {
    state: states.includes(sought.get("state")) ? sought.get("state") : "",
    q: sought.get("q") ?? "",
  };
  const refine = (change) => {
    router.refine({ view: "clients", ...Object.assign(filter, change) });
    exportLink.setAttribute("href", exportPath(filter));
    list.restart();
  };
  const list = new Clients({ api, live, signal }).list({ filter, memory, signal });
  const onchange = () => list.refresh();
  const create = () =>
    clientDialog({}, (client) => {
      toast(t("clients.made", { name: client.name }));
      onchange();
    });
  const newButton = (test, size = "") =>
    h(
      `button.button.button-plain${size}`,
      { type: "button", "data-test": test, onclick: create },
      icon("plus"),
      t("clients.new"),
    );
  // The table holds what the list shows.
  const exportLink = h(
    "a.button.button-ghost.button-small",
    { download: "", href: exportPath(filter), "data-test": "client-export" },
    t("clients.export"),
  );
  const tools = chips({
    label: t("filter.state"),
    test: "client-state-filter",
    value: filter.state,
    options: [["", t("filter.all")], ...states.map((state) => [state, t(`clients.states.${state}`)])],
    onchange: (state) => refine({ state }),
  });
  const showCounts = () => list.page && tools.show(list.page.counts);
  list.on("change", showCounts, { signal });
  list.on("settled", showCounts, { signal });
  const draw = (clients) => {
    if (clients.length > 0)
      return h(
        "ul.rows",
        clients.map((client) => clientRow(client, { onchange })),
      );
    if (filter.state || filter.q) return empty({ title: t("filter.none_title"), text: t("filter.none") });
    return empty({ title: t("clients.empty_title"), text: t("clients.empty"), action: newButton("client-first") });
  };
  return {
    actions: [
      newButton("client-new", ".button-small"),
      h(
        "button.button.button-ghost.button-small",
        { type: "button", "data-test": "client-import", onclick: () => importDialog(onchange) },
        t("clients.import_open"),
      ),
      exportLink,
    ],
    content: [
      h(
        "div.list-tools",
        tools.node,
        searchField({
          label: t("clients.search"),
          test: "client-search",
          value: filter.q,
          onchange: (q) => refine({ q }),
        }),
      ),
      listView({ list, signal, draw }),
    ],
  };
}
