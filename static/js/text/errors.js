// The text of an error. It is the server's text, in the reader's language; ours only where the server could not
// answer, or where the page knows more (how long to wait).

import { duration } from "./dates.js";
import { has, t } from "./words.js";

export function errorText(error) {
  const key = `error.${error.code}`;
  if (has(key)) return t(key, { wait: duration(error.retryAfter ?? 30) });
  return error.message && error.message !== error.code ? error.message : t("error.unexpected");
}
