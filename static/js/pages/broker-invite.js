// Inviting a client: the form, and beside it the preview of the mail.

import { h, replace } from "../kit/el.js";
import { icon } from "../kit/icons.js";
import { api, session, transactions } from "../services.js";
import { choices, differences, field, form, select, textArea } from "../kit/form.js";
import { errorText } from "../text/errors.js";
import { mailFrame } from "../kit/mail-frame.js";
import { searchField } from "../kit/pager.js";
import { router } from "../core/router.js";
import { newId } from "../core/tabs.js";
import { pageHead, toast } from "../kit/ui.js";
import { accessFields } from "../views/participants/participants.js";
import { language, t, valuesOf } from "../text/words.js";
import { LANGUAGES } from "../core/language.js";

const PREVIEW_DELAY_MS = 400;

export default async function brokerInvitePage({ query: sought, signal }) {
  const editing = Number(sought.get("edit")) || null;
  const [invitation, listed] = await Promise.all([
    editing
      ? api.get(`/client-invitations/${editing}`, { signal }).then((answer) => answer.invitation)
      : fromRecord(sought.get("client"), signal),
    transactions.page({ signal }),
  ]);
  const wanted = invitation.transaction_id ?? (Number(sought.get("transaction")) || null);
  const inputs = buildInputs(invitation, await withWanted(listed.items, wanted, signal), wanted);
  const record = editing ? null : (invitation.client_id ?? null);
  const title = t(editing ? "invite.edit_title" : "invite.title");
  const button = h(
    "button.button",
    { type: "submit", "data-test": "invite-submit" },
    icon("mail"),
    t(editing ? "invite.save" : "invite.submit"),
  );
  const preview = mailPreview(signal);
  const enableWhenDue = () => preview.ask(read(inputs));

  inputs.transaction_id = searchable(inputs.transaction_id, listed.next, signal);
  const first = h("div");
  const made = form({
    fields: Object.values(inputs).filter((input) => input.control),
    draft: `invite:${editing ?? (record ? `client:${record}` : "new")}`,
    button,
    test: "invite-form",
    content: [first, formContent(inputs, button, editing)],
    submit: async (key) => {
      const fields = read(inputs);
      replace(first);
      try {
        if (editing) await save(invitation, fields);
        else await api.post("/client-invitations", { ...fields, client_id: record }, { key });
      } catch (error) {
        if (error.code === "invitation_pending" && error.invitationId) replace(first, underWay(error.invitationId));
        throw error;
      }
      const moved = editing && invitation.email !== fields.email;
      toast(t(moved ? "invite.saved_unsent" : editing ? "invite.saved" : "invite.sent", { name: fields.first_name }));
      router.go("/broker/clients");
    },
  });
  made.node.addEventListener("input", enableWhenDue);
  made.node.addEventListener("change", enableWhenDue);
  preview.ask(read(inputs), 0);

  return {
    title,
    content: h(
      "div",
      pageHead(title, t(editing ? "invite.edit_lead" : "invite.lead")),
      h("div.invite", h("div.card", made.node), preview.node),
    ),
  };
}

// Only changes are sent: changes from another device in the meantime stay.
async function save(invitation, fields) {
  const { access, ...rest } = fields;
  const changed = differences(invitation, rest);
  const flags = differences(invitation.access, access);
  if (Object.keys(flags).length > 0) changed.access = flags;
  if (Object.keys(changed).length > 0) await api.patch(`/client-invitations/${invitation.id}`, changed);
}

// The client is already invited: the actions of that invitation, here.
function underWay(id) {
  const refused = h("p.field-error", { role: "status", "data-test": "first-refused" });
  const keys = { resend: newId(), extend: null };
  const act = (verb, done) =>
    h(
      "button.button.button-plain.button-small",
      {
        type: "button",
        "data-test": `first-${verb}`,
        onclick: async () => {
          replace(refused);
          try {
            await api.post(`/client-invitations/${id}/${verb}`, undefined, { key: keys[verb] });
            toast(t(done));
            router.go("/broker/clients");
          } catch (error) {
            replace(refused, errorText(error));
          }
        },
      },
      t(`invite.first_${verb}`),
    );
  return h(
    "div.row.row-wrap.push-below",
    { "data-test": "invitation-first" },
    h(
      "a.button.button-plain.button-small",
      { href: `/broker/invite?edit=${id}`, "data-test": "first-open" },
      t("invite.first_open"),
    ),
    act("resend", "invitation.resent"),
    act("extend", "invitation.extended"),
    refused,
  );
}

