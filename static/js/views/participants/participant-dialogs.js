// The dialogs about one participant of a transaction: a new one, their access, their removal.

import { h } from "../../kit/el.js";
import { differences, field, form, select } from "../../kit/form.js";
import { api, session, transactions } from "../../services.js";
import { confirmDialog, dialogFoot, openDialog } from "../../kit/dialog.js";
import { errorText } from "../../text/errors.js";
import { toast } from "../../kit/ui.js";
import { query } from "../../core/query.js";
import { searchField } from "../../kit/pager.js";
import { accessFields, grantable } from "./access-fields.js";
import { t } from "../../text/words.js";

// The current name.
function nameOf(person, transaction) {
  return (
    transactions.get(transaction.id)?.participants.find(({ account_id: id }) => id === person.account_id)?.name ??
    person.name
  );
}

export function accessDialog(person, transaction) {
  openDialog({
    title: () => nameOf(person, transaction),
    test: "participant-access-dialog",
    body: (close) => {
      const access = accessFields({ wanted: person.access, held: person.access, mayGive: grantable(transaction) });
      const button = h("button.button", { type: "submit", "data-test": "access-submit" }, t("action.save"));
      return form({
        fields: [],
        button,
        content: [access.node, dialogFoot(close, button)],
        submit: async () => {
          const changed = differences(person.access, access.value);
          if (Object.keys(changed).length > 0) {
            await api.patch(`/transactions/${transaction.id}/participants/${person.account_id}`, { access: changed });
            await transactions.load(transaction.id);
          }
          close();
        },
      }).node;
    },
  });
}

export async function removeDialog(person, transaction) {
  const isMe = person.account_id === session.account.id;
  const sure = await confirmDialog({
    title: () => t("participants.remove", { name: nameOf(person, transaction) }),
    text: () => t(isMe ? "participants.leave_text" : "participants.remove_text", { name: nameOf(person, transaction) }),
    action: t("action.remove"),
    danger: true,
    test: "participant-remove-dialog",
  });
  if (!sure) return;
  try {
    await api.delete(`/transactions/${transaction.id}/participants/${person.account_id}`);
    if (!isMe) await transactions.load(transaction.id);
  } catch (error) {
    toast(errorText(error));
  }
}

// When there are more clients than one answer holds, they are searched; the chosen one stays chosen.
async function offer({ control }, q, isFree) {
  const found = await api.get(`/clients${query({ q, state: "active" })}`).catch(() => null);
  if (!found) return;
  const [none, ...others] = [...control.options];
  const chosen = others.filter((option) => option.selected);
  const fresh = found.clients.filter(
    (client) => isFree(client) && !chosen.some((option) => option.value === String(client.account_id)),
  );
  control.replaceChildren(
    none,
    ...chosen,
    ...fresh.map((client) => h("option", { value: client.account_id }, client.name)),
  );
}

export async function addDialog(transaction) {
  let clients = [];
  let hasMore = false;
  try {
    ({ clients, has_more: hasMore } = await api.get("/clients?state=active"));
  } catch (error) {
    return toast(errorText(error));
  }
  const inside = new Set(transaction.participants.map((person) => person.account_id));
  const isFree = (client) => client.can_be_added && !inside.has(client.account_id);
  const free = clients.filter(isFree);
  const hasClients = free.length > 0 || hasMore;
  let off;

  openDialog({
    title: t("participants.add_title"),
    test: "participant-dialog",
    onclose: () => off(),
    body: (close) => {
      const who = select({
        name: "account_id",
        label: t("participants.client"),
        options: [["", t("participants.choose")], ...free.map((client) => [client.account_id, client.name])],
        "data-test": "participant-client",
      });
      off = transactions.on("renamed", ({ account, name }) => {
        for (const option of who.control.options) if (option.value === String(account)) option.textContent = name;
      });
      const email = field({
        name: "email",
        label: t(hasClients ? "participants.colleague" : "participants.colleague_only"),
        type: "email",
        optional: hasClients,
        required: !hasClients,
        hint: t("participants.colleague_hint"),
        "data-test": "participant-email",
      });
      const access = accessFields({ mayGive: grantable(transaction) });
      const button = h("button.button", { type: "submit", "data-test": "participant-submit" }, t("action.add"));
      const made = form({
        fields: [who, email],
        button,
        content: [
          hasMore &&
            searchField({
              label: t("clients.search"),
              test: "participant-search",
              onchange: (q) => offer(who, q, isFree),
            }),
          hasClients ? who.node : h("p.soft", t("participants.no_client")),
          email.node,
          access.node,
          h(
            "p.small.faint",
            t("participants.invite_hint"),
            " ",
            h("a", { href: `/broker/invite?transaction=${transaction.id}`, onclick: close }, t("nav.invite")),
          ),
          dialogFoot(close, button),
        ],
        check: () => {
          if (who.value || email.value) return true;
          email.setError(t("participants.who"));
          return false;
        },
        submit: async (key) => {
          const person = who.value ? { account_id: Number(who.value) } : { email: email.value };
          const { participant } = await api.post(
            `/transactions/${transaction.id}/participants`,
            { ...person, access: access.value },
            { key },
          );
          await transactions.load(transaction.id);
          if (participant.pending) toast(t("participants.asked", { name: participant.name }));
          close();
        },
      });
      return made.node;
    },
  });
}
