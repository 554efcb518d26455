import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff } from "../../static/js/core/backoff.js";
import { isCausedByFrame, closeMeaning } from "../../static/js/core/close-codes.js";
import { checkRules, estimateStrength } from "../../static/js/text/password-rules.js";

test("each rule of a password is judged by itself", () => {
  assert.deepEqual(checkRules("abc"), { length: false, upper: false, lower: true, digit: false, special: false });
  assert.deepEqual(checkRules("Été-1234"), { length: true, upper: true, lower: true, digit: true, special: true });
  assert.equal(checkRules("😀😀😀😀").length, false);
});

test("own names, common words and sequences are easy to guess, whatever their disguise", () => {
  const personal = ["Paul", "Durand", "paul.durand@example.org"];
  for (const weak of ["Paul1234!", "DURAND-2024a", "P@ssw0rd1", "Azerty123!", "Bonjour2026!"]) {
    assert.equal(estimateStrength(weak, personal).score, 1, weak);
  }
  assert.equal(estimateStrength("Corail-Tuile-84-vent", personal).score, 4);
  assert.equal(estimateStrength("").score, 0);
  assert.equal(estimateStrength("Paul1234!", personal).hint, "personal");
});

test("waiting doubles from half a second to twenty, half of it by chance", () => {
  const least = new Backoff({ random: () => 0 });
  assert.deepEqual(
    Array.from({ length: 8 }, () => least.next()),
    [250, 500, 1000, 2000, 4000, 8000, 10000, 10000],
  );
  const most = new Backoff({ random: () => 1 });
  assert.equal(most.next(), 500);
  most.reset();
  assert.equal(most.next(), 500);
});

test("every way a connection closes has its answer", () => {
  for (const code of [4100, 4101, 4102, 4103, 4104]) assert.equal(closeMeaning(code).reconnect, false, code);
  for (const code of [1001, 1006, 1011, 1012, 4001, 4002, 4003]) assert.equal(closeMeaning(code).reconnect, true, code);
  assert.equal(closeMeaning(4102).reason, "session_expired");
  assert.equal(closeMeaning(1012, () => 0.5).delay, 1000);
  assert.deepEqual([1002, 1007, 1009, 1006].map(isCausedByFrame), [true, true, true, false]);
});
