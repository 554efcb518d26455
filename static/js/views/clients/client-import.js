// Clients from a table of a spreadsheet: a file, what would become of its lines, and then all of them or none.

import { h, replace } from "../../kit/el.js";
import { dialogFoot, openDialog } from "../../kit/dialog.js";
import { errorNotice } from "../../kit/form.js";
import { icon } from "../../kit/icons.js";
import { chips } from "../../kit/pager.js";
import { patch } from "../../kit/patch.js";
import { toast } from "../../kit/ui.js";
import { newId } from "../../core/tabs.js";
import { api } from "../../services.js";
import { tableText } from "../../text/tables.js";
import { t } from "../../text/words.js";

// The groups of lines, by what becomes of them.
const GROUPS = {
  wrong: (line) => line.errors.length > 0,
  new: (line) => line.errors.length === 0 && !line.known,
  known: (line) => line.known,
};

export function importDialog(onchange) {
  openDialog({
    title: t("clients.import"),
    test: "client-import-dialog",
    body: (close) => importForm(close, onchange),
  });
}

function importForm(close, onchange) {
  const said = h("p", { role: "status", "data-test": "import-result" });
  const refused = h("div", { role: "alert", "data-test": "import-refused" });
  const shown = h("div");
  const name = h("span.soft", { dir: "auto" });
  const button = h(
    "button.button",
    { type: "button", disabled: true, "data-test": "import-submit" },
    t("clients.import_now"),
  );
  let table = null;
  let key = null;
  let looks = 0;

  const look = async (file) => {
    const number = (looks += 1);
    button.disabled = true;
    replace(name, file.name);
    try {
      const text = tableText(await file.arrayBuffer());
      /** @type {import("../../api-types.js").ClientTablePreview} */
      const seen = await api.post("/clients/import/preview", { table: text });
      // Another file was chosen meanwhile.
      if (number !== looks) return;
      [table, key] = [text, newId()];
      replace(refused);
      replace(said, summary(seen));
      replace(shown, preview(seen));
      button.disabled = seen.wrong > 0 || seen.new === 0;
    } catch (error) {
      if (number !== looks) return;
      for (const part of [said, shown]) replace(part);
      replace(refused, errorNotice(error));
    }
  };
  const take = async () => {
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    replace(refused);
    try {
      const { made } = await api.post("/clients/import", { table }, { key });
      toast(t("clients.imported", { count: made }));
      onchange();
      close();
    } catch (error) {
      replace(refused, errorNotice(error));
    }
    button.removeAttribute("aria-busy");
  };
  button.addEventListener("click", take);
  return [h("div.import", filePicker(name, look), said, refused, shown), dialogFoot(close, button)];
}

function filePicker(name, onchoose) {
  const file = h("input", {
    type: "file",
    accept: ".csv,text/csv",
    "aria-describedby": "import-file-what import-file-hint",
    "data-test": "import-file",
    // The same file may be chosen again after it was corrected.
    onclick: (event) => (event.currentTarget.value = ""),
    onchange: (event) => event.currentTarget.files[0] && onchoose(event.currentTarget.files[0]),
  });
  return h(
    "div.field",
    h("p.field-label", { id: "import-file-what" }, t("clients.import_file")),
    h(
      "div.row.row-wrap",
      h("label.button.button-plain.file-choice", file, icon("documents"), t("clients.import_choose")),
      name,
    ),
    h("p.field-hint", { id: "import-file-hint" }, t("clients.import_hint")),
  );
}

function summary({ new: fresh, known, wrong }) {
  return [
    t("clients.import_new", { count: fresh }),
    known > 0 && t("clients.import_known", { count: known }),
    wrong > 0 && t("clients.import_wrong", { count: wrong }),
  ]
    .filter(Boolean)
    .join(" ");
}

// The lines in the order of the file. Lines to correct are shown first; the others are one press away.
function preview({ lines, ...counts }) {
  const list = h("ul.import-lines");
  const show = (group) => {
    const chosen = group ? lines.filter(GROUPS[group]) : lines;
    patch(list, chosen.map(lineRow));
  };
  const groups = Object.keys(GROUPS).filter((group) => counts[group] > 0);
  const first = counts.wrong > 0 ? "wrong" : "";
  show(first);
  if (groups.length < 2) return list;
  const filter = chips({
    label: t("clients.import_filter"),
    test: "import-filter",
    value: first,
    options: [["", t("filter.all_f")], ...groups.map((group) => [group, t(`clients.import_lines.${group}`)])],
    onchange: show,
  });
  filter.show({ ...counts, "": lines.length });
  return h("div.stack.stack-3", filter.node, list);
}

/** @param {import("../../api-types.js").ClientTableLine} line */
function lineRow({ number, client, known, errors }) {
  return h(
    "li",
    { key: number, "data-test": "import-line", "data-line": number, "data-wrong": errors.length > 0 ? "true" : null },
    h("span.faint", t("clients.import_line", { number })),
    " ",
    h("strong", { dir: "auto" }, `${client.first_name} ${client.last_name}`.trim() || "…"),
    " ",
    h("span.soft", { dir: "auto" }, client.email ?? ""),
    " ",
    known && h("span.badge.badge-bare", t("clients.import_is_known")),
    errors.map((error) => h("p.row-alert", icon("alert"), h("span", errorLine(error)))),
  );
}

/** @param {import("../../api-types.js").ClientTableError} error */
function errorLine({ field, message }) {
  return field === "line" ? message : `${t(`client_field.${field}`)}${t("list.colon")} ${message}`;
}
