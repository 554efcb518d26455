// The draft of a message, shared with other tabs. Only a tab in which somebody typed writes the draft: a tab that is
// merely open neither restores what another tab has sent nor deletes what another tab has kept.

export class Draft {
  #read;
  #write;
  #synced; // what this tab and the storage last agreed on
  text;

  constructor({ read, write }) {
    this.#read = read;
    this.#write = write;
    this.text = this.#synced = read();
  }

  edit(text) {
    this.text = text;
  }

  save() {
    if (this.text === this.#synced) return;
    this.#write(this.text);
    this.#synced = this.text;
  }

  // Reads the draft again, after another tab wrote or this one was suspended. → whether the text differs
  look() {
    if (this.text !== this.#synced) return false;
    const stored = this.#read();
    const isOther = stored !== this.text;
    this.text = this.#synced = stored;
    return isOther;
  }

  // The message was sent: its draft is removed, unless another tab has written since.
  sent() {
    if (this.#read() === this.#synced) this.#write("");
    this.text = this.#synced = "";
  }
}
