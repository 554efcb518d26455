// One invitation: its state, the state of its mail, and its actions.

import { bdi, h } from "../../kit/el.js";
import { brief, longDate, time } from "../../text/dates.js";
import { fullName } from "../../text/names.js";
import { icon } from "../../kit/icons.js";
import { api } from "../../services.js";
import { confirmDialog, openDialog } from "../../kit/dialog.js";
import { rowMenu } from "../../kit/menu.js";
import { errorText } from "../../text/errors.js";
import { newId } from "../../core/tabs.js";
import { avatar, toast } from "../../kit/ui.js";
import { t } from "../../text/words.js";

// Why the last action on an invitation was refused: shown in its row until the next action.
const refusals = new Map();

// Idempotency keys of links whose answers have not come.
const linkKeys = new Map();

const TONES = { pending: "brass", accepted: "green", expired: "", cancelled: "" };

/**
 * @param {import("../../api-types.js").Invitation} invitation
 * @param {{ onchange: () => void }} options
 */
export function invitationRow(invitation, { onchange }) {
  const { state, mail } = invitation;
  const tone = TONES[state];
  return h(
    "li.person-row",
    {
      key: invitation.id,
      "data-test": "invitation-row",
      "data-state": state,
      "data-mail": mail.state,
      "data-id": invitation.id,
    },
    avatar(fullName(invitation), "client"),
    h(
      "div.grow",
      h("h2", { dir: "auto" }, fullName(invitation)),
      h(
        "p.row-meta",
        bdi(invitation.email),
        h("span", t(`transaction_kind.${invitation.project_type}`)),
        h("span", when(invitation)),
      ),
      mailTrouble(invitation),
      refusals.has(invitation.id) &&
        h(
          "p.row-alert",
          { role: "status", "data-test": "invitation-refused" },
          icon("alert"),
          h("span", refusals.get(invitation.id)),
        ),
    ),
    h(
      "div.row-side",
      h(
        "div.state",
        h(`span.badge${tone && `.badge-${tone}`}`, t(`invitation_state.${state}`)),
        state === "pending" && h("span.tiny.faint", t(`mail_state.${mail.state}`)),
      ),
      actions(invitation, onchange),
    ),
  );
}

/** @param {import("../../api-types.js").Invitation} invitation */
function when({ state, created_at: created, accepted_at: accepted, cancelled_at: cancelled, expires_at: expires }) {
  if (state === "accepted") return t("invitation.accepted_on", { date: brief(accepted) });
  if (state === "cancelled") return t("invitation.cancelled_on", { date: brief(cancelled) });
  if (state === "expired") return t("invitation.expired_on", { date: longDate(expires) });
  return t("invitation.until", { sent: brief(created), date: longDate(expires) });
}

// The reason stands here, because the broker can correct the address.
/** @param {import("../../api-types.js").Invitation} invitation */
function mailTrouble({ id, state, mail }) {
  if (state === "pending" && mail.state === "none")
    return h("p.row-alert", { "data-test": "mail-unsent" }, icon("alert"), h("span", t("mail.unsent")));
  if (state === "accepted" || state === "cancelled" || (!mail.error && mail.state !== "parked")) return null;
  const text = mail.message ?? t("mail.error.other");
  return h(
    "p.row-alert",
    { "data-test": "mail-error" },
    icon("alert"),
    h(
      "span",
      text,
      mail.attempts > 1 && mail.state === "queued" && ` ${t("mail.attempts", { count: mail.attempts })}`,
      " ",
      state === "pending" && h("a", { href: `/broker/invite?edit=${id}` }, t("mail.mend")),
    ),
  );
}

