// Forms that show exactly what is wrong and where. A field is a label, a control, a hint and an error, connected for
// screen readers.

import { h, replace } from "./el.js";
import { icon } from "./icons.js";
import { errorText } from "../text/errors.js";
import { formDrafts } from "../core/storage.js";
import { newId } from "../core/tabs.js";
import { t } from "../text/words.js";

// Free text takes the direction of its language.
const WRITTEN = new Set(["text", "search"]);

let counter = 0;

/** @typedef {{ label: any, name?: string, hint?: any, optional?: boolean, [prop: string]: any }} FieldOptions what a field is, and the attributes of its control */

// → { node, control, value, setError(text) }
/** @param {FieldOptions} options */
export function field({ name, label, hint, optional = false, control, wrap = (node) => node, ...props }) {
  const id = `f${(counter += 1)}`;
  const input =
    control ?? h("input.input", { type: "text", dir: WRITTEN.has(props.type ?? "text") ? "auto" : null, ...props });
  input.id = id;
  input.name = name;
  const hintNode = hint ? h("p.field-hint", { id: `${id}-hint` }, hint) : null;
  const errorNode = h("p.field-error", { id: `${id}-error`, hidden: true });
  const describe = (hasError) => {
    const ids = [hint && `${id}-hint`, hasError && `${id}-error`].filter(Boolean).join(" ");
    if (ids) input.setAttribute("aria-describedby", ids);
    else input.removeAttribute("aria-describedby");
  };
  describe(false);

  const setError = (text) => {
    errorNode.hidden = !text;
    replace(errorNode, text && [icon("alert"), h("span", text)]);
    input.toggleAttribute("aria-invalid", Boolean(text));
    if (text) input.setAttribute("aria-invalid", "true");
    describe(Boolean(text));
  };
  input.addEventListener("input", () => setError(null));
  if (input.type === "date") {
    // A half-typed date has no value, yet does not look empty.
    const showEmpty = () => {
      input.dataset.empty = String(input.value === "" && !input.validity.badInput);
    };
    for (const type of ["input", "change", "blur"]) input.addEventListener(type, showEmpty);
    showEmpty();
  }

  const node = h(
    "div.field",
    h("label", { for: id }, label, optional && h("span.field-optional", t("form.optional"))),
    wrap(input),
    hintNode,
    errorNode,
  );
  return {
    name,
    node,
    control: input,
    setError,
    get value() {
      return input.value.trim();
    },
  };
}

/** @param {FieldOptions} options */
export function textArea(options) {
  const { name, label, hint, optional, ...props } = options;
  return field({ name, label, hint, optional, control: h("textarea.input", { rows: 4, dir: "auto", ...props }) });
}

// options: [[value, label], …]
/** @param {FieldOptions} options */
export function select({ options, value, name, label, hint, optional, ...props }) {
  const control = h(
    "select.input",
    props,
    options.map(([key, text]) =>
      h("option", { value: key, dir: "auto", selected: String(key) === String(value ?? "") }, text),
    ),
  );
  return field({ name, label, hint, optional, control });
}

/** @param {FieldOptions} options */
export function checkbox({ label, hint, checked, ...props }) {
  const input = h("input", { type: "checkbox", checked, ...props });
  const node = h("label.check", input, h("span", label, hint && h("span.field-hint", hint)));
  return {
    node,
    control: input,
    get value() {
      return input.checked;
    },
  };
}

// Radio buttons, all visible. options: [[value, label, icon?], …]
/** @param {{ name: string, label: string, options: any[][], value: any, test?: string }} options */
export function choices({ name, label, options, value, test }) {
  const inputs = [];
  const node = h(
    "fieldset.field",
    { "data-test": test },
    h("legend", label),
    h(
      "div.choices",
      options.map(([key, text, sign]) => {
        const input = h("input", { type: "radio", name, value: key, checked: key === value });
        inputs.push(input);
        return h("label.choice", input, h("span", sign && icon(sign), text));
      }),
    ),
  );
  return {
    name,
    node,
    control: inputs[0],
    setError() {},
    get value() {
      return inputs.find((input) => input.checked)?.value ?? null;
    },
  };
}

// A form around fields. `draft` names the draft that survives another page, another language and a lost session;
// passwords are never kept. `blames` maps a refusal that names no field to the { field, text } that it means here.
// `submit(key)` does the work; `key` is the idempotency key of what it creates. An error is shown at the field that
// it names, otherwise on top.
/**
 * @param {{ fields: any[], content: any, button: HTMLElement, submit: (key: string) => Promise<void>, test?: string,
 *   draft?: string | null, blames?: Record<string, { field: string, text: string }>, check?: () => boolean }} options
 */
