// The person who is signed in, and what this browser keeps of them.

import { Emitter } from "../core/emitter.js";
import { Outbox } from "./outbox.js";

const ADOPT_EVERY_MS = 30_000;

// Emits "change" when a person arrives, leaves or edits their profile; "lost" with a reason.
//
// `browser` is what only a browser has: meta(name), setLanguage, preferences, localData, outboxStorage, tabId, newId, orphanCheck.
export class Session extends Emitter {
  ended; // why the last session of this browser ended, until somebody signs in or out
  account = null;
  outbox = null;
  #adoption = null;
  #api;
  #socket;
  #rooms;
  #transactions;
  #changes;
  #browser;

  constructor({ api, socket, rooms, transactions, changes, browser }) {
    super();
    this.#api = api;
    this.#socket = socket;
    this.#rooms = rooms;
    this.#transactions = transactions;
    this.#changes = changes;
    this.#browser = browser;
    this.ended = browser.meta("session-ended") || null;
  }

  async resume() {
    // The server has looked at the cookie while it served the page, and says who it is. Only when it could not look,
    // the page asks itself.
    const { meta } = this.#browser;
    if (meta("signed-in") === "no") return;
    try {
      const account = meta("account")
        ? JSON.parse(meta("account"))
        : (await this.#api.get("/me", { quiet401: true })).account;
      await this.begin(account, { changes: meta("changes") ? Number(meta("changes")) : null });
    } catch (error) {
      if (error.status !== 401) throw error;
    }
  }

  // `changes` is the number of the account's last change when the document was made, if it is known.
  async begin(account, { changes = null } = {}) {
    const { setLanguage, localData, preferences } = this.#browser;
    await setLanguage(account.language);
    if (this.account) this.#close();
    this.account = account;
    localData.begin();
    this.ended = null;
    preferences.set("account", account.id);
    this.#rooms.open(account.id);
    this.#changes.begin(changes);
    this.#openOutbox(account.id);
    this.#socket.start();
    this.emit("change");
  }

  async update(account) {
    await this.#browser.setLanguage(account.language);
    this.account = account;
    this.emit("change");
  }

  // Messages that were not sent, or never will be: they go with the sign-out.
  get unsent() {
    return Math.max(this.outbox?.size ?? 0, this.#browser.localData.unsent());
  }

  // Nothing of this person stays in the browser. The server says so too (`Clear-Site-Data`), over https.
  async signOut() {
    const { preferences, localData } = this.#browser;
    const theme = preferences.get("theme");
    await this.#api.delete("/sessions/current");
    this.ended = null;
    this.outbox?.close();
    localData.forget();
    preferences.set("theme", theme);
    this.#close();
    this.emit("change");
  }

  // The server has ended every session of this person, and it was what they wanted.
  leave() {
    if (!this.account) return;
    this.#close();
    this.emit("change");
  }

  // The server ended it: revoked elsewhere, deactivated, expired.
  // Signed out by another tab, or the account closed: nothing stays here. Otherwise what was not sent waits for the next sign-in.
  lose(reason) {
    if (!this.account) return;
    const { preferences, localData } = this.#browser;
    // A sign-out in another tab of this browser needs no explanation.
    this.ended = reason === "signed_out" && !preferences.get("account") ? null : reason;
    if (reason === "deactivated" || !preferences.get("account")) {
      this.outbox?.close();
      localData.forget();
    }
    this.#close();
    this.emit("lost", reason);
  }

  #openOutbox(account) {
    const { outboxStorage, newId, tabId, orphanCheck } = this.#browser;
    const outbox = new Outbox({
      storage: outboxStorage(account),
      post: (message) => this.#socket.request({ t: "post", ...message }),
      newNonce: newId,
      owner: tabId,
    });
    const adopt = async () => outbox.adopt(await orphanCheck());
    this.outbox = outbox;
    this.#adoption = setInterval(adopt, ADOPT_EVERY_MS);
    adopt();
    outbox.setReady(this.#socket.ready);
  }

  #close() {
    clearInterval(this.#adoption);
    this.#socket.stop();
    this.outbox?.setReady(false);
    this.outbox = null;
    this.account = null;
    this.#rooms.close();
    this.#transactions.clear();
  }
}
