// The rules of a password while it is typed, and an estimate of its strength. The server decides
// (`password_guessable`); the page only says it earlier.

const MIN_LENGTH = 8;
const MAX_LENGTH = 128;

const COMMON = [
  "password",
  "passwort",
  "motdepasse",
  "azerty",
  "qwerty",
  "qwertz",
  "bonjour",
  "soleil",
  "welcome",
  "bienvenue",
  "letmein",
  "admin",
  "secret",
  "iloveyou",
  "jetaime",
  "doudou",
  "loulou",
  "chouchou",
  "monkey",
  "dragon",
  "football",
  "marseille",
  "paris",
  "france",
  "london",
  "summer",
  "winter",
  "ete",
  "hiver",
  "printemps",
  "automne",
  "janvier",
  "fevrier",
  "amour",
  "princesse",
  "maison",
  "immobilier",
  "courtier",
  "entremise",
  "changeme",
  "abcd",
  "test",
  "nicolas",
  "camille",
  "thomas",
  "marine",
];
const RUNS = [
  "abcdefghijklmnopqrstuvwxyz",
  "01234567890",
  "azertyuiop",
  "qsdfghjklm",
  "wxcvbn",
  "qwertyuiop",
  "asdfghjkl",
  "zxcvbnm",
];
const LEET = { 0: "o", 1: "i", 3: "e", 4: "a", 5: "s", 7: "t", "@": "a", $: "s", "!": "i", "€": "e" };

// As src/domain/password.rs judges; tests/support/passwords.json holds the cases for both.
export function checkRules(raw) {
  const password = raw.normalize("NFC");
  const length = [...password].length;
  return {
    length: length >= MIN_LENGTH && length <= MAX_LENGTH,
    upper: /\p{Uppercase}/u.test(password),
    lower: /\p{Lowercase}/u.test(password),
    digit: /[0-9]/.test(password),
    special: /[^\p{Alphabetic}\p{N}]/u.test(password),
  };
}

// Is it made of the user's own words? The server refuses it then, however strong it is.
export function isPersonal(password, personal = []) {
  const plain = bare(password);
  return personal.map(bare).some((word) => [...word].length >= 4 && plain.includes(word));
}

// Letters that no normal form decomposes, though people do.
const PLAIN = {
  æ: "ae",
  œ: "oe",
  ß: "ss",
  þ: "th",
  ø: "o",
  ł: "l",
  đ: "d",
  ð: "d",
  ħ: "h",
  ı: "i",
  ς: "σ",
  "’": "'",
  "‘": "'",
  ʼ: "'",
  "′": "'",
};
const BLANKS = /[\p{White_Space}\p{Cc}\u2010-\u2015\u2212\-\u2800\u115f\u1160]/gu;
// Marks of Latin, Greek and Cyrillic, points of Hebrew, vowel signs of Arabic, and what nobody sees.
const UNSEEN =
  /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\ufff9-\ufffb\u{1d159}\p{DI}]/gu;

// As `folded` in src/domain/text/search.rs.
function bare(text) {
  const seen = text.normalize("NFKD").replace(BLANKS, " ").replace(UNSEEN, "");
  return seen
    .replace(/ +/g, " ")
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]/g, (letter) => PLAIN[letter] ?? letter);
}

// → { score: 0–4, hint: null | "personal" | "common" | "pattern" }; `personal` are the person's own words.
export function estimateStrength(password, personal = []) {
  if (password === "") return { score: 0, hint: null };
  const plain = fold(password);
  const own = personal.flatMap((word) => fold(word).split(/[^\p{L}\p{Nd}]+/u)).filter((word) => word.length >= 3);

  let rest = plain;
  let guesses = 0; // in powers of ten
  let hint = null;
  const spend = (word, cost, why) => {
    if (!rest.includes(word)) return;
    rest = rest.replaceAll(word, "");
    guesses += cost;
    hint ??= why;
  };
  for (const word of byLength(own)) spend(word, 0.5, "personal");
  for (const word of byLength(COMMON)) spend(word, 1.5, "common");
  for (const run of runsIn(rest)) spend(run, 1, "pattern");
  for (const [year] of rest.matchAll(/(19|20)\d\d/g)) spend(year, 1.5, "pattern");
  rest = rest.replace(/(.)\1{2,}/gu, (run, one) => ((hint ??= "pattern"), one));

  guesses += [...rest].length * perCharacter(rest);
  if (password !== password.toLowerCase() && guesses > 2) guesses += 0.5;
  // "Leave out your name" is shown when the server would refuse it.
  if (hint === "personal" && !isPersonal(password, personal)) hint = "pattern";
  if (isPersonal(password, personal)) return { score: 1, hint: "personal" };
  const score = guesses < 5 ? 1 : guesses < 8 ? 2 : guesses < 11 ? 3 : 4;
  return { score, hint: score < 3 ? hint : null };
}

// Accents, capitals and usual substitutions (p@ssw0rd) do not make a password stronger.
function fold(text) {
  const plain = bare(text);
  return [...plain].map((character, index) => (disguised(plain, index) ? LEET[character] : character)).join("");
}

// A digit between letters is a substitution; digits in a row are digits.
function disguised(text, index) {
  if (!(text[index] in LEET)) return false;
  return (
    /\p{L}/u.test(text[index - 1] ?? "") &&
    /[\p{L}@$!€\d]/u.test(text[index + 1] ?? "") &&
    !/\d\d/.test(text.slice(index, index + 2))
  );
}

function runsIn(text) {
  const found = [];
  for (const line of RUNS) {
    for (const run of [line, [...line].reverse().join("")]) {
      for (let size = Math.min(run.length, text.length); size >= 3; size -= 1) {
        for (let start = 0; start + size <= run.length; start += 1) {
          const piece = run.slice(start, start + size);
          if (text.includes(piece)) found.push(piece);
        }
      }
    }
  }
  return byLength(found);
}

function perCharacter(text) {
  const kinds = [/\p{L}/u, /\d/, /[^\p{L}\d]/u].filter((kind) => kind.test(text)).length;
  return kinds >= 3 ? 1.35 : kinds === 2 ? 1.2 : 1;
}

function byLength(words) {
  return [...new Set(words)].sort((a, b) => b.length - a.length);
}
