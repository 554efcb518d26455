// Gives a page its scroll back, when it is tall enough again: what it shows may still be on its way.

const PATIENCE_MS = 5_000;
const HANDS = ["wheel", "touchmove", "pointerdown", "keydown"];

export function scrollBack(top, { signal }) {
  scrollTo(0, top);
  if (isThere(top)) return;
  const stop = new AbortController();
  const end = () => stop.abort();
  const observer = new ResizeObserver(() => {
    scrollTo(0, top);
    if (isThere(top)) end();
  });
  observer.observe(document.body);
  const timer = setTimeout(end, PATIENCE_MS);
  // Whoever scrolls has decided otherwise.
  for (const type of HANDS) addEventListener(type, end, { once: true, passive: true, signal: stop.signal });
  signal.addEventListener("abort", end, { once: true, signal: stop.signal });
  stop.signal.addEventListener("abort", () => {
    observer.disconnect();
    clearTimeout(timer);
  });
}

function isThere(top) {
  return Math.abs(scrollY - top) < 2;
}
