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

test("one change is one sentence, and what this version does not know is told as a change", async () => {
  await speak("en");
  assert.equal(plain(changesText("Ana", { progress: { from: 0, to: 60 } })), "Ana set the progress to 60%");
  assert.equal(plain(changesText("Ana", { colour: { from: null, to: "red" } })), "Ana updated the transaction");
});