// The form is prefilled for a known client.
async function fromRecord(id, signal) {
  if (!id) return {};
  /** @type {import("../api-types.js").ClientAnswer} */
  const { client } = await api.get(`/clients/${id}`, { signal });
  const { first_name, last_name, email, phone, language: spoken } = client;
  return { client_id: client.id, first_name, last_name, email, phone, language: spoken };
}

// When there are more transactions than one page, they are searched; the chosen one stays chosen.
function searchable(input, hasMore, signal) {
  if (!hasMore) return input;
  const { control } = input;
  const status = h("span.visually-hidden", { role: "status" });
  const look = async (q) => {
    const page = await transactions.page({ q, signal }).catch(() => null);
    if (!page) return;
    const [none, ...others] = [...control.options];
    const chosen = others.filter((option) => option.selected);
    const found = page.items
      .filter((transaction) => isOpen(transaction) && isMine(transaction))
      .filter(({ id }) => !chosen.some((option) => option.value === String(id)));
    control.replaceChildren(none, ...chosen, ...found.map(({ id, title }) => h("option", { value: id }, title)));
    replace(status, t("invite.transactions_found", { count: found.length }));
  };
  input.node.insertBefore(
    searchField({ label: t("transactions.search"), test: "invite-transaction-search", onchange: look }),
    control,
  );
  input.node.append(status);
  return input;
}

function isOpen({ status }) {
  return status !== "cancelled";
}

// A broker can be a client in a transaction; they invite nobody to it.
function isMine({ participants }) {
  return participants.some(({ account_id: id, role }) => id === session.account.id && role === "broker");
}

// The list keeps the transaction of the invitation, however old or cancelled: saving must not remove it.
async function withWanted(list, wanted, signal) {
  const open = list.filter((transaction) => (isOpen(transaction) && isMine(transaction)) || transaction.id === wanted);
  if (!wanted || open.some((transaction) => transaction.id === wanted)) return open;
  const missing = await transactions.load(wanted, { signal }).catch(() => null);
  return missing ? [...open, missing] : open;
}

function buildInputs(invitation, open, chosen) {
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
    access: accessFields(invitation.access),
  };
}

function formContent(inputs, button, editing) {
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

function read(inputs) {
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

// The preview of the mail, updated after each pause in typing. The last answer wins.
function mailPreview(signal) {
  const subject = h("strong", { dir: "auto" }, t("invite.preview_wait"));
  const to = h("span");
  const frame = mailFrame(t("invite.preview"));
  const trouble = h("p.small.faint", { role: "status" });
  let timer = null;
  let asked = new AbortController();
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    asked.abort();
  });

  const load = async (fields) => {
    asked.abort();
    asked = new AbortController();
    try {
      const mail = await api.post("/client-invitations/preview", onlyFilled(fields), { signal: asked.signal });
      replace(subject, mail.subject);
      frame.show(mail.html);
      replace(trouble);
    } catch (error) {
      if (error.name !== "AbortError") replace(trouble, t("invite.preview_failed"));
    }
  };
  return {
    node: h(
      "section.invite-preview",
      { "aria-label": t("invite.preview") },
      h("h2", t("invite.preview")),
      h("div.mail", h("div.mail-head", to, subject), frame.node),
      trouble,
    ),
    ask(fields, delay = PREVIEW_DELAY_MS) {
      replace(to, t("invite.preview_to", { email: fields.email || "…" }));
      clearTimeout(timer);
      timer = setTimeout(() => load(fields), delay);
    },
  };
}

function onlyFilled(fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== "" && value !== null));
}
