// Sends a link for a new password to the mailbox of a user who lost access. Why none was sent is shown beside the
// button.

import { h, replace } from "../../kit/el.js";
import { api } from "../../services.js";
import { confirmDialog } from "../../kit/dialog.js";
import { errorText } from "../../text/errors.js";
import { icon } from "../../kit/icons.js";
import { newId } from "../../core/tabs.js";
import { toast } from "../../kit/ui.js";
import { t } from "../../text/words.js";

// Idempotency keys of requests without an answer, by path: a row may be redrawn before the next attempt.
const keys = new Map();

// `path` is the endpoint; `email` is null where the address is hidden.
export function accessLinkButton({ path, name, email }) {
  const send = async () => {
    const sure = await confirmDialog({
      title: t("access_link.send_title", { name }),
      text: email ? t("access_link.send_text", { email }) : t("access_link.send_text_hidden"),
      action: t("access_link.send_now"),
    });
    if (!sure) return;
    const refused = document.getElementById(place);
    replace(refused);
    keys.set(path, keys.get(path) ?? newId());
    try {
      await api.post(path, {}, { key: keys.get(path) });
      keys.delete(path);
      toast(t("access_link.sent"));
    } catch (error) {
      replace(refused, errorText(error));
    }
  };
  const place = `refused${path.replaceAll("/", "-")}`;
  return h(
    "span.access-link",
    h(
      "button.button.button-small.button-plain",
      { type: "button", "data-test": "access-link", onclick: send },
      icon("lock"),
      t("access_link.send"),
    ),
    h("span.small", { id: place, role: "status", "data-test": "access-link-refused" }),
  );
}
