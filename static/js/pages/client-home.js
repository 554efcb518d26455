// The client's home: the progress of their transaction, whom to ask, the last messages, and the other transactions.

import { bdi, h } from "../kit/el.js";
import { brief, longDate } from "../text/dates.js";
import { money, percent } from "../text/numbers.js";
import { icon } from "../kit/icons.js";
import { query as queryString } from "../core/query.js";
import { patch } from "../kit/patch.js";
import { api, session, transactions } from "../services.js";
import { coalesced } from "../core/coalesced.js";
import { today } from "../core/today.js";
import { avatar, empty, fillLater, pageHead, presence, unreadCount } from "../kit/ui.js";
import { progressBar, statusBadge } from "../views/transactions/progress.js";
import { transactionCard } from "../views/transactions/transaction-card.js";
import { t } from "../text/words.js";

const RECENT = 4;

export default function clientHomePage({ query, memory, signal }) {
  const body = h("div.stack.stack-6");
  const name = session.account.first_name;
  const home = new Home({ body, memory, signal });
  home.open();
  return {
    title: t("home.title"),
    content: h(
      "div",
      pageHead(t("home.hello", { name }), t(query.get("welcome") ? "home.welcome" : "home.lead")),
      body,
    ),
  };
}

// The open transaction; of several the one with the latest activity.
function activeOf(list) {
  return list.find((item) => item.status === "in_progress" || item.status === "new") ?? list[0] ?? null;
}

async function recentMessages(transaction, signal) {
  const page = await api.get(`/transactions/${transaction.id}/messages${queryString({ limit: 30 })}`, { signal });
  return page.entries.filter((entry) => entry.kind === "message").slice(-RECENT);
}

// The content of the page, kept live.
class Home {
  #body;
  #memory;
  #signal;
  #state;
  #heard = new WeakSet();

  constructor({ body, memory, signal }) {
    this.#body = body;
    this.#memory = memory;
    this.#signal = signal;
    this.#state = memory.home ?? null;
  }

