// Restores the scroll position of a page as soon as it is tall enough: its content may still be loading.

const RESTORE_WITHIN_MS = 5_000;
const USER_SCROLLS = ["wheel", "touchmove", "pointerdown", "keydown"];

export function restoreScroll(top, { signal }) {
  scrollTo(0, top);
  if (isThere(top)) return;
  const stop = new AbortController();
  const end = () => stop.abort();
  const observer = new ResizeObserver(() => {
    scrollTo(0, top);
    if (isThere(top)) end();
  });
  observer.observe(document.body);
  const timer = setTimeout(end, RESTORE_WITHIN_MS);
  // A user who scrolls cancels the restoration.
  for (const type of USER_SCROLLS) addEventListener(type, end, { once: true, passive: true, signal: stop.signal });
  signal.addEventListener("abort", end, { once: true, signal: stop.signal });
  stop.signal.addEventListener("abort", () => {
    observer.disconnect();
    clearTimeout(timer);
  });
}

function isThere(top) {
  return Math.abs(scrollY - top) < 2;
}
