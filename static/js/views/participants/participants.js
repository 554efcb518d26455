// The participants, with their access, and those who are here now.

import { bdi, h } from "../../kit/el.js";
import { icon } from "../../kit/icons.js";
import { api, session, transactions } from "../../services.js";
import { errorText } from "../../text/errors.js";
import { avatar, iconButton, presence, toast, unproved } from "../../kit/ui.js";
import { accessDialog, addDialog, removeDialog } from "./participant-dialogs.js";
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
          onclick: () => removeDialog(person, transaction),
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
