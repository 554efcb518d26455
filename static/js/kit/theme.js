// Light, dark, or as the device has it.

import { preferences } from "../core/storage.js";

const PAPER = { light: "#f5f8f7", dark: "#0e1412" };

export function theme() {
  return preferences.get("theme") ?? "system";
}

export function setTheme(wanted) {
  preferences.set("theme", wanted === "system" ? null : wanted);
  applyTheme();
}

export function applyTheme() {
  const wanted = theme();
  const root = document.documentElement;
  if (wanted === "system") delete root.dataset.theme;
  else root.dataset.theme = wanted;
  /** @type {NodeListOf<HTMLMetaElement>} */
  const metas = document.querySelectorAll("meta[name=theme-color]");
  for (const meta of metas) {
    const own = meta.media.includes("dark") ? "dark" : "light";
    meta.content = PAPER[wanted === "system" ? own : wanted];
  }
}
