// The part of a room's log that the page holds: one contiguous run of entries.

const MAX_ENTRIES = 300;

export class Timeline {
  entries = [];
  hasOlder = false;
  hasNewer = false;
  head = 0;

  get first() {
    return this.entries[0]?.seq ?? null;
  }

  // The last contiguous entry; with an empty room the position before the first.
  get last() {
    return this.entries.at(-1)?.seq ?? 0;
  }

  reset({ entries = [], has_older = false, has_newer = false, head = 0 } = {}) {
    this.entries = contiguous(entries);
    this.hasOlder = has_older;
    this.hasNewer = has_newer;
    this.head = Math.max(head, this.last);
  }

  // An entry that came live. Answers what became of it.
  addLive(entry) {
    this.head = Math.max(this.head, entry.seq);
    if (entry.seq <= this.last) return "known";
    if (this.hasNewer) return "beyond";
    if (this.entries.length > 0 ? entry.seq !== this.last + 1 : this.#hidesPast(entry)) {
      // A gap: the entries in between are fetched before this one is shown.
      this.hasNewer = true;
      return "beyond";
    }
    this.entries.push(entry);
    return "added";
  }

  #hidesPast(entry) {
    return entry.seq !== 1 && !this.hasOlder;
  }

  prepend(page) {
    const first = this.first;
    const older = contiguous(page.entries).filter((entry) => first === null || entry.seq < first);
    if (older.length > 0 && first !== null && older.at(-1).seq !== first - 1) return 0;
    this.entries = [...older, ...this.entries];
    this.hasOlder = page.has_older;
    return older.length;
  }

  append(page) {
    const last = this.last;
    const newer = contiguous(page.entries).filter((entry) => entry.seq > last);
    this.head = Math.max(this.head, page.head ?? 0, newer.at(-1)?.seq ?? 0);
    if (newer.length > 0 && last > 0 && newer[0].seq !== last + 1) return 0;
    this.entries = [...this.entries, ...newer];
    // Live entries may have arrived while the page was loading.
    this.hasNewer = page.has_newer || this.last < this.head;
    return newer.length;
  }

  // Drops the entries that are farthest from the reader.
  trim(side, max = MAX_ENTRIES) {
    const excess = this.entries.length - max;
    if (excess <= 0) return 0;
    if (side === "older") {
      this.entries = this.entries.slice(excess);
      this.hasOlder = true;
    } else {
      this.entries = this.entries.slice(0, max);
      this.hasNewer = true;
    }
    return excess;
  }

  hasNonce(author, nonce) {
    return this.entries.some((entry) => entry.author === author && entry.nonce === nonce);
  }
}

// Cuts a page at its first gap (there should be none), sorted and without duplicates.
function contiguous(entries) {
  const sorted = [...entries].sort((a, b) => a.seq - b.seq);
  const run = [];
  for (const entry of sorted) {
    const previous = run.at(-1)?.seq;
    if (previous === undefined || entry.seq === previous + 1) run.push(entry);
    else if (entry.seq !== previous) break;
  }
  return run;
}
