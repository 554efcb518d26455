import { h } from "../kit/el.js";
import { api, session } from "../services.js";
import { field, form } from "../kit/form.js";
import { router } from "../core/router.js";
import { gate } from "../views/frame/gate.js";
import { newPassword } from "../kit/password-input.js";
import { homeOf } from "../routes.js";
import { language, t } from "../text/words.js";

// The first administrator of a new installation, made with the link that the server printed.
export default async function setupPage({ params, signal }) {
  const path = `/setup/${encodeURIComponent(params.token)}`;
  try {
    await api.get(path, { signal });
  } catch (error) {
    if (error.status !== 404) throw error;
    return {
      title: t("setup.dead_title"),
      layout: "gate",
      content: gate({
        title: t("setup.dead_title"),
        lead: t("setup.dead_text"),
        sign: "link",
        words: "gate.setup_words",
        content: h("a.button.button-plain", { href: "/sign-in" }, t("action.sign_in")),
      }),
    };
  }

  const first = field({
    name: "first_name",
    label: t("field.first_name"),
    required: true,
    autocomplete: "given-name",
    "data-test": "setup-first-name",
  });
  const last = field({
    name: "last_name",
    label: t("field.last_name"),
    required: true,
    autocomplete: "family-name",
    "data-test": "setup-last-name",
  });
  const email = field({
    name: "email",
    label: t("field.email"),
    type: "email",
    required: true,
    autocomplete: "username",
    "data-test": "setup-email",
  });
  const password = newPassword({
    label: t("field.new_password"),
    test: "setup-password",
    personal: () => [first.value, last.value, email.value],
  });
  const button = h("button.button.button-wide", { type: "submit", "data-test": "setup-submit" }, t("setup.submit"));
  const fields = [first, last, email, password.field];

  const { node } = form({
    draft: "setup",
    fields,
    button,
    check: password.check,
    content: [h("div.form-pair", first.node, last.node), email.node, password.node, button],
    submit: async () => {
      const { account } = await api.post(path, {
        email: email.value,
        first_name: first.value,
        last_name: last.value,
        password: password.field.value,
        language: language(),
      });
      await session.begin(account);
      router.go(homeOf(account), { replace: true });
    },
  });
  return {
    title: t("setup.title"),
    layout: "gate",
    content: gate({
      title: t("setup.title"),
      lead: t("setup.lead"),
      sign: "shield",
      words: "gate.setup_words",
      content: node,
    }),
  };
}
