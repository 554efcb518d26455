import assert from "node:assert/strict";
import { test } from "node:test";
import { speak } from "./words.js";
import { changesText } from "../../static/js/text/changes.js";

// Without the marks that keep names apart, and with plain blanks.
const plain = (text) => text.replace(/[\u2066-\u2069]/g, "").replace(/[\u00a0\u202f]/g, " ");

const CHANGES = {
  title: { from: "Flat", to: "House" },
  kind: { from: "sale", to: "purchase" },
  address: { from: "1 Rue Haute", to: null },
  city: { from: null, to: "Nantes" },
  end_date: { from: null, to: "2027-03-01" },
  accepted_price: { from: null, to: { amount_minor: 25_000_000, currency: "EUR" } },
  progress: { from: 10, to: 60 },
  status: { from: "new", to: "in_progress" },
};

const SENTENCES = {
  en: "Ana changed the title to “House”, changed the project to “Purchase”, removed the address, changed the city to Nantes, set the due date to 1 March 2027, set the accepted price to €250,000, set the progress to 60% and set the status to “In progress”",
  fr: "Ana a changé l’intitulé en « House », a changé le projet en « Achat », a retiré l’adresse, a changé la ville en Nantes, a fixé l’échéance au 1er mars 2027, a fixé le prix accepté à 250 000 €, a porté l’avancement à 60 % et a passé l’état à « En cours »",
};

for (const [language, sentence] of Object.entries(SENTENCES)) {
  test(`changes are told in a fixed order, as a sentence (${language})`, async () => {
    await speak(language);
    const names = Object.keys(CHANGES);
    for (const order of [names, [...names].reverse(), [...names].sort()]) {
      const changes = Object.fromEntries(order.map((name) => [name, CHANGES[name]]));
      assert.equal(plain(changesText("Ana", changes)), sentence, order.join());
    }
  });
}

test("a field whose values are not told is named, and one whose both values are known is told with both", async () => {
  await speak("en");
  const euros = (amount) => ({ amount_minor: amount * 100, currency: "EUR" });
  const sentences = [
    [{ offered_price: {} }, "Ana changed the offered price"],
    [{ offered_price: { from: euros(300), to: euros(290) } }, "Ana changed the offered price from €300 to €290"],
    [{ offered_price: { from: null, to: euros(290) } }, "Ana set the offered price to €290"],
    [
      { address: {}, end_date: {}, progress: { from: 0, to: 5 } },
      "Ana changed the address, changed the due date and set the progress to 5%",
    ],
  ];
  for (const [changes, sentence] of sentences) assert.equal(plain(changesText("Ana", changes)), sentence);
});

test("a field without words of its own is told by its name", async () => {
  await speak("en");
  // Any name of a fact will do for one that has no sentence.
  const sentences = [
    [{ currency: { from: null, to: "EUR" } }, "Ana changed “Currency” to EUR"],
    [{ currency: { from: "EUR", to: null } }, "Ana emptied “Currency”"],
    [{ currency: {}, progress: { from: 0, to: 5 } }, "Ana set the progress to 5% and changed “Currency”"],
  ];
  for (const [changes, sentence] of sentences) assert.equal(plain(changesText("Ana", changes)), sentence);
});

test("one change is one sentence, and what this version does not know is told as a change", async () => {
  await speak("en");
  assert.equal(plain(changesText("Ana", { progress: { from: 0, to: 60 } })), "Ana set the progress to 60%");
  assert.equal(plain(changesText("Ana", { colour: { from: null, to: "red" } })), "Ana updated the transaction");
});
