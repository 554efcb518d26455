// Dates and times, as the reader's language writes them.

import { language, locale, t } from "./words.js";

const cache = new Map();

function dates(options) {
  const key = language() + JSON.stringify(options);
  if (!cache.has(key)) cache.set(key, new Intl.DateTimeFormat(locale(), options));
  return { format: (date) => withFirst(cache.get(key).format(date)) };
}

// In French the first of a month is its *premier*.
function withFirst(text) {
  return language() === "fr" ? text.replace(/(?<!\d)1 (?=\p{L}{3})/u, "1er ") : text;
}

export const time = (iso) => dates({ hour: "2-digit", minute: "2-digit" }).format(new Date(iso));
export const dateTime = (iso) => dates({ dateStyle: "long", timeStyle: "short" }).format(new Date(iso));
export const longDate = (iso) => dates({ dateStyle: "long" }).format(asDate(iso));

// `YYYY-MM-DD` is a day of the calendar, not midnight in Greenwich.
function asDate(iso) {
  return new Date(iso.length === 10 ? `${iso}T12:00:00` : iso);
}

export function day(iso, now = new Date()) {
  const date = new Date(iso);
  if (localDay(iso) === localDay(now.toISOString())) return t("day.today");
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (localDay(iso) === localDay(yesterday.toISOString())) return t("day.yesterday");
  const sameYear = date.getFullYear() === now.getFullYear();
  return capital(
    dates({ weekday: "long", day: "numeric", month: "long", ...(sameYear ? {} : { year: "numeric" }) }).format(date),
  );
}

// Short, for lists: the time today, the day this week, the date before.
export function brief(iso, now = new Date()) {
  const date = new Date(iso);
  if (localDay(iso) === localDay(now.toISOString())) return time(iso);
  if (now.getTime() - date.getTime() < 6 * 86_400_000) return capital(dates({ weekday: "short" }).format(date));
  const sameYear = date.getFullYear() === now.getFullYear();
  return dates(
    sameYear ? { day: "numeric", month: "short" } : { day: "numeric", month: "short", year: "numeric" },
  ).format(date);
}

export function lastSeen(iso, now = new Date()) {
  if (!iso) return t("presence.away");
  const minutes = Math.floor((now.getTime() - new Date(iso).getTime()) / 60_000);
  if (minutes < 1) return t("presence.just_now");
  if (minutes < 60) return t("presence.minutes", { count: minutes });
  if (localDay(iso) === localDay(now.toISOString())) return t("presence.today", { time: time(iso) });
  return t("presence.on", { date: brief(iso, now) });
}

export function duration(seconds) {
  const [value, unit] = seconds < 90 ? [seconds, "second"] : [Math.ceil(seconds / 60), "minute"];
  return new Intl.NumberFormat(locale(), { style: "unit", unit, unitDisplay: "long" }).format(value);
}

function capital(text) {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}

// The calendar day in the reader's time zone.
export function localDay(iso) {
  const date = new Date(iso);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}
