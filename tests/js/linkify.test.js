import assert from "node:assert/strict";
import { test } from "node:test";
import { linkify, Scanner } from "../../static/js/text/linkify.js";

const links = (text) => linkify(text).filter((part) => part.href);
const texts = (text) => links(text).map((part) => part.text);

test("a link ends where a reader sees its end", () => {
  const cases = {
    "Voir https://example.org/a?b=c.": ["https://example.org/a?b=c"],
    "(mais http://example.org/x_(y)).": ["http://example.org/x_(y)"],
    '<a href="https://example.org/">': ["https://example.org/"],
    "https://fr.wikipedia.org/wiki/L'Équipe est un journal": ["https://fr.wikipedia.org/wiki/L'Équipe"],
    "https://fr.wikipedia.org/wiki/L’Équipe, oui": ["https://fr.wikipedia.org/wiki/L’Équipe"],
    "'https://x.org'": ["https://x.org"],
    "‘https://x.org/a’": ["https://x.org/a"],
    "[https://x.org]": ["https://x.org"],
    "[https://x.org](https://y.org)": ["https://x.org", "https://y.org"],
    "「https://x.org/a」を参照": ["https://x.org/a"],
    "https://x.org/a。次": ["https://x.org/a"],
    "（https://x.org/a）、": ["https://x.org/a"],
    "**https://x.org/a**": ["https://x.org/a"],
    "_https://x.org/a_b_": ["https://x.org/a_b"],
    "https://x.org/a_": ["https://x.org/a_"],
    "{https://x.org/{id}}": ["https://x.org/{id}"],
    "‹https://x.org/a›": ["https://x.org/a"],
    "«\u00a0https://x.org/a\u00a0»": ["https://x.org/a"],
    "https://x.org/a\u200b": ["https://x.org/a"],
    "https://x.org/a\u202e": ["https://x.org/a"],
    "https://x.org/a\u2060, puis": ["https://x.org/a"],
    "https://x.org/(": ["https://x.org/"],
    "https://[::1]:8080/a]": ["https://[::1]:8080/a"],
    "https://x.org/😀": ["https://x.org/😀"],
    "HTTPS://X.ORG/A": ["HTTPS://X.ORG/A"],
  };
  for (const [text, expected] of Object.entries(cases)) assert.deepEqual(texts(text), expected, text);
});

test("what is no plain web address is text", () => {
  const none = [
    "javascript:alert(1)",
    "ftp://example.org",
    "<img src=x onerror=alert(1)>",
    "https://",
    "http://)",
    "xhttps://x.org",
    "https:///x.org",
    "https://bank.example@evil.example/",
    "https://bank.example:443@evil.example/",
    "http://bank.example%2F@evil.example/",
    "https://@evil.example/",
    "https://a..b/",
    "https://-/",
    "https://x\u202e.org".slice(0, 8),
  ];
  for (const text of none) assert.deepEqual(linkify(text), [{ text }], text);
  assert.deepEqual(
    links("https://bank.example\\@evil.example/").map((part) => part.href),
    ["https://bank.example/"],
  );
});

test("www, e-mail addresses and telephone numbers are links", () => {
  const cases = {
    "www.example.org/a.": [["www.example.org/a", "https://www.example.org/a"]],
    "Www.example.org": [["Www.example.org", "https://www.example.org/"]],
    "(anne.petit+notaire@example.org)": [["anne.petit+notaire@example.org", "mailto:anne.petit%2Bnotaire@example.org"]],
    "à o'neil@exämple.org.": [["o'neil@exämple.org", "mailto:o'neil@exämple.org"]],
    "Tél. : 06 12 34 56 78.": [["06 12 34 56 78", "tel:0612345678"]],
    "06.12.34.56.78": [["06.12.34.56.78", "tel:0612345678"]],
    "06\u201112\u201134\u201156\u201178": [["06\u201112\u201134\u201156\u201178", "tel:0612345678"]],
    "01\u202f23\u202f45\u202f67\u202f89 ou 0612345678": [
      ["01\u202f23\u202f45\u202f67\u202f89", "tel:0123456789"],
      ["0612345678", "tel:0612345678"],
    ],
    "+33 6 12 34 56 78": [["+33 6 12 34 56 78", "tel:+33612345678"]],
    "+33 (0)6 12 34 56 78": [["+33 (0)6 12 34 56 78", "tel:+33612345678"]],
    "0033 6 12 34 56 78": [["0033 6 12 34 56 78", "tel:+33612345678"]],
    "+44 20 7946 0958, +1 212 555 0123": [
      ["+44 20 7946 0958", "tel:+442079460958"],
      ["+1 212 555 0123", "tel:+12125550123"],
    ],
    "+41 79 123 45 67": [["+41 79 123 45 67", "tel:+41791234567"]],
    "+34 612 345 678": [["+34 612 345 678", "tel:+34612345678"]],
    "(0612345678)": [["0612345678", "tel:0612345678"]],
  };
  for (const [text, expected] of Object.entries(cases))
    assert.deepEqual(
      links(text).map((part) => [part.text, part.href]),
      expected,
      text,
    );
});

