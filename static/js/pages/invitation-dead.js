// Why an invitation link does not work, for each of the four reasons, with the next step.

import { h } from "../kit/el.js";
import { icon } from "../kit/icons.js";
import { gate } from "../views/frame/gate.js";
import { t } from "../text/words.js";

const KINDS = {
  invitation_unknown: { key: "unknown", sign: "link", steps: ["copy", "latest", "ask"] },
  invitation_expired: { key: "expired", sign: "clock", steps: ["ask_new", "seven"] },
  invitation_used: { key: "used", sign: "check", steps: ["sign_in", "not_you"], signIn: true },
  invitation_cancelled: { key: "cancelled", sign: "close", steps: ["latest", "ask"] },
};

export function isDead(error) {
  return error.code in KINDS;
}

export function deadLink(code) {
  const { key, sign, steps, signIn } = KINDS[code];
  const title = t(`dead.${key}.title`);
  return {
    title,
    layout: "gate",
    content: gate({
      title,
      lead: t(`dead.${key}.text`),
      sign,
      words: "gate.invited_words",
      content: h(
        "div",
        { "data-test": "dead-link", "data-code": code },
        h(
          "ul.gate-steps",
          steps.map((step) => h("li", icon("next"), h("span", t(`dead.step.${step}`)))),
        ),
        h(
          `a.button${signIn ? "" : ".button-plain"}`,
          { href: "/sign-in" },
          t(signIn ? "action.sign_in" : "dead.have_account"),
        ),
      ),
    }),
  };
}
