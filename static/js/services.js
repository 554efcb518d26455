// The objects that live as long as the tab, and how they are connected.

import { Api } from "./core/api.js";
import { setLanguage } from "./core/language.js";
import { live } from "./core/live.js";
import { LiveSocket } from "./core/socket.js";
import { coalesced } from "./core/coalesced.js";
import { outboxStorage, preferences, localData } from "./core/storage.js";
import { newId, orphanCheck, tabId } from "./core/tabs.js";
import { ChangeStream } from "./stores/change-stream.js";
import { Rooms } from "./stores/rooms.js";
import { Session } from "./stores/session.js";
import { Transactions } from "./stores/transactions.js";

export const api = new Api();

const scheme = location.protocol === "https:" ? "wss:" : "ws:";
export const socket = new LiveSocket(`${scheme}//${location.host}/api/v1/socket`);
export const rooms = new Rooms(socket);
const changes = new ChangeStream(socket);
export const transactions = new Transactions({ api, live, rooms });

// Values that the server wrote into the document.
const meta = (name) => /** @type {HTMLMetaElement | null} */ (document.querySelector(`meta[name=${name}]`))?.content;
export const session = new Session({
  api,
  socket,
  rooms,
  transactions,
  changes,
  browser: { meta, setLanguage, preferences, localData, outboxStorage, newId, tabId, orphanCheck },
});

socket.on("ready", () => session.outbox?.setReady(true));
socket.on("ready", () => live.emit("connected"));
socket.on("down", () => session.outbox?.setReady(false));
socket.on("frame", (frame) => {
  if (frame.t !== "entry" && frame.t !== "entries") return;
  // An own entry settles its message, whatever became of the answer.
  for (const entry of frame.entries ?? [frame]) {
    if (entry.author === session.account?.id && entry.nonce)
      session.outbox?.settle(entry.room ?? frame.room, entry.nonce);
  }
});
// The account was renamed in another tab or on another device.
const refreshOwnAccount = coalesced(async () => {
  const { account } = await api.get("/me", { quiet401: true }).catch(() => ({}));
  if (account && account.id === session.account?.id) await session.update(account);
});
rooms.on("renamed", ({ account, name }) => {
  const me = session.account;
  if (account === me?.id && name !== `${me.first_name} ${me.last_name}`) refreshOwnAccount();
});
transactions.on("renamed", (who) => live.emit("renamed", who));
changes.on("changed", (change) => live.emit("changed", change));
changes.on("stale", () => live.emit("stale"));
rooms.on("removed", (room) => session.outbox?.failRoom(room.id, "room_unknown"));

// The cookie belongs to all tabs: when another tab signs in another account, this one must not go on with the old
// one, least of all send its messages.
socket.accept = ({ account }) => {
  if (account === session.account?.id) return true;
  location.reload();
  return false;
};
preferences.watch("account", (account) => {
  // Another tab has signed out and cleaned up.
  if (!account && session.account) session.lose("signed_out");
  if (!account) localData.forget();
  if (account && session.account && account !== String(session.account.id)) location.reload();
});

let connectedBefore = false;
socket.on("ready", () => {
  if (connectedBefore && session.account) live.emit("resumed");
  connectedBefore = true;
});

const ENDS_SESSION = new Set(["signed_out", "password_changed", "deactivated", "session_expired"]);
socket.on("ended", async ({ reason }) => {
  if (!ENDS_SESSION.has(reason)) return;
  // The cookie belongs to all tabs: if one of them has signed in again, the others continue with that session.
  const isRenewed = await api.get("/me", { quiet401: true }).then(
    () => true,
    () => false,
  );
  if (isRenewed) location.reload();
  else session.lose(reason);
});

// A browser cannot see why a handshake was refused: GET /me tells.
socket.on("unopened", () => {
  if (session.account && navigator.onLine) api.get("/me").catch(() => {});
});
// The server calls the end by time `expired`, which is shown as `session_expired`, as is an unknown reason.
api.onSessionLost = (reason) => session.lose(reason && reason !== "expired" ? reason : "session_expired");
