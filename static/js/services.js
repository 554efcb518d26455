// The few things that live as long as the tab, and how they hang together.

import { Api } from "./core/api.js";
import { Emitter } from "./core/emitter.js";
import { LiveSocket } from "./core/socket.js";
import { Rooms } from "./stores/rooms.js";
import { soon } from "./core/soon.js";
import { Transactions } from "./stores/transactions.js";
import { outboxStorage, preferences, traces } from "./core/storage.js";
import { newId, orphanCheck, tabId } from "./core/tabs.js";
import { Outbox } from "./stores/outbox.js";
import { setLanguage } from "./i18n/index.js";

const ADOPT_EVERY_MS = 30_000;

export const api = new Api();

const scheme = location.protocol === "https:" ? "wss:" : "ws:";
export const socket = new LiveSocket(`${scheme}//${location.host}/api/v1/socket`);
export const rooms = new Rooms(socket);
export const transactions = new Transactions(api, rooms);

// Who is signed in. Emits "change" when a person arrives, leaves or edits their profile; "lost" with a reason.
class Session extends Emitter {
  // Why the last session of this browser ended, until somebody signs in or out.
  ended = document.querySelector("meta[name=session-ended]")?.content || null;
  account = null;
  outbox = null;
  #adoption = null;

  async resume() {
    // The server has looked at the cookie while it served the page, and says who it is. Only when it could not look,
    // the page asks itself.
    const told = (name) => document.querySelector(`meta[name=${name}]`)?.content;
    if (told("signed-in") === "no") return;
    try {
      const account = told("account") ? JSON.parse(told("account")) : (await api.get("/me", { quiet401: true })).account;
      await this.begin(account);
    } catch (error) {
      if (error.status !== 401) throw error;
    }
  }

  async begin(account) {
    await setLanguage(account.language);
    if (this.account) this.#close();
    this.account = account;
    traces.begin();
    this.ended = null;
    preferences.set("account", account.id);
    rooms.open(account.id);
    this.#openOutbox(account.id);
    socket.start();
    this.emit("change");
  }

  async update(account) {
    await setLanguage(account.language);
    this.account = account;
    this.emit("change");
  }

  // What was not sent, or will never be: it goes with the sign-out.
  get unsent() {
    return Math.max(this.outbox?.size ?? 0, traces.unsent());
  }

  // Nothing of this person stays in the browser. The server says so too (`Clear-Site-Data`), over https.
  async signOut() {
    const theme = preferences.get("theme");
    await api.delete("/sessions/current");
    this.ended = null;
    this.outbox?.close();
    traces.forget();
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
    // Who signed out in another tab of this browser needs no explanation.
    this.ended = reason === "signed_out" && !preferences.get("account") ? null : reason;
    if (reason === "deactivated" || !preferences.get("account")) {
      this.outbox?.close();
      traces.forget();
    }
    this.#close();
    this.emit("lost", reason);
  }

  #openOutbox(account) {
    const outbox = new Outbox({
      storage: outboxStorage(account),
      post: (message) => socket.request({ t: "post", ...message }),
      newNonce: newId,
      owner: tabId,
    });
    const adopt = async () => outbox.adopt(await orphanCheck());
    this.outbox = outbox;
    this.#adoption = setInterval(adopt, ADOPT_EVERY_MS);
    adopt();
    outbox.setReady(socket.ready);
  }

  #close() {
    clearInterval(this.#adoption);
    socket.stop();
    this.outbox?.setReady(false);
    this.outbox = null;
    this.account = null;
    rooms.close();
    transactions.end();
  }
}

export const session = new Session();

socket.on("ready", () => session.outbox?.setReady(true));
socket.on("down", () => session.outbox?.setReady(false));
socket.on("frame", (frame) => {
  if (frame.t !== "entry" && frame.t !== "entries") return;
  // The own entry settles its message, whatever became of the answer.
  for (const entry of frame.entries ?? [frame]) {
    if (entry.author === session.account?.id && entry.nonce) session.outbox?.settle(entry.room ?? frame.room, entry.nonce);
  }
});
// The own name, changed in another tab or on another device.
const lookAtMyself = soon(async () => {
  const { account } = await api.get("/me", { quiet401: true }).catch(() => ({}));
  if (account && account.id === session.account?.id) await session.update(account);
});
rooms.on("renamed", ({ account, name }) => {
  const me = session.account;
  if (account === me?.id && name !== `${me.first_name} ${me.last_name}`) lookAtMyself();
});
rooms.on("removed", (room) => session.outbox?.failRoom(room.id, "room_unknown"));

// The cookie belongs to all tabs: when another tab signs somebody else in, this one must not go on in that name,
// least of all send what the first person wrote.
socket.accept = ({ account }) => {
  if (account === session.account?.id) return true;
  location.reload();
  return false;
};
preferences.watch("account", (account) => {
  // Another tab has signed out, and cleaned up.
  if (!account && session.account) session.lose("signed_out");
  if (!account) traces.forget();
  if (account && session.account && account !== String(session.account.id)) location.reload();
});

let connectedBefore = false;
socket.on("ready", () => {
  if (connectedBefore && session.account && session.account.role !== "admin") transactions.catchUp().catch(() => {});
  connectedBefore = true;
});

const ENDS_SESSION = new Set(["signed_out", "password_changed", "deactivated", "session_expired"]);
socket.on("ended", async ({ reason }) => {
  if (!ENDS_SESSION.has(reason)) return;
  // The cookie belongs to all tabs: where one of them has signed in anew, the others go on with that.
  const isRenewed = await api.get("/me", { quiet401: true }).then(() => true, () => false);
  if (isRenewed) location.reload();
  else session.lose(reason);
});

// A browser cannot see why a handshake was refused; asking who we are tells.
socket.on("unopened", () => {
  if (session.account && navigator.onLine) api.get("/me").catch(() => {});
});
// The server calls the end by time `expired`; without a reason it is told as that.
api.onSessionLost = (reason) => session.lose(reason && reason !== "expired" ? reason : "session_expired");
