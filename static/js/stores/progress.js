// Moving the slider three times in a minute is shown as one event. The log keeps every move, since it only grows;
// entries are folded here, in the same way for history and for live entries.

const FOLD_WINDOW_MS = 60_000;

// Consecutive progress changes of one author within a minute become one entry: the newest, with the change from the
// first state to the last. Changes that return to the first value are dropped.
export function foldProgress(entries) {
  const folded = [];
  for (const entry of entries) {
    const before = folded.at(-1);
    if (before && belong(before, entry)) folded[folded.length - 1] = joined(before, entry);
    else folded.push(entry);
  }
  return folded.filter((entry) => entry.moves === undefined || entry.data.changes.progress);
}

function belong(before, entry) {
  return (
    isMove(before) &&
    isMove(entry) &&
    before.author === entry.author &&
    Date.parse(entry.at) - Date.parse(before.moves?.began ?? before.at) <= FOLD_WINDOW_MS
  );
}

// Each of several fields that were changed at once is worth telling.
function isMove({ kind, data, moves }) {
  const changed = Object.keys(data?.changes ?? {});
  return (
    kind === "transaction_updated" &&
    (moves !== undefined || changed.includes("progress")) &&
    changed.every((field) => field === "progress" || field === "status")
  );
}

function joined(before, entry) {
  const moves = { began: before.moves?.began ?? before.at, first: before.moves?.first ?? before.data.changes };
  const changes = {
    ...span(moves.first.progress, entry.data.changes.progress, "progress"),
    ...span(firstStatus(before), lastStatus(before, entry), "status"),
  };
  return {
    ...entry,
    data: { ...entry.data, changes },
    moves: {
      ...moves,
      status: firstStatus(before) ?? entry.data.changes.status,
      lastStatus: lastStatus(before, entry),
    },
  };
}

function firstStatus({ moves, data }) {
  return moves ? moves.status : data.changes.status;
}

function lastStatus(before, entry) {
  return entry.data.changes.status ?? before.moves?.lastStatus ?? before.data.changes.status;
}

function span(first, last, name) {
  if (!last) return {};
  const from = (first ?? last).from;
  return from === last.to ? {} : { [name]: { from, to: last.to } };
}
