// Giving access back by hand: a link for a new password, to the person's own mailbox. Why none was sent stands beside the button.

import { h, replace } from "../../kit/el.js";
import { api } from "../../services.js";
import { confirmDialog } from "../../kit/dialog.js";
import { errorText } from "../../text/errors.js";
import { icon } from "../../kit/icons.js";
import { newId } from "../../core/tabs.js";
import { toast } from "../../kit/ui.js";
import { t } from "../../text/words.js";

// The idempotency keys of links whose answers have not come, by path: a row may be drawn anew before one asks again.
const keys = new Map();

// `path` is where the link is asked for; `email` is null where it is not shown.
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
