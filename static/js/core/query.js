// Query strings.

// query({ state: "pending", q: "" }) → "?state=pending"
/** @param {Record<string, any>} params */
export function query(params) {
  const kept = Object.entries(params).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return kept.length === 0 ? "" : `?${new URLSearchParams(kept.map(([name, value]) => [name, String(value)]))}`;
}