test("amounts, dates, references and halves of addresses are no links", () => {
  const none = [
    "308 500 €",
    "+1 250 000 €",
    "+12 500 000 000",
    "+45 000 000 000 €",
    "1 250 000,00",
    "+33 123 456 789 €",
    "06 12 34 56 78 €",
    "01.02.2026",
    "01/02/2026",
    "01-02-2026",
    "2026-05-01",
    "01.02.2026 10:30",
    "05 06 2026",
    "le 01 02 03 04 05 06",
    "FR76 3000 6000 0112 3456 7890 189",
    "FR76 30 01 23 45 67 89",
    "réf. 00123456789",
    "12 01 23 45 67 89",
    "0 800",
    "0000000000",
    "https://аpple.com/",
    "https://gооgle.com",
    "www.pаypal.com",
    "https://x.exαmple.org/a",
    "pay@pаypal.com",
    "a@b",
    "@example.org",
    "a@example",
    "a@@example.org",
    "a@example.org@x.org",
    "x@1.2",
    "www.",
    "www.x",
    "awww.example.org",
    "wwww",
    "+33",
    "3+0612345678",
    "n°0612345678901",
    "0612345678abc",
  ];
  for (const text of none) assert.deepEqual(links(text), [], text);
});

test("a link is cut at 2,048 characters, between two of them", () => {
  const [first, ...rest] = linkify(`https://x.org/${"a".repeat(9_980)}`);
  assert.equal(first.text.length, 2_048);
  assert.equal(rest.map((part) => part.text).join("").length, 9_994 - 2_048);
  assert.deepEqual(
    rest.filter((part) => part.href),
    [],
  );
  for (const pad of ["", "a"])
    assert.ok(linkify(`https://x.org/${pad}${"😀".repeat(4_000)}`).every((part) => part.text.isWellFormed()));
});

test("what a link leads to is bounded as it is written there, whatever letters it is made of", () => {
  for (const letter of ["가", "é", "😀", "{", "?'", "'", "%41", "\ud83d", "é가😀a"]) {
    for (const before of ["https://x.org/", "www.x.org/", "http://x.org?", "https://x.org#"]) {
      const [first, ...rest] = linkify(before + letter.repeat(LENGTH / letter.length));
      assert.ok(
        !first.href || first.href.length <= 2_048,
        `${before}${letter} leads to ${first.href?.length} characters`,
      );
      assert.ok(first.href || !letter.isWellFormed(), `${before}${letter} is a link`);
      assert.deepEqual(
        rest.filter((part) => part.href),
        [],
      );
    }
  }
});

// ——— Any 10,000 characters cost a bounded number of looks each ———

const LENGTH = 10_000;
const LOOKS_EACH = 24;

function cost(text) {
  const scanner = new Scanner(text);
  const parts = linkify(text, scanner);
  assert.equal(parts.map((part) => part.text).join(""), text);
  assert.ok(
    parts.every(
      (part) => part.text.length > 0 && (!part.href || (part.text.length <= 2_048 && part.href.length <= 2_048)),
    ),
  );
  assert.ok(
    scanner.looks <= LOOKS_EACH * text.length + 100,
    `${scanner.looks} looks at ${text.length} characters of ${text.slice(0, 60)}…`,
  );
}

test("what once froze a page is read in one pass", () => {
  const bait = [
    ")",
    ".",
    "a)",
    "http://a)",
    "http://a.",
    "(",
    "https://x.org/(",
    "[(",
    "([{",
    "@",
    "a@",
    "a.@",
    "a@b.",
    "a@b.c",
    "www.",
    "www.a.",
    "w",
    "h",
    "http://",
    "https:/",
    "+",
    "+1",
    "0",
    "00",
    "0 ",
    "06 ",
    "+33 (0)",
    "+33(0)",
    "(0)",
    "'",
    "*",
    "_",
    "😀",
    "é",
    "\u200b",
    "-",
    "a-",
    "x@y-",
    "http://é",
    "http://[",
    "http://a@",
  ];
  for (const piece of bait) {
    for (const before of ["", "https://x.org/", "http://a", "www.x.org/", "_https://x.org/", "a@", "+33 6"])
      cost((before + piece.repeat(LENGTH)).slice(0, LENGTH));
  }
});

test("any mixture of what links are made of is read in one pass, and the text stays the same", () => {
  const pieces = [
    "http://",
    "https://",
    "www.",
    "a",
    "é",
    "x.org",
    "/",
    "?",
    "#",
    "&",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "'",
    "’",
    "…",
    ".",
    ",",
    ":",
    "*",
    "_",
    "@",
    "a@x.org",
    "+33 6 12 34 56 78",
    "06 12 34 56 78",
    "0",
    "+",
    " ",
    "\n",
    "\u200b",
    "\u202e",
    "😀",
    "\ud83d",
    "「",
    "」",
    "。",
    "%",
    "\\",
    "%2f",
    ":443",
  ];
  let seed = 20_261_120;
  const random = (below) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  for (let round = 0; round < 300; round += 1) {
    const few = Array.from({ length: 1 + random(6) }, () => pieces[random(pieces.length)]);
    let text = "";
    while (text.length < LENGTH) text += few[random(few.length)];
    cost(text);
  }
});
