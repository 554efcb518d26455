// The day of the reader, for every page that says "Today", "14:05" or "Tuesday".

import { DayWatch } from "./day-watch.js";

export const today = new DayWatch();

for (const type of ["focus", "pageshow"]) addEventListener(type, () => today.look());
document.addEventListener("visibilitychange", () => today.look());
