import assert from "node:assert/strict";
import test from "node:test";
import { clock, empty, erased, pasted, typed } from "../../static/js/text/code-digits.js";

const of = (text) => [...text.padEnd(6, " ")].map((c) => c.trim());
const shown = ({ digits, focus }) => [
  digits
    .map((digit) => digit || " ")
    .join("")
    .trimEnd(),
  focus,
];

test("digits typed one after the other go from box to box", () => {
  let state = { digits: empty(), focus: 0 };
  for (const digit of "012345") state = typed(state.digits, state.focus, digit);
  assert.deepEqual(shown(state), ["012345", 5]);
});

test("what a phone fills into the first box is the whole code", () => {
  assert.deepEqual(shown(typed(empty(), 0, "012345")), ["012345", 5]);
});

test("a digit typed over another replaces it", () => {
  assert.deepEqual(shown(typed(of("12"), 0, "17")), ["72", 1]);
  assert.deepEqual(shown(typed(of("12"), 0, "71")), ["72", 1]);
  assert.deepEqual(shown(typed(of("12"), 0, "11")), ["12", 1]);
});

test("a pasted code fills every box, wherever it is pasted and however it is written", () => {
  for (const text of ["012345", " 012 345\n", "012-345", "Code: 012345."]) {
    assert.deepEqual(shown(pasted(of("99"), 4, text)), ["012345", 5], text);
  }
  assert.deepEqual(shown(pasted(of("99"), 2, "123")), ["99123", 5]);
  assert.deepEqual(shown(pasted(of("99"), 1, "no digits")), ["99", 1]);
});

test("letters leave nothing behind", () => {
  assert.deepEqual(shown(typed(empty(), 2, "x")), ["", 2]);
});

test("backspace takes the digit of its box, then the one before", () => {
  assert.deepEqual(shown(erased(of("123"), 2)), ["12", 2]);
  assert.deepEqual(shown(erased(of("12"), 2)), ["1", 1]);
  assert.deepEqual(shown(erased(empty(), 0)), ["", 0]);
});

test("the time left is minutes and seconds", () => {
  assert.equal(clock(900_000), "15:00");
  assert.equal(clock(65_001), "1:06");
  assert.equal(clock(-5), "0:00");
});
