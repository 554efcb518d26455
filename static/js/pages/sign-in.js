import { h } from "../kit/el.js";
import { api, session } from "../services.js";
import { field, form } from "../kit/form.js";
import { icon } from "../kit/icons.js";
import { pendingReset } from "../core/storage.js";
import { ownPath, router } from "../core/router.js";
import { gate } from "../views/frame/gate.js";
import { forgotten, passwordField } from "../kit/password-input.js";
import { homeOf } from "../routes.js";
import { t } from "../text/words.js";

export default function signInPage({ query }) {
  const reset = pendingReset.get();
  const email = field({
    name: "email",
    value: reset?.email ?? "",
    label: t("field.email"),
    type: "email",
    required: true,
    autocomplete: "username",
    inputmode: "email",
    autocapitalize: "none",
    "data-test": "sign-in-email",
  });
  const password = passwordField({
    label: t("field.password"),
    autocomplete: "current-password",
    test: "sign-in-password",
    hint: forgotten(email),
  });
  const button = h("button.button.button-wide", { type: "submit", "data-test": "sign-in-submit" }, t("action.sign_in"));

  // It stays until somebody signs in, for users who come back later.
  const notice =
    session.ended &&
    h(
      "div.notice.notice-brass.push-below",
      { role: "status", "data-test": "session-ended" },
      icon("info"),
      h("p.grow", t(`ended.${session.ended}`)),
    );

  const { node } = form({
    fields: [email, password],
    button,
    test: "sign-in-form",
    content: [email.node, password.node, button],
    submit: async () => {
      const { account } = await api.post("/sessions", {
        email: email.value,
        password: password.value,
        transport: "cookie",
      });
      pendingReset.clear();
      await session.begin(account);
      router.go(ownPath(query.get("next")) ?? homeOf(account), { replace: true });
    },
  });

  return {
    title: t("sign_in.title"),
    layout: "gate",
    content: gate({
      title: t("sign_in.title"),
      lead: t("sign_in.lead"),
      content: [reset?.done ? passwordChanged() : notice, node, h("p.gate-foot.push-down", t("sign_in.foot"))],
    }),
  };
}

function passwordChanged() {
  return h(
    "div.notice.push-below",
    { role: "status", "data-test": "password-changed" },
    icon("check"),
    h("p.grow", t("reset_code.done")),
  );
}
