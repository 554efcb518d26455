// Does this text have a visible character? As `is_empty` in src/domain/text/mod.rs, which also reads
// tests/support/empty.json.

const SEEN = /\p{ExtPict}|[^\p{White_Space}\p{C}\p{M}\p{DI}\u2800\ufffc\u{1d159}]/u;

export function isShown(text) {
  return SEEN.test(text);
}
