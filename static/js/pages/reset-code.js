// The second page of a password reset: the code from the mail and the new password.

import { h, replace } from "../kit/el.js";
import { api, session } from "../services.js";
import { field, form } from "../kit/form.js";
import { icon } from "../kit/icons.js";
import { pendingReset } from "../core/storage.js";
import { router } from "../core/router.js";
import { codeField } from "../kit/code-input.js";
import { gate } from "../views/frame/gate.js";
import { newPassword } from "../kit/password-input.js";
import { clock } from "../text/code-digits.js";
import { t } from "../text/words.js";
import { askForCode } from "./reset.js";

export default function resetCodePage({ signal }) {
  const asked = pendingReset.get();
  const known = asked?.ends ? asked.email : null;
  // On another device the address is not known.
  const email = field({
    name: "email",
    label: t("field.email"),
    type: "email",
    required: true,
    autocomplete: "username",
    inputmode: "email",
    autocapitalize: "none",
    value: known ?? asked?.email ?? "",
    readonly: Boolean(known),
    "data-test": "reset-email",
  });
  const code = codeField({ label: t("reset_code.code"), test: "reset-digit" });
  const password = newPassword({
    name: "new_password",
    label: t("field.new_password"),
    test: "reset-password",
    personal: () => [email.value],
  });
  const button = h(
    "button.button.button-wide",
    { type: "submit", "data-test": "reset-confirm" },
    t("reset_code.submit"),
  );

  const check = () => {
    if (code.isComplete()) return password.check();
    code.setError(t("reset_code.incomplete"));
    code.control.focus();
    return false;
  };
  const { node, showError } = form({
    fields: [email, code, password.field],
    button,
    check,
    test: "reset-code-form",
    content: [
      email.node,
      h(
        "div.stack.stack-2",
        code.node,
        known && timeLeft({ signal, email: known, code, onerror: (error) => showError(error) }),
      ),
      password.node,
      button,
    ],
    submit: async () => {
      await api.post("/password-resets/confirm", {
        email: email.value,
        code: code.value,
        new_password: password.field.value,
      });
      pendingReset.set({ email: email.value, done: true });
      // All sessions have ended, including one in this browser.
      session.leave();
      router.go("/sign-in", { replace: true });
    },
  });
  return {
    title: t("reset_code.title"),
    layout: "gate",
    content: gate({
      title: t("reset_code.title"),
      lead: known ? t("reset_code.lead") : t("reset_code.lead_elsewhere"),
      content: [
        node,
        h(
          "p.gate-foot.push-down",
          h("a", { href: "/reset" }, t(known ? "reset_code.other_address" : "reset_code.no_code")),
        ),
      ],
    }),
  };
}

// How long the code is valid, and after a minute the offer to send another.
function timeLeft({ signal, email, code, onerror }) {
  const left = h("span", { role: "timer", "data-test": "reset-time" });
  const again = h("button.link-button", { type: "button", "data-test": "reset-again" });
  const said = h("p.small.soft", { role: "status" });
  const show = () => {
    const asked = pendingReset.get();
    if (!asked?.ends) return;
    const now = Date.now();
    const text = asked.ends > now ? t("reset_code.time_left", { time: clock(asked.ends - now) }) : t("reset_code.over");
    if (left.textContent !== text) left.textContent = text;
    const wait = Math.ceil((asked.again - now) / 1000);
    again.disabled = wait > 0;
    const offer = wait > 0 ? t("reset_code.again_in", { seconds: wait }) : t("reset_code.again");
    if (again.textContent !== offer) again.textContent = offer;
  };
  again.addEventListener("click", async () => {
    again.disabled = true;
    try {
      await askForCode(email);
      code.clear();
      replace(said, icon("check"), " ", t("reset_code.sent_again"));
    } catch (error) {
      onerror(error);
    }
    show();
  });
  const timer = setInterval(show, 1000);
  signal.addEventListener("abort", () => clearInterval(timer));
  show();
  return h("div", h("p.row.row-wrap.code-time", left, again), said);
}
