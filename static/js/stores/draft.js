// What is half written, in the face of other tabs. A tab speaks for the text only when somebody wrote in it: so a tab that
// merely stands open brings back nothing that another one has sent, and wipes nothing that another one has kept.

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

  // Another tab wrote, or this one slept meanwhile. → whether there is another text to show
  look() {
    if (this.text !== this.#synced) return false;
    const stored = this.#read();
    const isOther = stored !== this.text;
    this.text = this.#synced = stored;
    return isOther;
  }

  // Sent: nobody is to find it again. What another tab has written since is not ours to remove.
  sent() {
    if (this.#read() === this.#synced) this.#write("");
    this.text = this.#synced = "";
  }
}
