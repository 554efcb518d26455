import { h } from "../lib/el.js";
import { errorNotice } from "../lib/form.js";
import { router } from "../lib/router.js";
import { session } from "../lib/services.js";
import { gate } from "../elements/gate.js";
import notFoundPage from "./not-found.js";
import { t } from "../i18n/index.js";

// A page that could not be opened: say why, offer to try again.
export default function failurePage({ error, retry = () => router.reload() }) {
  if (error.status === 404) return notFoundPage();
  const title = t("failure.title");
  const content = [errorNotice(error.code ? error : { code: "unexpected" }), h("p.more", h("button.button", { type: "button", onclick: () => retry() }, t("action.retry")))];
  if (!session.account) return { title, layout: "gate", content: gate({ title, content }) };
  return { title, content: h("div", h("h1", { tabindex: "-1" }, title), content) };
}
