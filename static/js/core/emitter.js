// A small event emitter without DOM, so that stores run under node.

export class Emitter {
  #listeners = new Map();

  /**
   * @param {string} type
   * @param {(detail?: any) => unknown} listener
   * @param {{ signal?: AbortSignal }} [options]
   */
  on(type, listener, { signal } = {}) {
    if (signal?.aborted) return () => {};
    if (!this.#listeners.has(type)) this.#listeners.set(type, new Set());
    this.#listeners.get(type).add(listener);
    const off = () => this.#listeners.get(type)?.delete(listener);
    signal?.addEventListener("abort", off, { once: true });
    return off;
  }

  /**
   * @param {string} type
   * @param {any} [detail]
   */
  emit(type, detail) {
    for (const listener of [...(this.#listeners.get(type) ?? [])]) listener(detail);
  }
}
