// The progress of a transaction: as a bar, as a ring in a list, and the badge of its status.

import { h, svg } from "../../kit/el.js";
import { icon } from "../../kit/icons.js";
import { percent } from "../../text/numbers.js";
import { t } from "../../text/words.js";

export function progressBar({ progress, status }, { large = false } = {}) {
  const fillNode = h("div.progress-fill", { vars: { "--value": progress / 100 } });
  return h(
    `div.progress${large ? ".progress-large" : ""}`,
    { "data-status": status },
    h(
      "div.progress-track",
      {
        role: "progressbar",
        "aria-valuenow": progress,
        "aria-valuemin": 0,
        "aria-valuemax": 100,
        "aria-label": t("transaction.progress"),
      },
      fillNode,
    ),
  );
}

export function progressRing({ progress, status, kind }) {
  const done = svg("circle.ring-done", { cx: 27, cy: 27, r: 24, pathLength: 100, vars: { "--value": progress } });
  return h(
    "span.ring",
    {
      "data-status": status,
      "data-empty": String(progress === 0),
      role: "img",
      "aria-label": `${t(`transaction_kind.${kind}`)}, ${percent(progress)}`,
    },
    svg(
      "svg.ring-line",
      { viewBox: "0 0 54 54", "aria-hidden": "true" },
      svg("circle.ring-back", { cx: 27, cy: 27, r: 24 }),
      done,
    ),
    icon(kind),
  );
}

const STATUS_TONES = { new: "brass", in_progress: "green", completed: "green", cancelled: "" };

export function statusBadge(status) {
  const tone = STATUS_TONES[status];
  return h(
    `span.badge${tone && `.badge-${tone}`}`,
    status === "completed" && icon("check"),
    t(`transaction_status.${status}`),
  );
}
