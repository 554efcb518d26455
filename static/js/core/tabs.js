// Distinguishes open tabs from closed ones, so that exactly one tab sends what a closed one left behind. Web Locks
// exist only on https and localhost; without them every tab adopts, and the nonce keeps that harmless.

const PREFIX = "entremise-tab-";

export const tabId = newId();
const locks = navigator.locks;
if (locks) locks.request(PREFIX + tabId, () => new Promise(() => {}));

export async function orphanCheck() {
  if (!locks) return () => true;
  const { held = [] } = await locks.query();
  const alive = new Set(held.map((lock) => lock.name));
  return (owner) => !alive.has(PREFIX + owner);
}

// 128 random bits; crypto.randomUUID is missing on plain http.
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
