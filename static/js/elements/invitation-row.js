// One invitation: where it stands, whether its mail left, and what can be done about it.

import { bdi, h } from "../lib/el.js";
import { brief, fullName, longDate } from "../lib/format.js";
import { icon } from "../lib/icons.js";
import { api } from "../lib/services.js";
import { confirmDialog, openDialog } from "../lib/dialog.js";
import { menuKeys } from "../lib/menu.js";
import { errorText } from "../lib/errors.js";
import { newId } from "../lib/tabs.js";
import { avatar, toast } from "../lib/ui.js";
import { t } from "../i18n/index.js";

const TONES = { pending: "brass", accepted: "green", expired: "", cancelled: "" };

export function invitationRow(invitation, { onchange }) {
  const { state, mail } = invitation;
  const tone = TONES[state];
  return h("li.person-row", { key: invitation.id, "data-test": "invitation-row", "data-state": state, "data-mail": mail.state, "data-id": invitation.id },
    avatar(fullName(invitation), "client"),
    h("div.grow",
      h("h2", { dir: "auto" }, fullName(invitation)),
      h("p.row-meta", bdi(invitation.email), h("span", t(`kind.${invitation.project_type}`)), h("span", when(invitation))),
      mailTrouble(invitation)),
    h("div.row-side",
      h("div.state", h(`span.badge${tone && `.badge-${tone}`}`, t(`invitation.${state}`)), state === "pending" && h("span.tiny.faint", t(`mail.${mail.state}`))),
      actions(invitation, onchange)));
}

function when({ state, created_at: created, accepted_at: accepted, cancelled_at: cancelled, expires_at: expires }) {
  if (state === "accepted") return t("invitation.accepted_on", { date: brief(accepted) });
  if (state === "cancelled") return t("invitation.cancelled_on", { date: brief(cancelled) });
  if (state === "expired") return t("invitation.expired_on", { date: longDate(expires) });
  return t("invitation.until", { sent: brief(created), date: longDate(expires) });
}

// The broker can mend a mail that did not leave; so he must be able to read why.
function mailTrouble({ id, state, mail }) {
  if (state === "accepted" || state === "cancelled" || (!mail.error && mail.state !== "parked")) return null;
  const text = mail.message ?? t("mail.error.other");
  return h("p.row-alert", { "data-test": "mail-error" }, icon("alert"), h("span", text, mail.attempts > 1 && mail.state === "queued" && ` ${t("mail.attempts", { count: mail.attempts })}`, " ", state === "pending" && h("a", { href: `/broker/invite?edit=${id}` }, t("mail.mend"))));
}

function actions(invitation, onchange) {
  const { state, id } = invitation;
  if (state === "accepted" || state === "cancelled") return null;
  // Until it is answered it is one request, however often it is asked.
  let key = newId();
  const resend = async () => {
    await api.post(`/client-invitations/${id}/resend`, undefined, { key });
    key = newId();
  };
  const menu = h("div.menu", { hidden: true }, [
    item("again", "invitation.resend", "invitation-resend", () => act(resend, "invitation.resent", onchange)),
    state === "pending" && item("link", "invitation.copy_link", "invitation-link", () => linkDialog(invitation)),
    state === "pending" && h("a.menu-item", { href: `/broker/invite?edit=${id}`, "data-test": "invitation-edit" }, icon("edit"), t("action.edit")),
    item("trash", "invitation.cancel", "invitation-cancel", () => cancel(invitation, onchange), ".menu-danger"),
  ].filter(Boolean));
  const button = h("button.icon-button", { type: "button", "aria-expanded": "false", "aria-label": t("invitation.actions", { name: fullName(invitation) }), "data-test": "invitation-actions" }, icon("more"));
  return menuHolder(button, menu);
}

function item(sign, key, test, onclick, look = "") {
  return h(`button.menu-item${look}`, { type: "button", "data-test": test, onclick }, icon(sign), t(key));
}

function menuHolder(button, menu) {
  const holder = h("div.row-menu", button, menu);
  const toggle = (open) => {
    menu.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (!open) return;
    const away = (event) => {
      if (holder.contains(event.target) && !menu.contains(event.target)) return;
      if (menu.contains(event.target) && event.type === "pointerdown") return;
      document.removeEventListener("pointerdown", away);
      toggle(false);
    };
    document.addEventListener("pointerdown", away);
    menu.querySelector(".menu-item")?.focus();
  };
  button.addEventListener("click", () => toggle(menu.hidden));
  menu.addEventListener("click", () => {
    // What was chosen is about to vanish: the focus goes back to where the menu was opened, and a dialog returns it there.
    button.focus();
    toggle(false);
  });
  menuKeys(holder, button, menu, toggle);
  return holder;
}

async function act(work, done, onchange) {
  try {
    await work();
    toast(t(done));
  } catch (error) {
    toast(errorText(error));
  }
  onchange();
}

async function cancel(invitation, onchange) {
  const sure = await confirmDialog({ title: t("invitation.cancel_title"), text: t("invitation.cancel_text", { name: fullName(invitation) }), action: t("invitation.cancel"), danger: true });
  if (sure) act(() => api.post(`/client-invitations/${invitation.id}/cancel`), "invitation.cancelled_done", onchange);
}

// Shown as well as copied: on plain http, and in some browsers, the clipboard is closed to pages.
async function linkDialog(invitation) {
  let link;
  try {
    ({ link } = await api.post(`/client-invitations/${invitation.id}/link`));
  } catch (error) {
    return toast(errorText(error));
  }
  const input = h("input.input", { type: "text", readonly: true, value: link, "aria-label": t("invitation.link"), "data-test": "invitation-link-value", onfocus: () => input.select() });
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
    body: [h("div.stack", h("p.soft", t("invitation.link_text", { name: invitation.first_name })), input), h("div.dialog-foot", h("button.button", { type: "button", "data-test": "copy", onclick: copy }, icon("link"), t("action.copy")))],
  });
}
