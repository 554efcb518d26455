// A password input with a show button; for a new password also the rules and the strength while typing.

import { h, replace } from "./el.js";
import { field } from "./form.js";
import { icon } from "./icons.js";
import { pendingReset } from "../core/storage.js";
import { brand } from "./title.js";
import { checkRules, estimateStrength, isPersonal } from "../text/password-rules.js";
import { t } from "../text/words.js";

/** @param {{ name?: string, label: any, hint?: any, autocomplete?: string, test?: string }} options */
export function passwordField({ name = "password", label, hint, autocomplete, test }) {
  const input = h("input.input", {
    type: "password",
    autocomplete,
    required: true,
    maxlength: 256,
    "data-test": test,
    autocapitalize: "none",
    spellcheck: "false",
  });
  const made = field({
    name,
    label,
    hint,
    control: input,
    wrap: (control) => h("div.input-wrap", control, showButton(control)),
  });
  // A space at the end may be part of a password.
  return Object.defineProperty({ ...made }, "value", { get: () => input.value });
}

// The e-mail address typed here is carried over to the next page.
export function forgotten(email) {
  return h(
    "a",
    { href: "/reset", "data-test": "forgotten", onclick: () => pendingReset.set({ email: email.value }) },
    t("sign_in.forgotten"),
  );
}

function showButton(input) {
  const button = h(
    "button.icon-button",
    {
      type: "button",
      "aria-pressed": "false",
      "aria-label": t("password.show"),
      title: t("password.show"),
      "data-test": "password-show",
    },
    icon("eye"),
  );
  button.addEventListener("click", () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    button.title = t(shown ? "password.hide" : "password.show");
    replace(button, icon(shown ? "eyeOff" : "eye"));
  });
  return button;
}

const RULES = ["length", "upper", "lower", "digit", "special"];

// → { field, node, check() }; `personal()` gives the person's own words, which a password must not be made of.
/** @param {{ name?: string, label: any, hint?: any, test?: string, personal?: () => string[] }} options */
export function newPassword({ name = "password", label, hint, test, personal = () => [] }) {
  const made = passwordField({ name, label, hint, autocomplete: "new-password", test });
  const rows = Object.fromEntries(RULES.map((rule) => [rule, h("li.password-rule", { "data-rule": rule })]));
  const meterText = h("p.strength-text", { "aria-live": "polite", "data-test": "password-strength" });
  const meter = h(
    "div.strength",
    { "data-score": "0" },
    h(
      "div.strength-bar",
      { "aria-hidden": "true" },
      Array.from({ length: 4 }, () => h("span")),
    ),
    meterText,
  );
  const node = h(
    "div",
    made.node,
    meter,
    h("ul.password-rules", { "aria-label": t("password.rules") }, Object.values(rows)),
  );
  // The server adds the same words in src/app/sessions.rs: what precedes the @, and the brand.
  const words = () => [...personal().flatMap((word) => [word, word.split("@")[0]]), brand()];
  let judged = false;

  const look = () => {
    const met = checkRules(made.control.value);
    for (const rule of RULES) {
      const state = t(met[rule] ? "password.met" : "password.unmet");
      rows[rule].dataset.met = String(met[rule]);
      rows[rule].dataset.judged = String(judged);
      replace(
        rows[rule],
        icon(met[rule] ? "check" : "ring"),
        h("span", t(`password.rule.${rule}`)),
        h("span.visually-hidden", state),
      );
    }
    const { score, hint } = estimateStrength(made.control.value, words());
    meter.dataset.score = String(score);
    replace(meterText, score > 0 && t(`password.score.${score}`), hint && ` ${t(`password.hint.${hint}`)}`);
    return met;
  };
  made.control.addEventListener("input", look);
  look();

  // Before sending: the first unmet rule is shown at the field.
  const check = () => {
    judged = true;
    const missing = RULES.find((rule) => !look()[rule]);
    const own = isPersonal(made.control.value, words());
    if (!missing && !own) return true;
    made.setError(t(missing ? `password.missing.${missing}` : "password.hint.personal"));
    made.control.focus();
    return false;
  };
  return { field: made, node, check };
}
