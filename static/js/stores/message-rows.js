// Turns entries into the rows of the page: days, the unread line, groups of one author, receipts.

import { localDay } from "../text/dates.js";
import { foldProgress } from "./progress.js";

const GROUP_WINDOW_MS = 5 * 60_000;

// `pending` are the unsent messages of the reader, oldest first. `dividerAfter` is the seq above which
// everything was unread when the room was opened, or null.
export function buildRows({ entries, pending = [], me, members = [], dividerAfter = null, now = Date.now() }) {
  const rows = [];
  const state = { day: null, author: null, at: 0, dividerDone: dividerAfter === null };
  const sent = new Set(entries.filter((entry) => entry.author === me).map((entry) => entry.nonce));

  for (const entry of foldProgress(entries)) {
    openDay(rows, state, entry.at);
    if (!state.dividerDone && entry.seq > dividerAfter && isUnreadFor(entry, me)) {
      rows.push({ type: "unread", key: "unread" });
      state.dividerDone = true;
      state.author = null;
    }
    rows.push(entry.kind === "message" ? messageRow(state, entry, me) : eventRow(state, entry));
  }

  // The reader's clock may be behind the server's: unsent messages still come below stored ones.
  const newest = entries.length > 0 ? Date.parse(entries.at(-1).at) : 0;
  for (const item of pending) {
    if (sent.has(item.nonce)) continue;
    const at = new Date(Math.max(item.created_at ?? now, newest)).toISOString();
    openDay(rows, state, at);
    rows.push(
      messageRow(
        state,
        {
          seq: item.seq ?? null,
          author: me,
          nonce: item.nonce,
          body: item.body,
          at,
          state: item.state,
          code: item.code,
        },
        me,
      ),
    );
  }

  placeReceipts(rows, me, members);
  return rows;
}

function isUnreadFor(entry, me) {
  return entry.kind === "message" && entry.author !== me;
}

function openDay(rows, state, at) {
  const day = localDay(at);
  if (day === state.day) return;
  state.day = day;
  state.author = null;
  // A clock that was set back repeats a day: the second line needs a key of its own.
  const again = rows.some((row) => row.key === `day:${day}`);
  rows.push({ type: "day", key: again ? `day:${day}:${rows.at(-1).key}` : `day:${day}`, at });
}

function messageRow(state, entry, me) {
  const at = Date.parse(entry.at);
  const first = state.author !== entry.author || at - state.at > GROUP_WINDOW_MS;
  state.author = entry.author;
  state.at = at;
  const own = entry.author === me;
  return {
    type: "message",
    // An own message is keyed by its nonce from the first keystroke to the acknowledgement, so that its element
    // stays.
    key: own && entry.nonce ? `nonce:${entry.nonce}` : `seq:${entry.seq}`,
    seq: entry.seq,
    author: entry.author,
    nonce: entry.nonce,
    body: entry.body,
    at: entry.at,
    own,
    first,
    state: entry.seq ? "sent" : entry.state === "failed" ? "failed" : "pending",
    code: entry.code ?? null,
    readBy: [],
  };
}

function eventRow(state, entry) {
  state.author = null;
  return {
    type: "event",
    key: `seq:${entry.seq}`,
    seq: entry.seq,
    kind: entry.kind,
    author: entry.author,
    data: entry.data,
    at: entry.at,
  };
}

// Each other member is shown under the last own message that they have read.
function placeReceipts(rows, me, members) {
  const own = rows.filter((row) => row.type === "message" && row.own && row.seq !== null);
  for (const member of members) {
    if (member.account === me || !member.active || !member.read) continue;
    const row = own.findLast((candidate) => candidate.seq <= member.read);
    if (row) row.readBy.push(member.name);
  }
}