export function form({ fields, content, button, submit, test, draft = null, blames = {}, check = () => true }) {
  const alert = h("div", { role: "alert" });
  // An open form creates one thing, however often its answer is lost and it is sent again.
  let key = newId();
  const node = h("form.form", { novalidate: true, "data-test": test }, alert, content);

  const showError = (error) => {
    const shown = new Set();
    const blamed = blames[error.code];
    const list =
      error.fields?.length > 0
        ? error.fields
        : error.field
          ? [error]
          : blamed
            ? [{ ...error, code: error.code, message: error.message, ...blamed }]
            : [];
    for (const item of list) {
      const target = fields.find((candidate) => candidate.name === item.field);
      if (!target || shown.has(item.field)) continue;
      shown.add(item.field);
      target.setError(item.text ?? errorText(item));
    }
    if (shown.size === 0) replace(alert, errorNotice(error));
    revealField(fields.find((candidate) => shown.has(candidate.name))?.control ?? alert);
  };

  node.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-busy") === "true") return;
    replace(alert);
    if (!requireAll(fields) || !check()) return;
    button.setAttribute("aria-busy", "true");
    try {
      await submit(key);
      key = newId();
      kept?.forget();
    } catch (error) {
      if (error.name !== "AbortError") showError(error);
    } finally {
      button.removeAttribute("aria-busy");
    }
  });
  const kept = draft && keepDraft(node, draft);
  return { node, showError };
}

// Only differences from the initial values are kept, and they are restored only on the same initial values: changes
// by somebody else in the meantime are not overwritten.
function keepDraft(node, name) {
  const controls = () =>
    [...node.elements].filter((control) => control.matches("input:not([type=password], [readonly]), select, textarea"));
  const key = (control, index) =>
    control.type === "radio" ? `${control.name}=${control.value}` : control.name || `${index}`;
  const valueOf = (control) => (control.matches("[type=radio], [type=checkbox]") ? control.checked : control.value);
  const began = new Map(controls().map((control, index) => [key(control, index), valueOf(control)]));
  const stored = formDrafts.get(name);
  controls().forEach((control, index) => {
    const change = stored[key(control, index)];
    if (!change || change.began !== began.get(key(control, index))) return;
    if (control.matches("[type=radio], [type=checkbox]")) control.checked = change.now;
    else control.value = change.now;
    control.dispatchEvent(new Event("change"));
  });
  let forgotten = false;
  const keep = () => {
    if (forgotten) return;
    const changes = controls().map((control, index) => [
      key(control, index),
      { began: began.get(key(control, index)), now: valueOf(control) },
    ]);
    formDrafts.set(name, Object.fromEntries(changes.filter(([, { began: before, now }]) => before !== now)));
  };
  node.addEventListener("input", keep);
  node.addEventListener("change", keep);
  const forget = () => {
    forgotten = true;
    formDrafts.set(name, {});
  };
  node.addEventListener("give-up", forget);
  return { forget };
}

// Scrolls to the error and focuses its field, also in a dialog that scrolls.
export function revealField(node) {
  if (node.matches("input, select, textarea")) node.focus({ preventScroll: true });
  (node.closest(".field") ?? node).scrollIntoView({ block: "center" });
}

// The fields of `now` that differ from `before`: only these are sent, so that unchanged fields are not overwritten.
export function differences(before, now) {
  const same = (a, b) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
  return Object.fromEntries(Object.entries(now).filter(([name, value]) => !same(before[name], value)));
}

function requireAll(fields) {
  let first = null;
  for (const item of fields) {
    const { control } = item;
    const empty = control.required && item.value === "";
    const badEmail =
      !empty && control.type === "email" && item.value !== "" && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(item.value);
    if (!empty && !badEmail) continue;
    item.setError(t(empty ? "form.required" : "form.email"));
    first ??= control;
  }
  if (first) revealField(first);
  return first === null;
}

export function errorNotice(error) {
  return h(
    "div.notice.notice-red",
    icon("alert"),
    h(
      "div.grow",
      h("p", errorText(error)),
      error.requestId && error.status >= 500 && h("p.request-id", t("error.reference", { id: error.requestId })),
    ),
  );
}
