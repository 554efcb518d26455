// Changes for the account while a page is open, over the socket (docs/PROTOCOL.md, `follow`). Each change has a number. The
// tab remembers the last one it was told, and after a lost connection is told what it missed.

import { Emitter } from "../core/emitter.js";

const RETRY_MS = 2_000;

// Emits "changed" ({ topic, id }), "stale" (everything may have changed).
export class ChangeStream extends Emitter {
  #socket;
  #seq = null;
  #isFollowing = false;
  #retry = null;

  constructor(socket) {
    super();
    this.#socket = socket;
    socket.on("ready", () => this.#follow());
    socket.on("down", () => this.#pause());
    socket.on("frame", (frame) => this.#receive(frame));
  }

  // `seq` is the number at which the document was made, if it says one.
  begin(seq = null) {
    this.#pause();
    this.#seq = seq;
  }

  #pause() {
    this.#isFollowing = false;
    clearTimeout(this.#retry);
  }

  async #follow() {
    try {
      await this.#socket.request({ t: "follow", ...(this.#seq !== null && { after: this.#seq }) });
    } catch ({ code, retry_after: wait }) {
      if (code === "link_lost") return;
      // A node of the version before follows nothing: what happened meanwhile is unknown.
      if (code !== "timeout" && wait === undefined) return this.emit("stale");
      clearTimeout(this.#retry);
      this.#retry = setTimeout(() => this.#socket.ready && this.#follow(), wait ?? RETRY_MS);
    }
  }

  #receive(frame) {
    switch (frame.t) {
      case "following":
        return this.#start(frame.seq);
      case "changed":
        return this.#change(frame);
      case "stale":
        this.#seq = frame.seq;
        return this.emit("stale");
    }
  }

  #start(seq) {
    this.#isFollowing = true;
    if (this.#seq !== null) return; // what was missed comes next, change by change
    this.#seq = seq;
    // Items that were loaded before may be older than this number.
    this.emit("stale");
  }

  // A number that comes before `following` is told again behind it; a node of the version before numbers nothing.
  #change({ topic, id, seq }) {
    if (seq !== undefined) {
      if (!this.#isFollowing || seq <= this.#seq) return;
      this.#seq = seq;
    }
    this.emit("changed", { topic, id });
  }
}
