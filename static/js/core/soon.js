// Once for all that is asked for within a moment. Not by the frame: a page in the background draws none, and what it
// would have loaded or drawn must be there when somebody looks.

const MOMENT_MS = 16;

/**
 * @param {() => void} work
 * @param {{ signal?: AbortSignal }} [options]
 */
export function soon(work, { signal } = {}) {
  let timer = null;
  signal?.addEventListener("abort", () => clearTimeout(timer));
  return () => {
    if (signal?.aborted) return;
    timer ??= setTimeout(() => {
      timer = null;
      work();
    }, MOMENT_MS);
  };
}
