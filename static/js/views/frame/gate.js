// The frame of the signed-out pages.

import { h } from "../../kit/el.js";
import { icon } from "../../kit/icons.js";
import { router } from "../../core/router.js";
import { session } from "../../services.js";
import { brand } from "../../kit/title.js";
import { wordmark } from "../../kit/ui.js";
import { chooseLanguage, LANGUAGES } from "../../core/language.js";
import { language, t } from "../../text/words.js";

/** @param {{ title: string, lead?: any, sign?: string | null, content: any, words?: string }} options */
export function gate({ title, lead, sign = null, content, words = "gate.words" }) {
  const heading = h("h1", { tabindex: "-1", dir: "auto" }, title);
  return h(
    "div.gate",
    h(
      "aside.gate-room",
      { "aria-label": brand() },
      wordmark({ onRoom: true }),
      h("div.gate-words", h("p", t(words)), h("p", t("gate.sub"))),
    ),
    h(
      "div.gate-side",
      h("header.gate-tools", wordmark(), languageSwitch()),
      h(
        "main.gate-main",
        { id: "main" },
        sign && h("div.gate-sign", icon(sign)),
        heading,
        lead && h("p.lead", lead),
        content,
      ),
      h("footer.gate-house", t("gate.foot")),
    ),
  );
}

function languageSwitch() {
  // The language of a signed-in user is that of their account.
  if (session.account) return null;
  return h(
    "div.language-switch",
    { role: "group", "aria-label": t("language.label") },
    LANGUAGES.map(([code, name]) =>
      h(
        "button",
        {
          type: "button",
          lang: code,
          "aria-pressed": String(language() === code),
          "data-test": `language-${code}`,
          onclick: async () => {
            if (code === language()) return;
            await chooseLanguage(code);
            document.querySelector(".skip-link").textContent = t("nav.skip");
            router.reload();
          },
        },
        name,
      ),
    ),
  );
}
