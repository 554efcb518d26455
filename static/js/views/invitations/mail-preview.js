// The mail of an invitation as it would be sent, beside its form.

import { h, replace } from "../../kit/el.js";
import { mailFrame } from "../../kit/mail-frame.js";
import { api } from "../../services.js";
import { t } from "../../text/words.js";

const PREVIEW_DELAY_MS = 400;

// Updated after each pause in typing; the last answer wins.
export function mailPreview(signal) {
  const subject = h("strong", { dir: "auto" }, t("invite.preview_wait"));
  const to = h("span");
  const frame = mailFrame(t("invite.preview"));
  const trouble = h("p.small.faint", { role: "status" });
  let timer = null;
  let asked = new AbortController();
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    asked.abort();
  });

  const load = async (fields) => {
    asked.abort();
    asked = new AbortController();
    try {
      const mail = await api.post("/client-invitations/preview", onlyFilled(fields), { signal: asked.signal });
      replace(subject, mail.subject);
      frame.show(mail.html);
      replace(trouble);
    } catch (error) {
      if (error.name !== "AbortError") replace(trouble, t("invite.preview_failed"));
    }
  };
  return {
    node: h(
      "section.invite-preview",
      { "aria-label": t("invite.preview") },
      h("h2", t("invite.preview")),
      h("div.mail", h("div.mail-head", to, subject), frame.node),
      trouble,
    ),
    ask(fields, delay = PREVIEW_DELAY_MS) {
      replace(to, t("invite.preview_to", { email: fields.email || "…" }));
      clearTimeout(timer);
      timer = setTimeout(() => load(fields), delay);
    },
  };
}

function onlyFilled(fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== "" && value !== null));
}
