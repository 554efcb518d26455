// The first page of a password reset. The answer is the same whether or not the account exists.

import { h } from "../kit/el.js";
import { api, session } from "../services.js";
import { field, form } from "../kit/form.js";
import { pendingReset } from "../core/storage.js";
import { router } from "../core/router.js";
import { gate } from "../views/frame/gate.js";
import { t } from "../text/words.js";

export default function resetPage() {
  const email = field({
    name: "email",
    label: t("field.email"),
    type: "email",
    required: true,
    autocomplete: "username",
    inputmode: "email",
    autocapitalize: "none",
    value: session.account?.email ?? pendingReset.get()?.email ?? "",
    "data-test": "reset-email",
  });
  const button = h("button.button.button-wide", { type: "submit", "data-test": "reset-submit" }, t("reset.submit"));
  const { node } = form({
    fields: [email],
    button,
    test: "reset-form",
    content: [email.node, button],
    submit: async () => {
      await askForCode(email.value);
      router.go("/reset/code");
    },
  });
  return {
    title: t("reset.title"),
    layout: "gate",
    content: gate({
      title: t("reset.title"),
      lead: t("reset.lead"),
      sign: "lock",
      content: [
        node,
        h("p.gate-foot.push-down", h("a", { href: "/reset/code" }, t("reset.have_code"))),
        h("p.gate-foot", h("a", { href: "/sign-in" }, t("reset.back"))),
      ],
    }),
  };
}

// Kept for this tab, so that the next page survives a reload.
export async function askForCode(email) {
  const answer = await api.post("/password-resets", { email });
  const now = Date.now();
  pendingReset.set({
    email,
    ends: now + answer.expires_in_seconds * 1000,
    again: now + answer.send_again_in_seconds * 1000,
  });
}
