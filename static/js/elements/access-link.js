// Giving access back by hand: a link for a new password, to the person's own mailbox.

import { h } from "../lib/el.js";
import { api } from "../lib/services.js";
import { confirmDialog } from "../lib/dialog.js";
import { errorText } from "../lib/errors.js";
import { icon } from "../lib/icons.js";
import { toast } from "../lib/ui.js";
import { t } from "../i18n/index.js";

// `path` is where the link is asked for.
export function accessLinkButton({ path, name, email }) {
  const send = async () => {
    const sure = await confirmDialog({ title: t("access.send_title", { name }), text: t("access.send_text", { email }), action: t("access.send_now") });
    if (!sure) return;
    try {
      await api.post(path, {});
      toast(t("access.sent"));
    } catch (error) {
      toast(errorText(error));
    }
  };
  return h("button.button.button-small.button-plain", { type: "button", "data-test": "access-link", onclick: send }, icon("lock"), t("access.send"));
}
