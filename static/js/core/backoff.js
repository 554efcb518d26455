// The delay before the next attempt to connect: 0.5 s doubling to 20 s, half of it random, so that not all clients
// reconnect to a restarted server in the same instant.

export class Backoff {
  #first;
  #max;
  #random;
  #tries = 0;

  constructor({ first = 500, max = 20_000, random = Math.random } = {}) {
    this.#first = first;
    this.#max = max;
    this.#random = random;
  }

  next() {
    const full = Math.min(this.#max, this.#first * 2 ** this.#tries);
    if (full < this.#max) this.#tries += 1;
    return full / 2 + (this.#random() * full) / 2;
  }

  reset() {
    this.#tries = 0;
  }
}
