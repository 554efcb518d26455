import { h } from "../kit/el.js";
import { empty } from "../kit/ui.js";
import { session } from "../services.js";
import { gate } from "../views/frame/gate.js";
import { homeOf } from "../routes.js";
import { t } from "../text/words.js";

export default function notFoundPage() {
  const home = h(
    "a.button",
    { href: homeOf(session.account), "data-test": "go-home" },
    t(session.account ? "not_found.home" : "action.sign_in"),
  );
  if (!session.account) {
    return {
      title: t("not_found.title"),
      layout: "gate",
      content: gate({ title: t("not_found.title"), lead: t("not_found.text"), sign: "help", content: home }),
    };
  }
  const content = empty({ title: t("not_found.title"), text: t("not_found.text"), action: home });
  const heading = h("h1", { tabindex: "-1" }, t("not_found.title"));
  content.querySelector("h2").replaceWith(heading);
  return { title: t("not_found.title"), content };
}
