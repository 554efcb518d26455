// The fields of an invitation.

import { h } from "../../kit/el.js";
import { choices, field, select, textArea } from "../../kit/form.js";
import { LANGUAGES } from "../../core/language.js";
import { accessFields } from "../participants/access-fields.js";
import { language, t, valuesOf } from "../../text/words.js";

// `open` are the transactions that can be chosen.
export function buildInputs(invitation, open, chosen) {
  return {
    first_name: field({
      name: "first_name",
      label: t("field.first_name"),
      value: invitation.first_name,
      required: true,
      autocomplete: "off",
      maxlength: 100,
      "data-test": "invite-first-name",
    }),
    last_name: field({
      name: "last_name",
      label: t("field.last_name"),
      value: invitation.last_name,
      required: true,
      autocomplete: "off",
      maxlength: 100,
      "data-test": "invite-last-name",
    }),
    email: field({
      name: "email",
      label: t("field.email"),
      type: "email",
      value: invitation.email,
      required: true,
      autocomplete: "off",
      inputmode: "email",
      autocapitalize: "none",
      "data-test": "invite-email",
    }),
    phone: field({
      name: "phone",
      label: t("field.phone"),
      type: "tel",
      value: invitation.phone,
      optional: true,
      autocomplete: "off",
      "data-test": "invite-phone",
    }),
    project_type: choices({
      name: "project_type",
      label: t("invite.project_type"),
      value: invitation.project_type ?? "purchase",
      options: valuesOf("transaction_kind").map((kind) => [kind, t(`transaction_kind.${kind}`), kind]),
      test: "invite-project-type",
    }),
    transaction_id: select({
      name: "transaction_id",
      label: t("invite.transaction"),
      hint: t("invite.transaction_hint"),
      value: chosen ?? "",
      options: [["", t("invite.no_transaction")], ...open.map((transaction) => [transaction.id, transaction.title])],
      "data-test": "invite-transaction",
    }),
    message: textArea({
      name: "message",
      label: t("invite.message"),
      optional: true,
      hint: t("invite.message_hint"),
      value: invitation.message,
      maxlength: 2000,
      placeholder: t("invite.message_example"),
      "data-test": "invite-message",
    }),
    language: select({
      name: "language",
      label: t("invite.language"),
      options: LANGUAGES,
      value: invitation.language ?? language(),
      "data-test": "invite-language",
    }),
    access: accessFields({ wanted: invitation.access }),
  };
}

export function formContent(inputs, button, editing) {
  return [
    h("div.form-pair", inputs.first_name.node, inputs.last_name.node),
    h("div.form-pair", inputs.email.node, inputs.phone.node),
    inputs.project_type.node,
    inputs.message.node,
    h("div.form-pair", inputs.transaction_id.node, inputs.language.node),
    h("details.disclosure", { open: false }, h("summary", t("participants.access")), inputs.access.node),
    h("div.form-actions", button, editing && h("a.button.button-ghost", { href: "/broker/clients" }, t("action.back"))),
  ];
}

export function read(inputs) {
  return {
    first_name: inputs.first_name.value,
    last_name: inputs.last_name.value,
    email: inputs.email.value,
    phone: inputs.phone.value || null,
    project_type: inputs.project_type.value,
    message: inputs.message.value || null,
    language: inputs.language.value,
    transaction_id: Number(inputs.transaction_id.value) || null,
    access: inputs.access.value,
  };
}
