// All accounts, for an administrator.

import { bdi, h } from "../kit/el.js";
import { live } from "../core/live.js";
import { brief } from "../text/dates.js";
import { fullName } from "../text/names.js";
import { icon } from "../kit/icons.js";
import { api, session } from "../services.js";
import { Accounts } from "../stores/accounts.js";
import { chips, listView, searchField } from "../kit/pager.js";
import { choices, field, form, select } from "../kit/form.js";
import { confirmDialog, dialogFoot, openDialog } from "../kit/dialog.js";
import { rowMenu } from "../kit/menu.js";
import { router } from "../core/router.js";
import { errorText } from "../text/errors.js";
import { avatar, empty, pageHead, toast } from "../kit/ui.js";
import { accessLinkRefusal, sendAccessLink } from "../views/accounts/access-link.js";
import { newPassword } from "../kit/password-input.js";
import { language, t, valuesOf } from "../text/words.js";
import { LANGUAGES } from "../core/language.js";

export default function adminPage({ query: sought, memory, signal }) {
  const filter = {
    role: valuesOf("role").includes(sought.get("role")) ? sought.get("role") : "",
    q: sought.get("q") ?? "",
  };
  const refine = (change) => {
    router.refine(Object.assign(filter, change));
    list.restart();
  };
  const accounts = new Accounts({ api, live, signal });
  const list = accounts.list({ filter, memory, signal });
  const node = listView({
    list,
    signal,
    draw: (items) =>
      items.length > 0
        ? h(
            "ul.rows",
            items.map((account) => accountRow(account, accounts)),
          )
        : empty({ title: t("filter.none_title"), text: t("filter.none") }),
  });
  return {
    title: t("admin.title"),
    content: h(
      "div",
      pageHead(
        t("admin.title"),
        t("admin.lead"),
        h(
          "button.button",
          { type: "button", "data-test": "account-new", onclick: () => createDialog(list) },
          icon("plus"),
          t("admin.new"),
        ),
      ),
      h(
        "div.list-tools",
        chips({
          label: t("filter.role"),
          value: filter.role,
          options: [["", t("filter.all")], ...valuesOf("role").map((role) => [role, t(`admin.roles.${role}`)])],
          onchange: (role) => refine({ role }),
        }).node,
        searchField({
          label: t("admin.search"),
          test: "account-search",
          value: filter.q,
          onchange: (q) => refine({ q }),
        }),
      ),
      node,
    ),
  };
}

/**
 * @param {import("../api-types.js").Account} account
 * @param {Accounts} accounts
 */
function accountRow(account, accounts) {
  const name = fullName(account);
  const active = account.state === "active";
  const canSend = active && account.id !== session.account.id;
  return h(
    "li.person-row",
    { key: account.id, "data-test": "account-row", "data-id": account.id, "data-state": account.state },
    avatar(name, account.role),
    h(
      "div.grow",
      h("h2", { dir: "auto" }, name),
      h(
        "p.row-meta",
        bdi(account.email),
        h(
          "span",
          account.last_login_at ? t("admin.last_login", { date: brief(account.last_login_at) }) : t("admin.never"),
        ),
      ),
      canSend && accessLinkRefusal(accessLinkPath(account)),
    ),
    h(
      "div.row-side",
      h(
        "div.row.row-2",
        h("span.badge.badge-bare", t(`role.${account.role}`)),
        !active && h("span.badge.badge-red", t("admin.deactivated")),
      ),
      account.id !== session.account.id && menu(account, active, accounts),
    ),
  );
}

function menu(account, active, accounts) {
  const name = fullName(account);
  const verb = active ? "deactivate" : "reactivate";
  const turn = async () => {
    if (active && !(await isSure(name))) return;
    try {
      const answer = await api.post(`/accounts/${account.id}/${verb}`);
      accounts.remember(answer.account);
    } catch (error) {
      toast(errorText(error));
    }
  };
  const item = (sign, text, test, onclick, look = "") =>
    h(`button.menu-item${look}`, { type: "button", "data-test": test, onclick }, icon(sign), text);
  return rowMenu({
    label: t("admin.actions", { name }),
    test: "account-actions",
    items: [
      active &&
        item("lock", t("access_link.send"), "access-link", () =>
          sendAccessLink({ path: accessLinkPath(account), name, email: account.email }),
        ),
      active
        ? item("exit", t("admin.deactivate"), "account-deactivate", turn, ".menu-danger")
        : item("again", t("admin.reactivate"), "account-reactivate", turn),
    ],
  });
}

const accessLinkPath = ({ id }) => `/accounts/${id}/access-link`;

function isSure(name) {
  return confirmDialog({
    title: t("admin.deactivate_title", { name }),
    text: t("admin.deactivate_text"),
    action: t("admin.deactivate"),
    danger: true,
    test: "account-deactivate-dialog",
  });
}

function createDialog(list) {
  openDialog({
    title: t("admin.new"),
    test: "account-dialog",
    body: (close) => {
      const first = field({
        name: "first_name",
        label: t("field.first_name"),
        required: true,
        autocomplete: "off",
        "data-test": "account-first-name",
      });
      const last = field({
        name: "last_name",
        label: t("field.last_name"),
        required: true,
        autocomplete: "off",
        "data-test": "account-last-name",
      });
      const email = field({
        name: "email",
        label: t("field.email"),
        type: "email",
        required: true,
        autocomplete: "off",
        "data-test": "account-email",
      });
      const role = choices({
        name: "role",
        label: t("admin.role"),
        value: "broker",
        options: [
          ["broker", t("role.broker")],
          ["admin", t("role.admin")],
        ],
      });
      const speaks = select({ name: "language", label: t("language.label"), options: LANGUAGES, value: language() });
      const password = newPassword({
        label: t("admin.first_password"),
        test: "account-password",
        personal: () => [first.value, last.value, email.value],
      });
      const button = h("button.button", { type: "submit", "data-test": "account-submit" }, t("admin.create"));
      return form({
        draft: "account",
        blames: { email_taken: { field: "email", text: t("admin.email_taken") } },
        fields: [first, last, email, role, speaks, password.field],
        button,
        check: password.check,
        content: [
          h("div.form-pair", first.node, last.node),
          email.node,
          role.node,
          speaks.node,
          password.node,
          h("p.small.faint", t("admin.password_hint")),
          dialogFoot(close, button),
        ],
        submit: async (key) => {
          await api.post(
            "/accounts",
            {
              first_name: first.value,
              last_name: last.value,
              email: email.value,
              role: role.value,
              language: speaks.value,
              password: password.field.value,
            },
            { key },
          );
          close();
          list.restart();
        },
      }).node;
    },
  });
}
