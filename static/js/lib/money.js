// What a person types for an amount, exactly, in the currency's smallest unit. Never through a float.

// amount("1 250,50", 2) → 125050; null when it is not an amount; undefined when it is empty.
export function amount(text, digits) {
  const plain = text.replace(/[\s\u00a0\u202f'’€$£]/g, "");
  if (plain === "") return undefined;
  const found = /^(\d{1,12})(?:[.,](\d+))?$/.exec(plain);
  if (!found) return null;
  const fraction = found[2] ?? "";
  if (fraction.length > digits) return null;
  return Number(found[1] + fraction.padEnd(digits, "0"));
}

export function written(minor, digits, comma = ",") {
  const text = String(minor).padStart(digits + 1, "0");
  if (digits === 0) return text;
  const whole = text.slice(0, -digits);
  const fraction = text.slice(-digits);
  return /^0+$/.test(fraction) ? whole : whole + comma + fraction;
}
