import assert from "node:assert/strict";
import { test } from "node:test";
import { Changes } from "../../static/js/stores/changes.js";

const entry = (seq, changes) => ({ seq, kind: "transaction_updated", data: { changes } });
const PRICE = { from: null, to: { amount_minor: 1, currency: "EUR" } };

function world(answers) {
  const asked = [];
  const due = [];
  const api = {
    get: async (path) => {
      asked.push(path);
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return { changes: answer };
    },
  };
  const soon = (work) => () => due.push(work);
  const changes = new Changes({ api, transaction: 4, soon });
  const settle = async () => Promise.all(due.splice(0, due.length).map((work) => work()));
  return { changes, asked, settle };
}

test("values are asked for once, for all entries of a page together, and shown to who is given them", async () => {
  const { changes, asked, settle } = world([[{ seq: 7, field: "offered_price", ...PRICE }], []]);
  let drawn = 0;
  changes.on("change", () => (drawn += 1));
  const open = entry(3, { progress: { from: 1, to: 2 } });
  assert.equal(changes.shown(open), open, "what no flag hides needs no question");
  const [price, place] = [entry(7, { offered_price: {} }), entry(12, { city: {}, title: { from: "a", to: "b" } })];
  for (const named of [place, price, price]) assert.equal(changes.shown(named), named);
  await settle();
  assert.deepEqual([asked, drawn], [["/transactions/4/changes?from=7&to=12"], 1]);
  assert.deepEqual(changes.shown(price).data.changes, { offered_price: PRICE });
  assert.deepEqual(changes.shown(place).data.changes, place.data.changes, "not given: it stays a name");
  await settle();
  assert.equal(asked.length, 1);

  // The access to the prices was taken, or given: nothing that was known is shown on.
  changes.forget();
  assert.equal(changes.shown(price), price);
  await settle();
  assert.equal(asked.length, 2);
  assert.deepEqual(changes.shown(price).data.changes, { offered_price: {} });
});

test("an answer that was under way when the access changed shows nothing", async () => {
  let answer;
  const asked = [];
  const api = { get: (path) => new Promise((resolve) => asked.push(path) && (answer = resolve)) };
  const due = [];
  const changes = new Changes({ api, transaction: 4, soon: (work) => () => due.push(work) });
  const price = entry(7, { offered_price: {} });
  changes.shown(price);
  const asking = due.shift()();
  changes.forget();
  answer({ changes: [{ seq: 7, field: "offered_price", ...PRICE }] });
  await asking;
  assert.equal(changes.shown(price), price);
});

test("a failure leaves the names, and what is far apart is asked for in parts", async () => {
  const { changes, asked, settle } = world([new Error("away"), [], []]);
  const price = entry(7, { offered_price: {} });
  changes.shown(price);
  await settle();
  assert.equal(changes.shown(price), price);
  changes.shown(entry(2000, { city: {} }));
  await settle();
  await settle();
  assert.deepEqual(asked.slice(1), [
    "/transactions/4/changes?from=7&to=7",
    "/transactions/4/changes?from=2000&to=2000",
  ]);
});
