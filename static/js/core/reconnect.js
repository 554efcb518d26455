// Retries when the connection is back, without a user's action.

import { live } from "./live.js";

// Runs once, when the live connection is established or the browser reports a network.
/**
 * @param {() => void} work
 * @param {{ signal?: AbortSignal }} [options]
 */
export function onReconnect(work, { signal } = {}) {
  const once = new AbortController();
  const back = () => {
    once.abort();
    if (!signal?.aborted) work();
  };
  signal?.addEventListener("abort", () => once.abort());
  live.on("connected", back, { signal: once.signal });
  addEventListener("online", back, { signal: once.signal });
}
