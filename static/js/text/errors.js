// What is said when something did not work. The server's own words, in the reader's language; ours only
// where it could not speak, or where we know more (how long to wait).

import { duration } from "./dates.js";
import { has, t } from "./words.js";

export function errorText(error) {
  const key = `error.${error.code}`;
  if (has(key)) return t(key, { wait: duration(error.retryAfter ?? 30) });
  return error.message && error.message !== error.code ? error.message : t("error.unexpected");
}
