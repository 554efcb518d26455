// The user's own account: profile, appearance and language, password, open sessions.

import { h } from "../kit/el.js";
import { live } from "../core/live.js";
import { api, session } from "../services.js";
import { OpenSessions } from "../stores/open-sessions.js";
import { listView } from "../kit/pager.js";
import { choices, differences, field, form } from "../kit/form.js";
import { dateTime } from "../text/dates.js";
import { icon } from "../kit/icons.js";
import { router } from "../core/router.js";
import { setTheme, theme } from "../kit/theme.js";
import { errorText } from "../text/errors.js";
import { pageHead, toast } from "../kit/ui.js";
import { signOut } from "../elements/frame/app-header.js";
import { newPassword, passwordField } from "../kit/password-input.js";
import { chooseLanguage, LANGUAGES } from "../core/language.js";
import { language, t } from "../text/words.js";

export default function accountPage({ signal }) {
  return {
    title: t("account.title"),
    content: h(
      "div.page-narrow.stack.stack-5",
      pageHead(t("account.title"), t("account.lead")),
      h("section.card", h("h2", t("account.profile")), h("p", t("account.profile_text")), profileForm()),
      h("section.card", h("h2", t("account.look")), h("p", t("account.look_text")), lookForm()),
      h("section.card", h("h2", t("account.password")), h("p", t("account.password_text")), passwordForm()),
      h("section.card", h("h2", t("account.sessions")), h("p", t("account.sessions_text")), sessionsList(signal)),
      h(
        "p",
        h(
          "button.button.button-plain",
          { type: "button", "data-test": "sign-out-page", onclick: signOut },
          icon("exit"),
          t("nav.sign_out"),
        ),
      ),
    ),
  };
}

function profileForm() {
  const { account } = session;
  const first = field({
    name: "first_name",
    label: t("field.first_name"),
    value: account.first_name,
    required: true,
    autocomplete: "given-name",
    "data-test": "account-first-name",
  });
  const last = field({
    name: "last_name",
    label: t("field.last_name"),
    value: account.last_name,
    required: true,
    autocomplete: "family-name",
    "data-test": "account-last-name",
  });
  const phone = field({
    name: "phone",
    label: t("field.phone"),
    value: account.phone,
    type: "tel",
    optional: true,
    autocomplete: "tel",
    "data-test": "account-phone",
  });
  const email = field({
    name: "email",
    label: t("field.email"),
    value: account.email,
    readonly: true,
    hint: t("account.email_hint"),
  });
  const button = h("button.button", { type: "submit", "data-test": "account-save" }, t("action.save"));
  return form({
    draft: "profile",
    fields: [first, last, phone],
    button,
    content: [h("div.form-pair", first.node, last.node), email.node, phone.node, h("div", button)],
    submit: async () => {
      const answer = await api.patch(
        "/me",
        differences(session.account, { first_name: first.value, last_name: last.value, phone: phone.value || null }),
      );
      await session.update(answer.account);
      document.querySelector("app-header")?.update();
      toast(t("account.saved"));
    },
  }).node;
}

function lookForm() {
  const speaks = choices({
    name: "language",
    label: t("language.label"),
    value: language(),
    options: LANGUAGES,
    test: "account-language",
  });
  const looks = choices({
    name: "theme",
    label: t("theme.label"),
    value: theme(),
    test: "account-theme",
    options: [
      ["system", t("theme.system"), "device"],
      ["light", t("theme.light"), "sun"],
      ["dark", t("theme.dark"), "moon"],
    ],
  });
  looks.node.addEventListener("change", () => setTheme(looks.value));
  speaks.node.addEventListener("change", async () => {
    try {
      const { account } = await api.patch("/me", { language: speaks.value });
      await chooseLanguage(account.language);
      await session.update(account);
      router.reload();
    } catch (error) {
      toast(errorText(error));
    }
  });
  return h("div.form", speaks.node, looks.node);
}

