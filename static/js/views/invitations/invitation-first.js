// The actions on the invitation that is under way, where another one was refused.

import { h, replace } from "../../kit/el.js";
import { toast } from "../../kit/ui.js";
import { newId } from "../../core/tabs.js";
import { router } from "../../core/router.js";
import { api } from "../../services.js";
import { errorText } from "../../text/errors.js";
import { t } from "../../text/words.js";

export function underWay(id) {
  const refused = h("p.field-error", { role: "status", "data-test": "first-refused" });
  const keys = { resend: newId(), extend: null };
  const act = (verb, done) =>
    h(
      "button.button.button-plain.button-small",
      {
        type: "button",
        "data-test": `first-${verb}`,
        onclick: async () => {
          replace(refused);
          try {
            await api.post(`/client-invitations/${id}/${verb}`, undefined, { key: keys[verb] });
            toast(t(done));
            router.go("/broker/clients");
          } catch (error) {
            replace(refused, errorText(error));
          }
        },
      },
      t(`invite.first_${verb}`),
    );
  return h(
    "div.row.row-wrap.push-below",
    { "data-test": "invitation-first" },
    h(
      "a.button.button-plain.button-small",
      { href: `/broker/invite?edit=${id}`, "data-test": "first-open" },
      t("invite.first_open"),
    ),
    act("resend", "invitation.resent"),
    act("extend", "invitation.extended"),
    refused,
  );
}
