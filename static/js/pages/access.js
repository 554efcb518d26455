// The page behind an access link that an administrator or a broker has sent. Opening it consumes nothing.

import { h } from "../kit/el.js";
import { api, session } from "../services.js";
import { errorText } from "../text/errors.js";
import { field, form } from "../kit/form.js";
import { longDate } from "../text/dates.js";
import { icon } from "../kit/icons.js";
import { pendingReset } from "../core/storage.js";
import { router } from "../core/router.js";
import { gate } from "../views/frame/gate.js";
import { newPassword } from "../kit/password-input.js";
import { chosenLanguage, setLanguage } from "../core/language.js";
import { t } from "../text/words.js";

const isDead = (error) => error.code?.startsWith("access_link_");

export default async function accessPage({ params, signal }) {
  const path = `/access-links/${encodeURIComponent(params.token)}`;
  let access;
  try {
    ({ access } = await api.get(path, { signal }));
  } catch (error) {
    if (!isDead(error)) throw error;
    return deadLink(error);
  }
  if (!session.account && !chosenLanguage()) await setLanguage(access.language);

  const email = field({
    name: "email",
    label: t("field.email"),
    type: "email",
    value: access.email,
    readonly: true,
    autocomplete: "username",
    wrap: (control) => h("div.input-wrap", control, h("span.input-lock", icon("lock"))),
  });
  const password = newPassword({
    name: "new_password",
    label: t("field.new_password"),
    test: "access-password",
    personal: () => [access.first_name, access.last_name, access.email],
  });
  const button = h(
    "button.button.button-wide",
    { type: "submit", "data-test": "access-submit" },
    t("reset_code.submit"),
  );
  const { node } = form({
    fields: [password.field],
    button,
    check: password.check,
    test: "access-form",
    content: [email.node, password.node, button],
    submit: async () => {
      try {
        await api.post(path, { new_password: password.field.value });
      } catch (error) {
        // The link expired or was used while the form was open.
        if (isDead(error)) return router.reload();
        throw error;
      }
      pendingReset.set({ email: access.email, done: true });
      session.leave();
      router.go("/sign-in", { replace: true });
    },
  });
  const title = t("access_link.title", { name: access.first_name });
  return {
    title,
    layout: "gate",
    content: gate({
      title,
      lead: t("access_link.lead"),
      sign: "lock",
      content: [node, h("p.gate-foot.push-down", t("access_link.expires", { date: longDate(access.expires_at) }))],
    }),
  };
}

function deadLink(error) {
  // The user of the link has a password by now.
  const isUsed = error.code === "access_link_used";
  const ways = [
    ["/reset", t("access_link.dead_reset")],
    ["/sign-in", t("action.sign_in")],
  ];
  if (isUsed) ways.reverse();
  return {
    title: t("access_link.dead_title"),
    layout: "gate",
    content: gate({
      title: t("access_link.dead_title"),
      lead: errorText(error),
      sign: "link",
      content: h(
        "div.row.row-wrap",
        ways.map(([href, text], index) => h(`a.button${index > 0 ? ".button-plain" : ""}`, { href }, text)),
      ),
    }),
  };
}