  open() {
    // On the way back it is shown as it was left, until the answer differs.
    if (this.#state) {
      this.#keep(this.#state);
      patch(this.#body, draw(this.#state));
      this.#again();
    } else {
      fillLater(
        this.#body,
        () => this.#load(),
        (state) => {
          this.#keep(state);
          return draw(state);
        },
      );
    }
    const signal = this.#signal;
    const redraw = coalesced(() => this.#redraw(), { signal });
    const again = () => this.#again();
    transactions.on("change", redraw, { signal });
    transactions.on("removed", redraw, { signal });
    transactions.on("added", again, { signal });
    today.on("day", redraw, { signal });
  }

  async #load() {
    const { items: list, ended } = await transactions.page({ signal: this.#signal });
    const main = activeOf(list);
    return { list, main, ended, recent: main?.room ? await recentMessages(main, this.#signal) : [] };
  }

  // Reloads the lists without a loading state.
  async #again() {
    try {
      this.#keep(await this.#load());
      patch(this.#body, draw(this.#state));
    } catch {
      // The content stays; the next change asks again.
    }
  }

  #keep(state) {
    this.#state = state;
    this.#memory.home = state;
    this.#hear(state.main);
  }

  #redraw() {
    const state = this.#state;
    if (!state) return;
    state.list = state.list.map((item) => transactions.get(item.id)).filter(Boolean);
    const main = activeOf(state.list);
    // Another transaction is the main one now: its messages are loaded first.
    if (main?.id !== state.main?.id) return void this.#again();
    state.main = main;
    patch(this.#body, draw(state));
  }

  #hear(main) {
    const room = main && transactions.room(main);
    if (!room || this.#heard.has(room)) return;
    this.#heard.add(room);
    const signal = this.#signal;
    const isShown = () => this.#state.main?.id === main.id;
    room.on("members", () => isShown() && this.#redraw(), { signal });
    room.on(
      "entry",
      (entry) => {
        if (!isShown() || entry.kind !== "message" || this.#state.recent.some(({ seq }) => seq >= entry.seq)) return;
        this.#state.recent = [...this.#state.recent, entry].slice(-RECENT);
      },
      { signal },
    );
  }
}

function draw({ list, main, ended, recent }) {
  // The client takes part in no transaction any more: no new one is on its way.
  if (!main && ended) {
    const text = t(ended.left ? "home.left" : "home.removed", { date: longDate(ended.last_at) });
    return h("div", { "data-test": "home-ended" }, empty({ title: t("home.ended_title"), text }));
  }
  if (!main) return empty({ title: t("home.empty_title"), text: t("home.empty") });
  const others = list.filter((item) => item.id !== main.id);
  return [
    h(
      "div.overview",
      h("div.stack", mainCard(main), recentCard(main, recent)),
      h("div.stack", contactCard(main), factsCard(main)),
    ),
    others.length > 0 &&
      h("section.stack", h("h2", t("home.others")), h("div.transactions", others.map(transactionCard))),
  ];
}

function mainCard(main) {
  return h(
    "section.card.overview-main",
    { "data-test": "transaction-row", "data-id": main.id },
    h(
      "div.row",
      h(
        "div.grow.overview-title",
        h("p.small.faint", t(`transaction_kind.${main.kind}`)),
        h("h2", { dir: "auto" }, main.title),
        (main.address || main.city) && h("p", { dir: "auto" }, [main.address, main.city].filter(Boolean).join(", ")),
      ),
      statusBadge(main.status),
    ),
    h(
      "div.stack.stack-2.overview-progress",
      h("p.overview-percent", percent(main.progress)),
      progressBar(main, { large: true }),
    ),
    h(
      "div.row.row-wrap",
      h("p.small.faint.grow", t(`home.stage.${main.status}`)),
      h(
        "a.button.button-plain.button-small",
        { href: `/client/transactions/${main.id}?details=1`, "data-test": "open-details" },
        t("home.open"),
      ),
    ),
  );
}

// Dates and prices come last: they are looked up seldom.
function factsCard(main) {
  const facts = [
    ["start_date", main.start_date && longDate(main.start_date)],
    ["end_date", main.end_date && longDate(main.end_date)],
    ["accepted_price", main.accepted_price && money(main.accepted_price)],
    ["offered_price", !main.accepted_price && main.offered_price && money(main.offered_price)],
  ].filter(([, value]) => value);
  return (
    facts.length > 0 &&
    h(
      "section.card.facts-card",
      h("h2", t("transaction.facts")),
      h(
        "dl.facts",
        facts.map(([key, value]) => h("div", h("dt", t(`fact.${key}`)), h("dd", value))),
      ),
    )
  );
}

// One person to ask, not a list of contacts.
function contactCard(main) {
  const room = transactions.room(main);
  const broker = main.participants.find((person) => person.role === "broker");
  const member = broker && room?.members.get(broker.account_id);
  return h(
    "section.card.contact",
    h("h2", t("home.contact")),
    broker
      ? h(
          "div.contact-who",
          avatar(broker.name, "broker", "large"),
          h(
            "div.grow",
            h("h3", { dir: "auto" }, broker.name),
            member ? presence(member) : h("p.small.faint", t("role.broker")),
          ),
        )
      : h("p.soft", t("home.no_broker")),
    room &&
      !room.removed &&
      h(
        "a.button.button-wide",
        { href: `/client/transactions/${main.id}`, "data-test": "open-conversation" },
        icon("messaging"),
        t("home.write"),
        unreadCount(room.unread),
      ),
    room && h("p.small.faint", t("home.write_hint")),
  );
}

function recentCard(main, recent) {
  const room = transactions.room(main);
  if (!room || room.removed) return null;
  return h(
    "section.card.recent-card",
    h("div.recent-head", h("h2", t("home.recent")), unreadCount(room.unread)),
    recent.length === 0
      ? h("p.soft", t("home.no_message"))
      : h(
          "ul.recent",
          recent.toReversed().map((entry) => recentItem(entry, room)),
        ),
    recent.length > 0 && h("p.recent-all", h("a", { href: `/client/transactions/${main.id}` }, t("home.all_messages"))),
  );
}

function recentItem(entry, room) {
  const own = entry.author === session.account.id;
  const name = own ? t("people.you") : (room.nameOf(entry.author) ?? t("people.somebody"));
  return h(
    "li.recent-item",
    { key: entry.seq },
    avatar(room.nameOf(entry.author) ?? "", room.members.get(entry.author)?.role, "small"),
    h("div", h("span.name", bdi(name)), h("p", { dir: "auto" }, entry.body)),
    h("time.tiny.faint", { datetime: entry.at }, brief(entry.at)),
  );
}
