// Coalesces calls: the work runs once for all calls within a moment. It does not wait for an animation frame, because
// a page in the background has none and must be current when it is looked at.

const MOMENT_MS = 16;

/**
 * @param {() => void} work
 * @param {{ signal?: AbortSignal }} [options]
 */
export function coalesced(work, { signal } = {}) {
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
