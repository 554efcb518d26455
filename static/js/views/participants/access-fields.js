// The access flags as checkboxes: for a participant, and for an invitation.

import { h } from "../../kit/el.js";
import { checkbox } from "../../kit/form.js";
import { session } from "../../services.js";
import { t, valuesOf } from "../../text/words.js";

let counter = 0;

// The accesses that the account may give in a transaction: their own, or all where they opened it.
export function grantable({ opened_by: opener, access }) {
  return opener === session.account.id ? {} : access;
}

// The five access checkboxes. An access that cannot be given is shown and cannot be ticked, and a line says why; `limit(mayGive)`
// sets which can. An access that the person holds can be kept and taken away. `wanted` holds the boxes that are ticked at first.
export function accessFields({ wanted = {}, held = {}, mayGive = {} } = {}) {
  const names = valuesOf("access");
  const why = h(
    "p.field-hint",
    { id: `access-limited-${(counter += 1)}`, "data-test": "access-limited" },
    t("participants.access_limited"),
  );
  // The choice outlives a limit: it counts again when the limit is gone.
  const choice = Object.fromEntries(names.map((name) => [name, wanted[name] ?? true]));
  const boxes = Object.fromEntries(
    names.map((name) => {
      const box = checkbox({ label: t(`access.${name}`), checked: choice[name], "data-test": `access-${name}` });
      box.control.addEventListener("change", () => {
        if (!box.control.disabled) choice[name] = box.value;
      });
      return [name, box];
    }),
  );
  const node = h(
    "fieldset.field",
    h("legend", t("participants.access")),
    h(
      "div.access-grid",
      names.map((name) => boxes[name].node),
    ),
    why,
  );
  const limit = (free) => {
    for (const name of names) {
      const isFree = (free[name] ?? true) || held[name] === true;
      boxes[name].control.disabled = !isFree;
      boxes[name].control.checked = isFree && choice[name];
    }
    why.hidden = names.every((name) => !boxes[name].control.disabled);
    if (why.hidden) node.removeAttribute("aria-describedby");
    else node.setAttribute("aria-describedby", why.id);
  };
  limit(mayGive);
  return {
    node,
    limit,
    get isLimited() {
      return !why.hidden;
    },
    get value() {
      return Object.fromEntries(names.map((name) => [name, boxes[name].value]));
    },
  };
}
