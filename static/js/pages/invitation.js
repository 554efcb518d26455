// The invited person signs up. Opening this page consumes nothing: mail scanners open links too.

import { h } from "../kit/el.js";
import { api, session } from "../services.js";
import { field, form } from "../kit/form.js";
import { icon } from "../kit/icons.js";
import { fullName } from "../text/names.js";
import { longDate } from "../text/dates.js";
import { router } from "../core/router.js";
import { gate } from "../views/frame/gate.js";
import { forgotten, newPassword, passwordField } from "../kit/password-input.js";
import { transactionPath } from "../routes.js";
import { chosenLanguage, setLanguage } from "../core/language.js";
import { language, t } from "../text/words.js";
import { deadLink, isDead } from "./invitation-dead.js";

export default async function invitationPage({ params, signal }) {
  const token = encodeURIComponent(params.token);
  let invitation;
  try {
    ({ invitation } = await api.get(`/client-invitations/token/${token}`, { signal }));
  } catch (error) {
    if (!isDead(error)) throw error;
    return deadLink(error.code);
  }
  // The page has the language of the mail, unless the visitor chose another.
  if (!session.account && !chosenLanguage()) await setLanguage(invitation.language);
  if (invitation.password === "none") return notForAdmins(invitation);
  const title = t("signup.title", { name: invitation.first_name });
  return {
    title,
    layout: "gate",
    content: gate({
      title,
      lead: t(leadOf(invitation), { broker: invitation.broker_name }),
      words: "gate.invited_words",
      content: [
        otherAccount(invitation),
        signUpForm(token, invitation),
        h("p.gate-foot.push-down", t("signup.expires", { date: longDate(invitation.expires_at) })),
      ],
    }),
  };
}

// `password` says which one is asked for: a new one, that of the account, or either (a copied link does not reveal
// whether there is an account).
function leadOf({ password, account_exists: known }) {
  if (password === "own") return "signup.lead_known";
  if (password === "either") return "signup.lead_either";
  return known ? "signup.lead_unproved" : "signup.lead";
}

function notForAdmins({ email, broker_name: broker }) {
  const title = t("signup.admin_title");
  return {
    title,
    layout: "gate",
    content: gate({
      title,
      lead: t("signup.admin_text", { email }),
      sign: "info",
      words: "gate.invited_words",
      content: h(
        "div",
        { "data-test": "signup-admin" },
        h("ul.gate-steps", h("li", icon("next"), h("span", t("signup.admin_step", { broker })))),
        h("a.button.button-plain", { href: "/sign-in" }, t("action.sign_in")),
      ),
    }),
  };
}

// Another account is signed in here: the page says so before it is replaced.
function otherAccount(invitation) {
  const { account } = session;
  if (!account || account.email.toLowerCase() === invitation.email.toLowerCase()) return null;
  return h(
    "div.notice.notice-brass.push-below",
    icon("info"),
    h("p.grow", t("signup.other_account", { name: fullName(account) })),
  );
}

function signUpForm(token, invitation) {
  const known = invitation.password === "own";
  const either = invitation.password === "either";
  const email = field({
    name: "email",
    label: t("field.email"),
    type: "email",
    value: invitation.email,
    readonly: true,
    autocomplete: "username",
    hint: t("signup.email_hint"),
    "data-test": "signup-email",
    // The e-mail address is that of the invitation: shown, not editable.
    wrap: (control) => h("div.input-wrap", control, h("span.input-lock", icon("lock"))),
  });
  const first = field({
    name: "first_name",
    label: t("field.first_name"),
    value: invitation.first_name,
    required: true,
    autocomplete: "given-name",
    "data-test": "signup-first-name",
  });
  const last = field({
    name: "last_name",
    label: t("field.last_name"),
    value: invitation.last_name,
    required: true,
    autocomplete: "family-name",
    "data-test": "signup-last-name",
  });
  const phone = field({
    name: "phone",
    label: t("field.phone"),
    value: invitation.phone,
    type: "tel",
    optional: true,
    autocomplete: "tel",
    "data-test": "signup-phone",
  });
  const chosen = known
    ? knownPassword(email)
    : newPassword({
        label: t(either ? "signup.either_password" : "signup.choose_password"),
        hint: either && t("signup.either_hint"),
        test: "signup-password",
        personal: () => [first.value, last.value, email.value],
      });
  const button = h(
    "button.button.button-wide",
    { type: "submit", "data-test": "signup-submit" },
    t(known ? "signup.submit_known" : "signup.submit"),
  );

  const { node } = form({
    draft: `signup:${token.slice(0, 8)}`,
    fields: known ? [chosen.field] : [first, last, phone, chosen.field],
    button,
    check: chosen.check,
    test: "signup-form",
    content: known
      ? [email.node, chosen.node, button]
      : [email.node, h("div.form-pair", first.node, last.node), phone.node, chosen.node, button],
    submit: async () => {
      const details = known
        ? {}
        : { first_name: first.value, last_name: last.value, phone: phone.value || null, language: language() };
      let answer;
      try {
        answer = await api.post(
          `/client-invitations/activate/${token}`,
          { password: chosen.field.value, ...details },
          { quiet401: true },
        );
      } catch (error) {
        // The link expired or was used while the form was open.
        if (isDead(error)) return router.reload();
        throw error;
      }
      await session.begin(answer.account);
      // A broker can be a client too.
      const path =
        answer.account.role === "client" ? "/client?welcome=1" : transactionPath(answer.account, answer.transaction_id);
      router.go(path, { replace: true });
    },
  });
  return node;
}

function knownPassword(email) {
  const hint = h("span", t("signup.known_hint"), " ", forgotten(email));
  const made = passwordField({
    label: t("signup.known_password"),
    autocomplete: "current-password",
    test: "signup-password",
    hint,
  });
  return { field: made, node: made.node, check: () => true };
}
