// The record of a client: one form for a new one and for changes.

import { h } from "../../kit/el.js";
import { differences, field, form, select, textArea } from "../../kit/form.js";
import { dialogFoot, openDialog } from "../../kit/dialog.js";
import { LANGUAGES } from "../../core/language.js";
import { api } from "../../services.js";
import { language, t } from "../../text/words.js";

/**
 * @param {Partial<import("../../api-types.js").Client>} client empty for a new one
 * @param {(client: import("../../api-types.js").Client) => void} onsaved
 */
export function clientDialog(client, onsaved) {
  openDialog({
    title: client.id ? () => client.name : t("clients.new"),
    test: "client-dialog",
    body: (close) => clientForm(client, close, onsaved),
  });
}

function clientForm(client, close, onsaved) {
  const kept = client.kept_by_client ?? [];
  const text = (name, props = {}) =>
    field({
      name,
      label: t(`client_field.${name}`),
      value: client[name] ?? "",
      autocomplete: "off",
      "data-test": `client-${name.replace("_", "-")}`,
      ...(kept.includes(name) ? { readonly: true, hint: t("clients.kept") } : {}),
      ...props,
    });
  const inputs = {
    first_name: text("first_name", { required: true, maxlength: 100 }),
    last_name: text("last_name", { required: true, maxlength: 100 }),
    company: text("company", { optional: true, maxlength: 200 }),
    email: text("email", { optional: true, type: "email", inputmode: "email", autocapitalize: "none" }),
    phone: text("phone", { optional: true, type: "tel" }),
    whatsapp: text("whatsapp", { optional: true, type: "tel" }),
    address: text("address", { optional: true, maxlength: 200 }),
    city: text("city", { optional: true, maxlength: 200 }),
    language: select({
      name: "language",
      label: t("client_field.language"),
      options: LANGUAGES,
      value: client.language ?? language(),
      "data-test": "client-language",
    }),
    notes: textArea({
      name: "notes",
      label: t("client_field.notes"),
      hint: t("clients.notes_hint"),
      optional: true,
      value: client.notes ?? "",
      maxlength: 5000,
      "data-test": "client-notes",
    }),
  };
  const read = () => {
    const fields = Object.entries(inputs).filter(([name]) => !kept.includes(name));
    return Object.fromEntries(fields.map(([name, input]) => [name, input.value || null]));
  };
  const button = h("button.button", { type: "submit", "data-test": "client-submit" }, t("action.save"));
  return form({
    draft: `client:${client.id ?? "new"}`,
    fields: Object.values(inputs),
    button,
    test: "client-form",
    content: [
      h("div.form-pair", inputs.first_name.node, inputs.last_name.node),
      h("div.form-pair", inputs.email.node, inputs.phone.node),
      h("div.form-pair", inputs.company.node, inputs.whatsapp.node),
      h("div.form-pair", inputs.address.node, inputs.city.node),
      inputs.language.node,
      inputs.notes.node,
      dialogFoot(close, button),
    ],
    submit: async (key) => {
      onsaved(await save(client, read(), key));
      close();
    },
  }).node;
}

async function save(client, fields, key) {
  if (!client.id) return (await api.post("/clients", fields, { key })).client;
  // Fields that another device has changed meanwhile stay.
  const changed = differences(client, fields);
  return Object.keys(changed).length > 0 ? (await api.patch(`/clients/${client.id}`, changed)).client : client;
}
