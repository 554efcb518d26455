// Sends a link for a new password to the mailbox of a user who lost access. A refusal is shown in the row of the user.

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

const placeOf = (path) => `refused${path.replaceAll("/", "-")}`;

// The place in the row where a refusal is shown. `path` is the endpoint.
export function accessLinkRefusal(path) {
  return h("p.row-alert", {
    key: "access-link",
    id: placeOf(path),
    role: "status",
    "data-test": "access-link-refused",
  });
}

// `email` is null where the address is hidden.
export async function sendAccessLink({ path, name, email }) {
  const sure = await confirmDialog({
    title: t("access_link.send_title", { name }),
    text: email ? t("access_link.send_text", { email }) : t("access_link.send_text_hidden"),
    action: t("access_link.send_now"),
    test: "access-link-dialog",
  });
  if (!sure) return;
  const say = (...words) => {
    const place = document.getElementById(placeOf(path));
    if (place) replace(place, ...words);
  };
  say();
  keys.set(path, keys.get(path) ?? newId());
  try {
    await api.post(path, {}, { key: keys.get(path) });
    keys.delete(path);
    toast(t("access_link.sent"));
  } catch (error) {
    say(icon("alert"), h("span", errorText(error)));
  }
}
