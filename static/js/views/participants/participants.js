// The participants, with their access, and those who are here now.

import { bdi, h } from "../../kit/el.js";
import { checkbox, differences, field, form, select } from "../../kit/form.js";
import { icon } from "../../kit/icons.js";
import { api, session, transactions } from "../../services.js";
import { confirmDialog, dialogFoot, openDialog } from "../../kit/dialog.js";
import { errorText } from "../../text/errors.js";
import { avatar, iconButton, presence, toast, unproved } from "../../kit/ui.js";
import { query } from "../../core/query.js";
import { searchField } from "../../kit/pager.js";
import { leaveButton } from "./participation.js";
import { t, valuesOf } from "../../text/words.js";

export function participantsSection({ transaction, room, mayEdit }) {
  return [
    h(
      "header",
      h("h2", t("participants.title")),
      mayEdit &&
        h(
          "button.button.button-ghost.button-small",
          { type: "button", "data-test": "participant-add", onclick: () => addDialog(transaction) },
          icon("plus"),
          t("action.add"),
        ),
    ),
    h(
      "ul",
      transaction.participants.map((person) => participantRow(person, { transaction, room, mayEdit })),
      (transaction.asked ?? []).map((person) => askedRow(person, transaction)),
    ),
    !mayEdit &&
      !room?.removed &&
      transaction.participants.some((person) => person.account_id === session.account.id) &&
      leaveButton(transaction),
  ];
}

// A broker who was asked and has not answered yet: the request can be withdrawn.
function askedRow(person, transaction) {
  return h(
    "li.participant",
    { "data-test": "participant-asked", "data-account": person.account_id },
    avatar(person.name, person.role),
    h("div.grow", h("p.name", person.name), h("p.small.faint", t("participants.pending"))),
    iconButton("trash", t("participants.withdraw", { name: person.name }), {
      "data-test": "participant-withdraw",
      onclick: () => withdraw(person, transaction),
    }),
  );
}

async function withdraw(person, transaction) {
  try {
    await api.delete(`/transactions/${transaction.id}/participants/${person.account_id}`);
    await transactions.load(transaction.id);
  } catch (error) {
    toast(errorText(error));
  }
}

function participantRow(person, { transaction, room, mayEdit }) {
  const isMe = person.account_id === session.account.id;
  const member = room?.members.get(person.account_id);
  return h(
    "li.participant",
    { key: person.account_id, "data-test": "participant-row", "data-account": person.account_id },
    avatar(person.name, person.role),
    h(
      "div.grow",
      h("p.name", bdi(person.name), isMe && h("span.faint", ` (${t("people.you").toLowerCase()})`)),
      h(
        "p.row.row-2.row-wrap",
        h("span.small.faint", t(`role.${person.role}`)),
        unproved(person),
        !isMe && member && presence(member),
      ),
      mayEdit && accessFlags(person.access),
    ),
    // Nobody else may change the participant who opened the transaction.
    mayEdit &&
      (isMe || person.account_id !== transaction.opened_by) &&
      h(
        "div.row.row-0",
        iconButton("edit", t("participants.edit", { name: person.name }), {
          "data-test": "participant-edit",
          onclick: () => accessDialog(person, transaction),
        }),
        iconButton("trash", t("participants.remove", { name: person.name }), {
          "data-test": "participant-remove",
          onclick: () => remove(person, transaction),
        }),
      ),
  );
}

function accessFlags(access) {
  return h(
    "ul.flags",
    { "aria-label": t("participants.access") },
    valuesOf("access").map((name) => {
      const label = t(access[name] ? "participants.access_has" : "participants.access_has_not", {
        what: t(`access.${name}`),
      });
      return h(
        "li.flag",
        { key: name, "data-on": String(access[name]), title: label },
        icon(name),
        h("span.visually-hidden", label),
      );
    }),
  );
}

// The accesses that the participant may give to others: their own, or all where they opened the transaction.
const grantable = ({ opened_by: opener, access }) => (opener === session.account.id ? {} : access);

// The five access checkboxes, also used by the invitation form. An access that cannot be given is shown, and cannot be ticked.
export function accessFields(access = {}, mayGive = {}) {
  const boxes = Object.fromEntries(
    valuesOf("access").map((name) => {
      const isFree = mayGive[name] ?? true;
      const checked = access[name] ?? isFree;
      const box = checkbox({ label: t(`access.${name}`), checked, "data-test": `access-${name}` });
      box.control.disabled = !isFree && !checked;
      return [name, box];
    }),
  );
  return {
    node: h(
      "fieldset.field",
      h("legend", t("participants.access")),
      h(
        "div.access-grid",
        valuesOf("access").map((name) => boxes[name].node),
      ),
    ),
    get value() {
      return Object.fromEntries(valuesOf("access").map((name) => [name, boxes[name].value]));
    },
    onchange(listener) {
      for (const box of Object.values(boxes)) box.control.addEventListener("change", listener);
    },
  };
}

// The current name.
function nameOf(person, transaction) {
  return (
    transactions.get(transaction.id)?.participants.find(({ account_id: id }) => id === person.account_id)?.name ??
    person.name
  );
}

function accessDialog(person, transaction) {
  openDialog({
    title: () => nameOf(person, transaction),
    body: (close) => {
      const access = accessFields(person.access, grantable(transaction));
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

async function remove(person, transaction) {
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

async function addDialog(transaction) {
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
        label: t("participants.colleague"),
        type: "email",
        optional: true,
        hint: t("participants.colleague_hint"),
        "data-test": "participant-email",
      });
      const access = accessFields({}, grantable(transaction));
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
          free.length > 0 || hasMore ? who.node : h("p.soft", t("participants.no_client")),
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
