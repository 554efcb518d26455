// The reader's calendar day, for pages that say "Today", "14:05" or "Tuesday".

import { DayWatch } from "./day-watch.js";

export const today = new DayWatch();

for (const type of ["focus", "pageshow"]) addEventListener(type, () => today.check());
document.addEventListener("visibilitychange", () => today.check());
