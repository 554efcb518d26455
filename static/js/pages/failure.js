import { h } from "../kit/el.js";
import { errorNotice } from "../kit/form.js";
import { icon } from "../kit/icons.js";
import { onReconnect } from "../core/reconnect.js";
import { router } from "../core/router.js";
import { session } from "../services.js";
import { gate } from "../views/frame/gate.js";
import notFoundPage from "./not-found.js";
import { t } from "../text/words.js";

// Shown in place of a page that could not be opened: the reason and a retry button. Without a connection it retries
// by itself.
/** @param {{ error: any, signal?: AbortSignal, retry?: () => void }} options */
export default function failurePage({ error, signal, retry = () => router.reload() }) {
  if (error.status === 404) return notFoundPage();
  // A browser may remember that a module could not be fetched: then only a new document helps.
  const again = error.isCode ? () => reload(signal) : retry;
  const isLine = Boolean(error.isNetwork || error.isCode);
  if (isLine) onReconnect(again, { signal });
  const title = t(isLine ? "failure.offline_title" : "failure.title");
  const content = [
    isLine
      ? h(
          "div.notice.notice-brass",
          { "data-test": "no-connection" },
          icon("offline"),
          h("p.grow", t("failure.offline")),
        )
      : errorNotice(error.code ? error : { code: "unexpected" }),
    h("p.more", h("button.button", { type: "button", onclick: () => again() }, t("action.retry"))),
  ];
  if (!session.account) return { title, layout: "gate", content: gate({ title, content }) };
  return { title, content: h("div", h("h1", { tabindex: "-1" }, title), content) };
}

// Only when the server answers: otherwise the browser would show its own error page.
async function reload(signal) {
  try {
    await fetch("/health/live", { cache: "no-store", signal });
    location.reload();
  } catch (cause) {
    if (cause.name !== "AbortError") onReconnect(() => reload(signal), { signal });
  }
}
