// The header of the signed-in pages: the logo, the navigation and the account menu.

import { h } from "../../kit/el.js";
import { icon } from "../../kit/icons.js";
import { fullName } from "../../text/names.js";
import { patch } from "../../kit/patch.js";
import { router } from "../../core/router.js";
import { rooms, session } from "../../services.js";
import { avatar, toast, unreadCount, wordmark } from "../../kit/ui.js";
import { confirmDialog } from "../../kit/dialog.js";
import { errorText } from "../../text/errors.js";
import { menuKeys } from "../../kit/menu.js";
import { homeOf } from "../../routes.js";
import { t } from "../../text/words.js";

const TABS = {
  broker: [
    ["/broker", "nav.transactions", "briefcase"],
    ["/broker/clients", "nav.clients", "people"],
    ["/broker/invite", "nav.invite", "invite"],
  ],
  client: [
    ["/client", "nav.home", "home"],
    ["/account", "nav.account", "user"],
  ],
  admin: [
    ["/admin", "nav.accounts", "people"],
    ["/account", "nav.account", "user"],
  ],
};

export class AppHeader extends HTMLElement {
  #off = [];

  connectedCallback() {
    this.#off.push(
      rooms.on("change", () => this.#showUnread()),
      session.on("change", () => this.update()),
    );
  }

  disconnectedCallback() {
    this.#off.splice(0).forEach((off) => off());
  }

  update() {
    const { account } = session;
    if (!account) return;
    patch(
      this,
      h(
        "header.topbar",
        h(
          "div.topbar-inner",
          wordmark({ href: homeOf(account) }),
          h(
            "nav.tabs",
            { "aria-label": t("nav.label") },
            TABS[account.role].map((tab) => this.#tab(tab)),
          ),
          this.#accountMenu(account),
        ),
      ),
    );
    this.#showUnread();
  }

  #tab([path, label, sign]) {
    const isHere =
      location.pathname === path ||
      (path === "/broker" && location.pathname.startsWith("/broker/transactions")) ||
      (path === "/client" && location.pathname.startsWith("/client/"));
    return h(
      "a.tab",
      { href: path, "aria-current": isHere ? "page" : null },
      icon(sign),
      t(label),
      h("span.tab-count"),
    );
  }

  #showUnread() {
    const slot = this.querySelector(".tab-count");
    if (slot) patch(slot, unreadCount(rooms.unread));
  }

  #accountMenu(account) {
    const name = fullName(account);
    const menu = h(
      "div.menu",
      { hidden: true, id: "account-menu" },
      h("div.menu-head", h("p.strong.clip", { dir: "auto" }, name), h("p.small.faint.clip", account.email)),
      h("a.menu-item", { href: "/account", "data-test": "open-account" }, icon("user"), t("nav.account")),
      h(
        "button.menu-item",
        { type: "button", "data-test": "sign-out", onclick: () => signOut() },
        icon("exit"),
        t("nav.sign_out"),
      ),
    );
    const button = h(
      "button.account-button",
      {
        type: "button",
        "aria-expanded": "false",
        "aria-controls": "account-menu",
        "data-test": "account-menu",
      },
      avatar(name, account.role),
      h("span.account-name", { "aria-hidden": "true", dir: "auto" }, account.first_name),
      h("span.visually-hidden", t("nav.account_menu", { name })),
    );
    const toggle = (open) => {
      menu.hidden = !open;
      button.setAttribute("aria-expanded", String(open));
    };
    button.addEventListener("click", () => toggle(menu.hidden));
    const holder = h("div.account-menu", button, menu);
    menuKeys(holder, button, menu, toggle);
    // The header stays while pages change below it.
    menu.addEventListener("click", () => toggle(false));
    document.addEventListener("pointerdown", (event) => {
      if (!holder.contains(event.target)) toggle(false);
    });
    return holder;
  }
}

export async function signOut() {
  const waiting = session.unsent;
  if (waiting > 0) {
    const sure = await confirmDialog({
      title: t("sign_out.unsent_title"),
      text: t("sign_out.unsent", { count: waiting }),
      action: t("sign_out.discard"),
      danger: true,
      test: "sign-out-dialog",
    });
    if (!sure) return;
  }
  try {
    await session.signOut();
    router.go("/sign-in");
  } catch (error) {
    toast(errorText(error));
  }
}

customElements.define("app-header", AppHeader);