function actions(invitation, onchange) {
  const { state, id, mail } = invitation;
  if (state === "accepted" || state === "cancelled") return null;
  // Repeated until it is answered, it is one request.
  let key = newId();
  const resend = async () => {
    await api.post(`/client-invitations/${id}/resend`, undefined, { key });
    key = newId();
  };
  const menuItems = [
    resendItem(invitation, () =>
      act(id, resend, mail.state === "none" ? "invitation.sent" : "invitation.resent", onchange),
    ),
    state === "pending" &&
      mail.state !== "none" &&
      item("link", "invitation.copy_link", "invitation-link", () => linkDialog(invitation)),
    state === "pending" &&
      h(
        "a.menu-item",
        { href: `/broker/invite?edit=${id}`, "data-test": "invitation-edit" },
        icon("edit"),
        t("action.edit"),
      ),
    item("trash", "invitation.cancel", "invitation-cancel", () => cancel(invitation, onchange), ".menu-danger"),
  ];
  return rowMenu({
    label: t("invitation.actions", { name: fullName(invitation) }),
    test: "invitation-actions",
    items: menuItems,
    onopen: enableWhenDue,
  });
}

// Soon after its mail an invitation cannot be sent again: the item says when it can, and stays focusable.
function resendItem({ mail, resend_at: from }, onclick) {
  const press = (event) => {
    if (!isTooSoon(event.currentTarget.dataset.from)) return onclick();
    event.stopPropagation();
  };
  const early = isTooSoon(from);
  const text = early
    ? t("invitation.resend_from", { time: time(from) })
    : t(mail.state === "none" ? "invitation.send" : "invitation.resend");
  return h(
    "button.menu-item",
    {
      type: "button",
      "data-test": "invitation-resend",
      "data-from": from,
      "aria-disabled": early && "true",
      onclick: press,
    },
    icon("again"),
    h("span", text),
  );
}

function isTooSoon(from) {
  return Boolean(from) && Date.now() < Date.parse(from);
}

// A disabled item is enabled if its time has come since it was drawn.
function enableWhenDue(menu) {
  const early = menu.querySelector("[aria-disabled]");
  if (!early || isTooSoon(early.dataset.from)) return;
  early.removeAttribute("aria-disabled");
  early.lastChild.textContent = t("invitation.resend");
}

function item(sign, key, test, onclick, look = "") {
  return h(`button.menu-item${look}`, { type: "button", "data-test": test, onclick }, icon(sign), t(key));
}

async function act(id, work, done, onchange) {
  refusals.delete(id);
  try {
    await work();
    toast(t(done));
  } catch (error) {
    if (error.status === 0) toast(errorText(error));
    else refusals.set(id, errorText(error));
  }
  onchange();
}

async function cancel(invitation, onchange) {
  const sure = await confirmDialog({
    title: t("invitation.cancel_title"),
    text: t("invitation.cancel_text", { name: fullName(invitation) }),
    action: t("invitation.cancel"),
    danger: true,
    test: "invitation-cancel-dialog",
  });
  if (sure)
    act(
      invitation.id,
      () => api.post(`/client-invitations/${invitation.id}/cancel`),
      "invitation.cancelled_done",
      onchange,
    );
}

// The link is shown as well as copied: on plain http, and in some browsers, pages cannot use the clipboard.
async function linkDialog(invitation) {
  let link;
  linkKeys.set(invitation.id, linkKeys.get(invitation.id) ?? newId());
  try {
    ({ link } = await api.post(`/client-invitations/${invitation.id}/link`, undefined, {
      key: linkKeys.get(invitation.id),
    }));
    linkKeys.delete(invitation.id);
  } catch (error) {
    return toast(errorText(error));
  }
  const input = h("input.input", {
    type: "text",
    readonly: true,
    value: link,
    "aria-label": t("invitation.link"),
    "data-test": "invitation-link-value",
    onfocus: () => input.select(),
  });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link);
      toast(t("invitation.link_copied"));
    } catch {
      input.focus();
    }
  };
  openDialog({
    title: t("invitation.link"),
    test: "invitation-link-dialog",
    body: (close) => [
      h("div.stack", h("p.soft", t("invitation.link_text", { name: invitation.first_name })), input),
      h(
        "div.dialog-foot",
        h(
          "button.button.button-plain",
          { type: "button", "data-test": "dialog-cancel", onclick: close },
          t("action.close"),
        ),
        h("button.button", { type: "button", "data-test": "copy", onclick: copy }, icon("link"), t("action.copy")),
      ),
    ],
  });
}