function passwordForm() {
  const { account } = session;
  const current = passwordField({
    name: "current_password",
    label: t("account.current_password"),
    autocomplete: "current-password",
    test: "current-password",
    hint: h("a", { href: "/reset" }, t("sign_in.forgotten")),
  });
  const next = newPassword({
    name: "new_password",
    label: t("field.new_password"),
    test: "new-password",
    personal: () => [account.first_name, account.last_name, account.email],
  });
  const button = h("button.button", { type: "submit", "data-test": "password-submit" }, t("account.change_password"));
  const made = form({
    fields: [current, next.field],
    button,
    check: next.check,
    // For password managers, which store a password with a user name.
    content: [
      h("input", {
        type: "text",
        name: "username",
        autocomplete: "username",
        value: account.email,
        readonly: true,
        hidden: true,
        "data-test": "password-username",
      }),
      current.node,
      next.node,
      h("div", button),
    ],
    submit: async () => {
      await api.put("/me/password", { current_password: current.value, new_password: next.field.value });
      toast(t("account.password_changed"));
      router.reload();
    },
  });
  return made.node;
}

function sessionsList(signal) {
  const list = new OpenSessions({ api, live, signal }).list({ signal });
  const refresh = () => list.refresh();
  const draw = (items) =>
    h(
      "div.stack.stack-3",
      h(
        "ul.sessions",
        items.map((item) => sessionRow(item, refresh)),
      ),
      items.length > 1 && endOthers(refresh),
    );
  return listView({ list, draw, signal, rows: 1 });
}

function endOthers(refresh) {
  const end = async (event) => {
    event.currentTarget.setAttribute("aria-busy", "true");
    try {
      await api.delete("/sessions/others");
      toast(t("account.others_ended"));
    } catch (error) {
      toast(errorText(error));
    }
    refresh();
  };
  return h(
    "div",
    h(
      "button.button.button-small.button-danger-plain",
      { type: "button", "data-test": "sessions-end-others", onclick: end },
      t("account.end_others"),
    ),
  );
}

/**
 * @param {import("../api-types.js").Session} item
 * @param {() => void} refresh
 */
function sessionRow(item, refresh) {
  const end = async (event) => {
    const button = event.currentTarget;
    button.setAttribute("aria-busy", "true");
    try {
      await api.delete(`/sessions/${item.id}`);
    } catch (error) {
      toast(errorText(error));
    }
    button.removeAttribute("aria-busy");
    refresh();
  };
  return h(
    "li.session",
    { key: item.id, "data-test": "session-row", "data-current": String(item.current) },
    icon("device"),
    h(
      "div.grow",
      h("p.strong", deviceName(item.user_agent)),
      h("p.small.faint", t("account.session_seen", { date: dateTime(item.last_seen_at), ip: item.ip ?? "?" })),
    ),
    item.current
      ? h("span.badge.badge-green", t("account.this_device"))
      : h(
          "button.button.button-small.button-danger-plain",
          { type: "button", "data-test": "session-revoke", onclick: end },
          t("account.end_session"),
        ),
  );
}

// Enough to recognise a device; the rest of the user agent is left out.
function deviceName(agent) {
  if (!agent) return t("account.unknown_device");
  const browser = [
    ["Edg/", "Edge"],
    ["OPR/", "Opera"],
    ["Firefox/", "Firefox"],
    ["Chrome/", "Chrome"],
    ["Safari/", "Safari"],
  ].find(([mark]) => agent.includes(mark))?.[1];
  const system = [
    ["iPhone", "iPhone"],
    ["iPad", "iPad"],
    ["Android", "Android"],
    ["Mac OS X", "Mac"],
    ["Windows", "Windows"],
    ["Linux", "Linux"],
  ].find(([mark]) => agent.includes(mark))?.[1];
  return [browser, system].filter(Boolean).join(" · ") || agent.slice(0, 40);
}
