// The panel beside a conversation: the facts of the transaction, its progress and its participants. Its brokers edit
// it here; clients read it.

import { h, replace, setVars } from "../../kit/el.js";
import { icon } from "../../kit/icons.js";
import { longDate } from "../../text/dates.js";
import { money, percent } from "../../text/numbers.js";
import { api, session, transactions } from "../../services.js";
import { confirmDialog } from "../../kit/dialog.js";
import { router } from "../../core/router.js";
import { errorText } from "../../text/errors.js";
import { patch } from "../../kit/patch.js";
import { iconButton, toast } from "../../kit/ui.js";
import { progressBar, statusBadge } from "../../views/transactions/progress.js";
import { t } from "../../text/words.js";
import { participantsSection } from "../../views/participants/participants.js";
import { transactionDialog } from "../../views/transactions/transaction-form.js";

const REST_MS = 500;
const UNDO_MS = 5_000;

export class TransactionPanel extends HTMLElement {
  #sections = {
    progress: h("section.panel-section"),
    facts: h("section.panel-section"),
    people: h("section.panel-section"),
  };
  #drawn = {};
  #pending = null; // a progress that was chosen and not told yet
  #leave = null;

  attach({ room, signal }) {
    this.room = room;
    this.className = "panel";
    this.setAttribute("role", "complementary");
    this.setAttribute("aria-label", t("transaction.panel"));
    this.append(
      h(
        "div.panel-head",
        h("h2", t("transaction.panel")),
        iconButton("close", t("action.close"), { "data-test": "panel-close", onclick: () => this.close() }),
      ),
      this.#sections.progress,
      this.#sections.facts,
      this.#sections.people,
    );
    signal.addEventListener("abort", () => this.#tell());
    addEventListener("pagehide", () => this.#tell(), { signal });
    room?.on("members", () => this.update(this.transaction), { signal });
    addEventListener(
      "keydown",
      (event) => event.key === "Escape" && !document.querySelector("dialog[open]") && this.close(),
      { signal },
    );
  }

  get mayEdit() {
    const me = session.account;
    return (
      me.role === "broker" &&
      !this.room?.removed &&
      this.transaction.participants.some((person) => person.account_id === me.id && person.role === "broker")
    );
  }

  // On a narrow screen it lies over the conversation; *Back* closes it.
  open() {
    this.returnFocus = /** @type {HTMLElement | null} */ (document.activeElement);
    if (this.dataset.open !== "true" && matchMedia("(max-width: 979px)").matches)
      this.#leave = router.layer(() => this.#hide());
    this.dataset.open = "true";
    /** @type {HTMLElement} */ (this.querySelector(".panel-head button")).focus();
  }

  close() {
    if (this.dataset.open !== "true") return;
    if (!this.#leave) return this.#hide();
    this.#leave();
  }

  #hide() {
    this.#leave = null;
    delete this.dataset.open;
    this.returnFocus?.focus();
  }

  update(transaction) {
    if (!transaction) return;
    this.transaction = transaction;
    const { room, participants, access, ...facts } = transaction;
    const members = [...(this.room?.members.values() ?? [])].map(({ account, online, last_seen: seen }) => [
      account,
      online,
      seen,
    ]);
    if (!this.#pending) this.#draw("progress", [facts.progress, facts.status], () => this.#progress());
    this.#draw("facts", facts, () => this.#facts());
    this.#draw("people", [participants, transaction.asked, members], () =>
      participantsSection({ transaction, room: this.room, mayEdit: this.mayEdit }),
    );
  }

  // Parts are redrawn only when they differ: a control in use must not be replaced.
  #draw(name, facts, build) {
    const signature = JSON.stringify([facts, this.mayEdit]);
    if (this.#drawn[name] === signature) return;
    this.#drawn[name] = signature;
    const section = this.#sections[name];
    if (name !== "progress") return patch(section, build());
    // The slider and its label are redrawn together.
    const stops = () => [...section.querySelectorAll("a[href], button, input")];
    const held = stops().indexOf(document.activeElement);
    replace(section, build());
    // The control that had the keyboard focus keeps it.
    stops()[held]?.focus({ preventScroll: true });
  }

  #progress() {
    const { transaction } = this;
    const isOpen = transaction.status !== "cancelled";
    return [
      h("header", h("h2", t("transaction.progress")), statusBadge(transaction.status)),
      this.mayEdit && isOpen
        ? this.#slider()
        : [h("p.slider-value", percent(transaction.progress)), h("p", progressBar(transaction, { large: true }))],
      this.mayEdit &&
        h(
          "div.row.push-down-small",
          isOpen
            ? h(
                "button.button.button-plain.button-small",
                { type: "button", "data-test": "transaction-cancel", onclick: () => this.#cancel() },
                t("transaction.cancel"),
              )
            : h(
                "button.button.button-plain.button-small",
                { type: "button", "data-test": "transaction-reopen", onclick: () => this.#patch({ status: "open" }) },
                t("transaction.reopen"),
              ),
        ),
    ];
  }

  #slider() {
    const { progress } = this.transaction;
    const value = h("output.slider-value", percent(progress));
    // Arrow keys change the value at each stroke. Only the value at rest is announced.
    let rest = null;
    const input = h("input", {
      type: "range",
      min: 0,
      max: 100,
      step: 5,
      value: progress,
      "aria-label": t("transaction.progress"),
      "aria-valuetext": percent(progress),
      "data-test": "progress-slider",
      oninput: () => {
        value.textContent = percent(Number(input.value));
        setVars(input, { "--done": `${input.value}%` });
        input.setAttribute("aria-valuetext", value.textContent);
      },
      onchange: () => {
        clearTimeout(rest);
        rest = setTimeout(() => this.#choose(Number(input.value), undo), REST_MS);
      },
    });
    const undo = h("p.undo", { role: "status" });
    setVars(input, { "--done": `${progress}%` });
    return h("div.slider", value, input, undo, h("p.small.faint", t("transaction.progress_hint")));
  }

  // The new value is sent after five seconds, so that a slip can be undone. 100 % asks for confirmation.
  async #choose(progress, line) {
    clearTimeout(this.#pending?.timer);
    this.#pending = null;
    if (progress === this.transaction.progress) return this.#redrawProgress();
    // A page that is left while the question is open has not been answered.
    this.#pending = { progress, timer: null, isSure: progress !== 100 };
    if (progress === 100) {
      const sure = await confirmDialog({
        title: t("transaction.complete_title"),
        text: t("transaction.complete_text"),
        action: t("transaction.complete"),
        test: "progress-complete",
      });
      if (!this.isConnected) return;
      if (!sure) return this.#redrawProgress();
      this.#pending = { progress, timer: null, isSure: true };
      return this.#tell();
    }
    this.#pending.timer = setTimeout(() => this.#tell(), UNDO_MS);
    replace(
      line,
      t("transaction.progress_soon", { value: percent(progress) }),
      " ",
      h(
        "button.link-button",
        {
          type: "button",
          "data-test": "progress-undo",
          onclick: () => {
            this.#redrawProgress();
            /** @type {HTMLInputElement | null} */ (this.querySelector("input[type=range]"))?.focus();
          },
        },
        t("action.undo"),
      ),
    );
  }

  #redrawProgress() {
    clearTimeout(this.#pending?.timer);
    this.#pending = null;
    this.#drawn.progress = null;
    this.update(this.transaction);
  }

  // The value is also sent when the page is left before the five seconds are over.
  #tell() {
    const pending = this.#pending;
    if (!pending?.isSure) return;
    clearTimeout(pending.timer);
    this.#pending = null;
    this.#drawn.progress = null;
    this.#patch({ progress: pending.progress });
  }

  #facts() {
    const { transaction } = this;
    const rows = [
      ["kind", t(`transaction_kind.${transaction.kind}`)],
      ["address", transaction.address],
      ["city", transaction.city],
      ["start_date", transaction.start_date && longDate(transaction.start_date)],
      ["end_date", transaction.end_date && longDate(transaction.end_date)],
      ["offered_price", transaction.offered_price && money(transaction.offered_price)],
      ["accepted_price", transaction.accepted_price && money(transaction.accepted_price)],
    ].filter(([, value]) => value);
    return [
      h(
        "header",
        h("h2", t("transaction.facts")),
        this.mayEdit &&
          h(
            "button.button.button-ghost.button-small",
            { type: "button", "data-test": "transaction-edit", onclick: () => this.#edit() },
            icon("edit"),
            t("action.edit"),
          ),
      ),
      h(
        "dl.facts",
        rows.map(([name, value]) => h("div", h("dt", t(`fact.${name}`)), h("dd", { dir: "auto" }, value))),
      ),
    ];
  }

  #edit() {
    transactionDialog({
      title: t("transaction.edit_title"),
      test: "transaction-dialog",
      transaction: this.transaction,
      submitLabel: t("action.save"),
      save: async (fields) => this.#remember(await api.patch(`/transactions/${this.transaction.id}`, fields)),
    });
  }

  async #cancel() {
    const sure = await confirmDialog({
      title: t("transaction.cancel_title"),
      text: t("transaction.cancel_text"),
      action: t("transaction.cancel"),
      danger: true,
      test: "transaction-cancel-dialog",
    });
    if (sure) this.#patch({ status: "cancelled" });
  }

  async #patch(fields) {
    try {
      this.#remember(await api.patch(`/transactions/${this.transaction.id}`, fields));
    } catch (error) {
      toast(errorText(error));
      this.#drawn = {};
      this.update(this.transaction);
    }
  }

  #remember({ transaction }) {
    transactions.remember(transaction);
  }
}

customElements.define("transaction-panel", TransactionPanel);
