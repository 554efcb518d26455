// Requests to take part, which a broker accepts or declines, and the button to leave a transaction.

import { h } from "../../kit/el.js";
import { live } from "../../core/live.js";
import { api, session } from "../../services.js";
import { ParticipationRequests } from "../../stores/participation-requests.js";
import { brief } from "../../text/dates.js";
import { confirmDialog } from "../../kit/dialog.js";
import { errorText } from "../../text/errors.js";
import { patch } from "../../kit/patch.js";
import { router } from "../../core/router.js";
import { avatar, toast } from "../../kit/ui.js";
import { homeOf, transactionPath } from "../../routes.js";
import { t } from "../../text/words.js";

// The open requests to this broker, live; hidden when there are none.
export function participationRequests(signal) {
  const list = h("ul.rows");
  const node = h(
    "section.stack.push-below",
    { hidden: true, "aria-label": t("requests.title"), "data-test": "participation-requests" },
    h("h2", t("requests.title")),
    list,
  );
  const requests = new ParticipationRequests({ api, live, signal }).list({ signal });
  const draw = () => {
    const { items } = requests;
    patch(
      list,
      items.map((request) => requestRow(request, () => requests.refresh())),
    );
    node.hidden = items.length === 0;
  };
  requests.on("change", draw, { signal });
  requests.refresh();
  return node;
}

/**
 * @param {import("../../api-types.js").ParticipationRequest} request
 * @param {() => void} onanswer
 */
function requestRow({ transaction_id: id, title, kind, asked_by: name, asked_at: at }, onanswer) {
  const answer = async (word) => {
    try {
      await api.post(`/participation-requests/${id}/${word}`);
      if (word === "accept") return router.go(transactionPath(session.account, id));
      toast(t("requests.declined"));
    } catch (error) {
      toast(errorText(error));
    }
    onanswer();
  };
  return h(
    "li.person-row",
    { key: id, "data-test": "participation-request", "data-id": id },
    avatar(name, "broker"),
    h(
      "div.grow",
      h("h3", t("requests.asks", { name, title })),
      h("p.row-meta", h("span", t(`transaction_kind.${kind}`)), h("span", brief(at))),
    ),
    h(
      "div.row-side",
      h(
        "button.button.button-small",
        { type: "button", "data-test": "participation-accept", onclick: () => answer("accept") },
        t("requests.accept"),
      ),
      h(
        "button.button.button-plain.button-small",
        { type: "button", "data-test": "participation-decline", onclick: () => answer("decline") },
        t("requests.decline"),
      ),
    ),
  );
}

// For clients: confirmed twice, since only a broker can add them again.
export function leaveButton(transaction) {
  const leave = async () => {
    const text = t("participants.leave_client_text", { title: transaction.title });
    const first = await confirmDialog({
      title: t("participants.leave_title"),
      text,
      action: t("participants.leave"),
      danger: true,
      test: "leave-dialog",
    });
    if (!first) return;
    const sure = await confirmDialog({
      title: t("participants.leave_sure"),
      text: t("participants.leave_sure_text"),
      action: t("participants.leave_now"),
      danger: true,
      test: "leave-sure-dialog",
    });
    if (!sure) return;
    try {
      await api.delete(`/transactions/${transaction.id}/participants/${session.account.id}`);
      toast(t("participants.you_left", { title: transaction.title }));
      router.go(homeOf(session.account), { replace: true });
    } catch (error) {
      toast(errorText(error));
    }
  };
  return h(
    "button.button.button-ghost.button-small.push-down-small",
    { type: "button", "data-test": "participant-leave", onclick: leave },
    t("participants.leave"),
  );
}
