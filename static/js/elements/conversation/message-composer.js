// The composer. The draft survives a reload; Enter sends on devices with a keyboard.

import { h, replace } from "../../kit/el.js";
import { icon } from "../../kit/icons.js";
import { number } from "../../text/numbers.js";
import { drafts } from "../../core/storage.js";
import { Draft } from "../../stores/draft.js";
import { isShown } from "../../text/shown.js";
import { t } from "../../text/words.js";

const MAX_CHARACTERS = 10_000;
const WARN_FROM = 9_500;
const DRAFT_DELAY_MS = 300;

export class MessageComposer extends HTMLElement {
  #conversation;
  #onsend;
  #draft;
  #timer = null;
  #input = h("textarea.composer-input", { rows: 1, dir: "auto", "data-test": "composer-input", enterkeyhint: "enter" });
  #send = h("button.composer-send", { type: "submit", "data-test": "composer-send" }, icon("send"));
  #left = h("span.count-left", { role: "status" });

  attach(conversation, { onsend, signal }) {
    this.#conversation = conversation;
    this.#onsend = onsend;
    this.#input.placeholder = t("composer.placeholder");
    this.#input.setAttribute("aria-label", t("composer.label"));
    this.#send.setAttribute("aria-label", t("composer.send"));
    this.#send.title = t("composer.send");
    const { me, room } = conversation;
    this.#draft = new Draft({ read: () => drafts.get(me, room.id), write: (text) => drafts.set(me, room.id, text) });
    this.#input.value = this.#draft.text;

    const form = h(
      "form.composer",
      { "aria-label": t("composer.label") },
      h("div.composer-box", this.#input, this.#send),
      h("p.composer-hint", h("span.keys", t("composer.keys")), this.#left),
    );
    this.append(form);

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#input.addEventListener("keydown", (event) => this.#onKey(event));
    this.#input.addEventListener("input", () => this.#onInput());
    addEventListener("pagehide", () => this.#saveDraft(), { signal });
    drafts.watch(me, room.id, () => this.#lookAtDraft(), { signal });
    addEventListener("pageshow", () => this.#lookAtDraft(), { signal });
    signal.addEventListener("abort", () => this.#saveDraft());
    this.#look();
    setTimeout(() => this.#size());
  }

  focus() {
    this.#input.focus();
  }

  // The participant was removed, or the room is gone: the reason stands in place of the input.
  close(text) {
    this.#saveDraft();
    replace(
      this,
      h(
        "div.composer",
        h(
          "div.notice.notice-brass.composer-closed",
          { role: "status", "data-test": "composer-closed" },
          icon("info"),
          h("p.grow", text),
        ),
      ),
    );
  }

  #onKey(event) {
    if (event.key !== "Enter" || event.shiftKey || event.altKey) return;
    // While an input method composes an accent or a character, Enter belongs to it.
    if (event.isComposing || event.keyCode === 229) return;
    const always = event.ctrlKey || event.metaKey;
    if (!always && matchMedia("(pointer: coarse)").matches) return;
    event.preventDefault();
    this.#submit();
  }

  #onInput() {
    this.#draft.edit(this.#input.value);
    this.#size();
    this.#look();
    this.#conversation.typingSignal.stroke(isShown(this.#input.value));
    this.#timer ??= setTimeout(() => this.#saveDraft(), DRAFT_DELAY_MS);
  }

  #submit() {
    const body = withoutEmptyLines(this.#input.value);
    if (!isShown(body) || length(body) > MAX_CHARACTERS) return this.#input.focus();
    this.#conversation.post(body);
    this.#input.value = "";
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#draft.sent();
    this.#size();
    this.#look();
    this.#input.focus();
    this.#onsend();
  }

  #saveDraft() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#draft.save();
  }

  #lookAtDraft() {
    if (!this.#draft.look()) return;
    this.#input.value = this.#draft.text;
    this.#size();
    this.#look();
  }

  #look() {
    const body = withoutEmptyLines(this.#input.value);
    const count = length(body);
    const usable = isShown(body) && count <= MAX_CHARACTERS;
    this.#send.setAttribute("aria-disabled", String(!usable));
    this.#left.classList.toggle("over", count > MAX_CHARACTERS);
    const text =
      count > MAX_CHARACTERS
        ? t("composer.over", { count: count - MAX_CHARACTERS, n: number(count - MAX_CHARACTERS) })
        : count >= WARN_FROM
          ? t("composer.left", { count: MAX_CHARACTERS - count, n: number(MAX_CHARACTERS - count) })
          : "";
    if (this.#left.textContent !== text) this.#left.textContent = text;
  }

  // Grows with the text up to the limit of the style sheet.
  #size() {
    this.#input.style.height = "auto";
    this.#input.style.height = `${this.#input.scrollHeight}px`;
  }
}

// Trimmed as the server does: no empty lines around it, the indentation of the first line kept.
function withoutEmptyLines(text) {
  return text.replace(/^\n+/, "").trimEnd();
}

// Length as the server counts it: characters, not UTF-16 units.
function length(text) {
  return text.length < WARN_FROM ? text.length : [...text].length;
}

customElements.define("message-composer", MessageComposer);
