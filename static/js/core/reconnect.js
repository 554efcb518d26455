// What could not be fetched for want of a connection is fetched when there is one again, without anybody's asking.

import { live } from "./live.js";

// Once: when the live connection stands again, or the browser says that its network does.
/**
 * @param {() => void} work
 * @param {{ signal?: AbortSignal }} [options]
 */
export function whenBack(work, { signal } = {}) {
  const once = new AbortController();
  const back = () => {
    once.abort();
    if (!signal?.aborted) work();
  };
  signal?.addEventListener("abort", () => once.abort());
  live.on("connected", back, { signal: once.signal });
  addEventListener("online", back, { signal: once.signal });
}
