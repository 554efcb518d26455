// Files of spreadsheets.

// A table is UTF-8, or the older encoding that spreadsheets in Western Europe still write.
/** @param {ArrayBuffer} bytes */
export function tableText(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
