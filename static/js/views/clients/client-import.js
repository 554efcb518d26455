// Clients from a table of a spreadsheet: a file, what would become of its lines, and then all of them or none.

import { h, replace } from "../../kit/el.js";
import { dialogFoot, openDialog } from "../../kit/dialog.js";
import { errorNotice } from "../../kit/form.js";
import { icon } from "../../kit/icons.js";
import { toast } from "../../kit/ui.js";
import { newId } from "../../core/tabs.js";
import { api } from "../../services.js";
import { tableText } from "../../text/tables.js";
import { t } from "../../text/words.js";

const SHOWN = 100;

export function importDialog(onchange) {
  openDialog({
    title: t("clients.import"),
    test: "client-import-dialog",
    body: (close) => importForm(close, onchange),
  });
}

function importForm(close, onchange) {
  const result = h("div.stack", { role: "status", "data-test": "import-result" });
  const button = h(
    "button.button",
    { type: "button", disabled: true, "data-test": "import-submit" },
    t("clients.import_now"),
  );
  let table = null;
  let key = newId();

  const look = async (file) => {
    button.disabled = true;
    key = newId();
    try {
      table = tableText(await file.arrayBuffer());
      /** @type {import("../../api-types.js").ClientTablePreview} */
      const seen = await api.post("/clients/import/preview", { table });
      replace(result, summary(seen), lines(seen.lines));
      button.disabled = seen.wrong > 0 || seen.new === 0;
    } catch (error) {
      replace(result, errorNotice(error));
    }
  };
  const take = async () => {
    button.setAttribute("aria-busy", "true");
    try {
      const { made } = await api.post("/clients/import", { table }, { key });
      toast(t("clients.imported", { count: made }));
      onchange();
      close();
    } catch (error) {
      replace(result, errorNotice(error));
    }
    button.removeAttribute("aria-busy");
  };
  button.addEventListener("click", take);
  const file = h("input.input", {
    type: "file",
    accept: ".csv,text/csv",
    id: "client-import-file",
    "data-test": "import-file",
    onchange: (event) => event.target.files[0] && look(event.target.files[0]),
  });
  return [
    h(
      "div.field",
      h("label", { for: "client-import-file" }, t("clients.import_file")),
      file,
      h("p.field-hint", t("clients.import_hint")),
    ),
    result,
    dialogFoot(close, button),
  ];
}

function summary({ new: fresh, known, wrong }) {
  return h(
    "p",
    [
      t("clients.import_new", { count: fresh }),
      known > 0 && t("clients.import_known", { count: known }),
      wrong > 0 && t("clients.import_wrong", { count: wrong }),
    ]
      .filter(Boolean)
      .join(" "),
  );
}

// Lines that have to be mended stand first.
function lines(all) {
  const ordered = [...all.filter((line) => line.errors.length > 0), ...all.filter((line) => line.errors.length === 0)];
  return h(
    "ul.import-lines",
    ordered.slice(0, SHOWN).map((line) =>
      h(
        "li",
        { "data-test": "import-line", "data-wrong": line.errors.length > 0 ? "true" : null },
        h("span.faint", t("clients.import_line", { number: line.number })),
        " ",
        h("strong", { dir: "auto" }, `${line.client.first_name} ${line.client.last_name}`.trim() || "…"),
        " ",
        h("span.soft", { dir: "auto" }, line.client.email ?? ""),
        line.known && h("span.badge.badge-bare", t("clients.import_is_known")),
        line.errors.map((error) =>
          h(
            "p.row-alert",
            icon("alert"),
            h(
              "span",
              error.field === "line"
                ? error.message
                : `${t(`client_field.${error.field}`)}${t("list.colon")} ${error.message}`,
            ),
          ),
        ),
      ),
    ),
    all.length > SHOWN && h("li.faint", t("clients.import_more", { count: all.length - SHOWN })),
  );
}
