// Inviting a client: the form, and beside it the preview of the mail.

import { h, replace } from "../kit/el.js";
import { icon } from "../kit/icons.js";
import { api, transactions } from "../services.js";
import { differences, form } from "../kit/form.js";
import { router } from "../core/router.js";
import { pageHead, toast } from "../kit/ui.js";
import { buildInputs, formContent, read } from "../views/invitations/invitation-form.js";
import { underWay } from "../views/invitations/invitation-first.js";
import { mailPreview } from "../views/invitations/mail-preview.js";
import { searchable, withWanted } from "../views/invitations/transaction-choice.js";
import { grantable } from "../views/participants/access-fields.js";
import { t } from "../text/words.js";

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
  // The accesses that can be given depend on the transaction and on the broker's own part in it.
  const limit = () => {
    const transaction = transactions.get(Number(inputs.transaction_id.value));
    inputs.access.limit(transaction ? grantable(transaction) : {});
    const details = inputs.access.node.closest("details");
    if (details && inputs.access.isLimited) details.open = true;
  };
  inputs.transaction_id.control.addEventListener("change", limit);
  transactions.on("change", limit, { signal });
  limit();
  const refreshPreview = () => preview.ask(read(inputs));

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
  // The draft may have ticked what cannot be given any more.
  limit();
  made.node.addEventListener("input", refreshPreview);
  made.node.addEventListener("change", refreshPreview);
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

// The form is prefilled for a known client.
async function fromRecord(id, signal) {
  if (!id) return {};
  /** @type {import("../api-types.js").ClientAnswer} */
  const { client } = await api.get(`/clients/${id}`, { signal });
  const { first_name, last_name, email, phone, language: spoken } = client;
  return { client_id: client.id, first_name, last_name, email, phone, language: spoken };
}
