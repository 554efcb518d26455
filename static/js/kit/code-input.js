// The six digits of a code: a box for each, and one input for password managers.

import { h, replace } from "./el.js";
import { icon } from "./icons.js";
import { LENGTH, empty, erased, pasted, typed } from "../text/code-digits.js";
import { t } from "../text/words.js";

// → a field as `form` knows it, with clear().
export function codeField({ name = "code", label, test }) {
  let digits = empty();
  const error = h("p.field-error", { id: `${name}-error`, hidden: true });
  const boxes = digits.map((_, index) =>
    h("input.input.code-box", {
      type: "text",
      inputmode: "numeric",
      autocomplete: index === 0 ? "one-time-code" : "off",
      required: true,
      spellcheck: "false",
      "aria-label": t("reset_code.digit", { n: index + 1 }),
      "data-test": `${test}-${index + 1}`,
    }),
  );

  const show = (state) => {
    digits = state.digits;
    boxes.forEach((box, index) => {
      box.value = digits[index];
    });
    boxes[state.focus].focus();
    boxes[state.focus].select();
  };
  const setError = (text) => {
    error.hidden = !text;
    replace(error, text && [icon("alert"), h("span", text)]);
    for (const box of boxes) {
      if (text) box.setAttribute("aria-invalid", "true");
      else box.removeAttribute("aria-invalid");
      if (text) box.setAttribute("aria-describedby", error.id);
      else box.removeAttribute("aria-describedby");
    }
  };

  boxes.forEach((box, index) => {
    // A digit typed into a filled box replaces its digit.
    box.addEventListener("focus", () => box.select());
    box.addEventListener("input", () => {
      setError(null);
      show(typed(digits, index, box.value));
    });
    box.addEventListener("paste", (event) => {
      event.preventDefault();
      setError(null);
      show(pasted(digits, index, event.clipboardData.getData("text")));
    });
    box.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const steps = { ArrowLeft: -1, ArrowRight: 1 };
      if (event.key === "Backspace") show(erased(digits, index));
      else if (event.key in steps) boxes[Math.min(Math.max(index + steps[event.key], 0), LENGTH - 1)].focus();
      else return;
      event.preventDefault();
    });
  });

  const node = h("fieldset.field", h("legend", label), h("div.code-boxes", { dir: "ltr" }, boxes), error);
  return {
    name,
    node,
    control: boxes[0],
    setError,
    clear: () => show({ digits: empty(), focus: 0 }),
    isComplete: () => digits.every((digit) => digit !== ""),
    get value() {
      return digits.join("");
    },
  };
}
