// One client of a broker: how far they have come, how they are reached, and what can be done.

import { confirmDialog } from "../../kit/dialog.js";
import { h } from "../../kit/el.js";
import { icon } from "../../kit/icons.js";
import { rowMenu } from "../../kit/menu.js";
import { avatar, toast, unproved } from "../../kit/ui.js";
import { api } from "../../services.js";
import { brief, longDate } from "../../text/dates.js";
import { errorText } from "../../text/errors.js";
import { t } from "../../text/words.js";
import { accessLinkRefusal, sendAccessLink } from "../accounts/access-link.js";
import { clientDialog } from "./client-form.js";

const TONES = { not_invited: "", invited: ".badge-brass", active: ".badge-green", inactive: "" };

/**
 * @param {import("../../api-types.js").Client} client
 * @param {{ onchange: () => void }} options
 */
export function clientRow(client, { onchange }) {
  const { id, state, name } = client;
  return h(
    "li.person-row",
    { key: id, "data-test": "client-row", "data-id": id, "data-state": state },
    avatar(name, "client"),
    h(
      "div.grow",
      h("h2", { dir: "auto" }, name),
      unproved(client),
      h("p.row-meta", contact(client)),
      h(
        "p.row-meta",
        client.transactions.map((one) => h("a", { href: `/broker/transactions/${one.id}`, dir: "auto" }, one.title)),
      ),
      client.can_send_access_link && accessLinkRefusal(accessLinkPath(client)),
    ),
    h(
      "div.row-side",
      h("div.state", h(`span.badge${TONES[state]}`, t(`client_state.${state}`)), h("span.tiny.faint", when(client))),
      h(
        "div.row.row-2.row-actions",
        !client.archived_at && client.state !== "inactive" && inviteLink(client),
        menu(client, onchange),
      ),
    ),
  );
}

const accessLinkPath = ({ id }) => `/clients/${id}/access-link`;

function contact(client) {
  const { email, phone, company, city } = client;
  return [
    company && h("span", { dir: "auto" }, company),
    city && h("span", { dir: "auto" }, city),
    email && h("a", { href: `mailto:${email}` }, email),
    phone && h("a", { href: `tel:${phone.replace(/[^+\d]/g, "")}` }, phone),
    !email && client.account_id && h("span", t("clients.no_contact")),
  ];
}

function when(client) {
  if (client.archived_at) return t("clients.archived_on", { date: brief(client.archived_at) });
  if (client.state === "inactive") return t("clients.inactive_since", { date: brief(client.inactive_at) });
  if (client.state === "invited") return t("clients.valid_until", { date: longDate(client.invitation.expires_at) });
  if (client.last_login_at) return t("clients.last_login", { date: brief(client.last_login_at) });
  if (client.invited_at) return t("clients.invited_on", { date: brief(client.invited_at) });
  return t("clients.added_on", { date: brief(client.created_at) });
}

function inviteLink({ id, invitation }) {
  const href = invitation ? `/broker/invite?edit=${invitation.id}` : `/broker/invite?client=${id}`;
  const text = t(invitation ? "clients.open_invitation" : "invite.submit_short");
  return h("a.button.button-plain.button-small", { href, "data-test": "client-invite" }, text);
}

function menu(client, onchange) {
  const shelf = client.archived_at ? "restore" : "archive";
  const access = client.state === "inactive" ? "reactivate" : client.state === "active" && "deactivate";
  const act = (verb) => async () => {
    if (verb === "deactivate" && !(await isSure(client))) return;
    try {
      await api.post(`/clients/${client.id}/${verb}`);
      toast(t(`clients.${verb}_done`, { name: client.name }));
    } catch (error) {
      toast(errorText(error));
    }
    onchange();
  };
  const item = (sign, text, test, onclick) =>
    h("button.menu-item", { type: "button", "data-test": test, onclick }, icon(sign), text);
  return rowMenu({
    label: t("clients.actions", { name: client.name }),
    test: "client-actions",
    items: [
      item("edit", t("action.edit"), "client-edit", () => clientDialog(client, onchange)),
      client.can_send_access_link &&
        item("mail", t("access_link.send"), "access-link", () =>
          sendAccessLink({ path: accessLinkPath(client), name: client.name, email: client.email }),
        ),
      access &&
        item(access === "deactivate" ? "lock" : "again", t(`clients.${access}`), `client-${access}`, act(access)),
      item(shelf === "archive" ? "documents" : "again", t(`clients.${shelf}`), `client-${shelf}`, act(shelf)),
    ],
  });
}

function isSure({ name, transactions }) {
  const count = transactions.length;
  return confirmDialog({
    title: t("clients.deactivate_title", { name }),
    text: count > 0 ? t("clients.deactivate_text", { count }) : t("clients.deactivate_none"),
    action: t("clients.deactivate"),
    danger: true,
    test: "client-deactivate-dialog",
  });
}
