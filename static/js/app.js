// The entry point: resumes the session, shows the page of the address, and draws the frame around it.

import { append, h, replace } from "./kit/el.js";
import { router } from "./core/router.js";
import { rooms, session, transactions } from "./services.js";
import { applyTheme } from "./kit/theme.js";
import { restoreScroll } from "./kit/scroll.js";
import { setTitle, setUnread } from "./kit/title.js";
import { toast } from "./kit/ui.js";
import { language, t } from "./text/words.js";
import { loadWords, prepareWords, startLanguage } from "./core/language.js";
import failurePage from "./pages/failure.js";
import { homeOf, mayOpen, routes } from "./routes.js";
import "./elements/frame/app-header.js";
import "./elements/frame/link-status.js";

const app = document.getElementById("app");
const REST_MS = 1_000; // so that nothing competes with what the page itself loads
let current = new AbortController();
let frame = null; // the signed-in frame stays while pages change inside it
let firstPage = true;
let shownLanguage = null;
let shownAccount = null;
let preparedFor; // whose next pages were fetched

for (const [pattern, route] of Object.entries(routes)) router.add(pattern, route);
router.on("navigate", show);
session.on("lost", () => {
  router.go(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`, { replace: true });
});

// A broker is told on whatever page they are.
transactions.on("left", ({ name, transaction }) => {
  if (session.account?.role === "broker" && transaction) toast(t("people.left", { name, title: transaction.title }));
});

rooms.on("change", () => setUnread(rooms.unread));

session.on("change", () => {
  const { account } = session;
  const sameFrame = shownLanguage === language() && shownAccount === (account?.id ?? null);
  shownLanguage = language();
  shownAccount = account?.id ?? null;
  if (sameFrame) return;
  router.forget();
  frame = null;
  skipLink();
});

applyTheme();
start();

// The server sends the frame of the page with the document; it stays until the page is ready.
async function start() {
  try {
    const first = router.match(location.pathname)?.route;
    await startLanguage((file) => import(`./i18n/${file}.js`), first?.words);
    skipLink();
    await session.resume();
  } catch (error) {
    return draw(failurePage({ error, retry: start }));
  }
  router.start();
}

async function show({ route, params, query, memory, back = false }) {
  const { account } = session;
  if (route?.redirect) return router.go(homeOf(account), { replace: true });
  if (route && !mayOpen(route, account)) return turnAway(route, account);

  current.abort();
  current = new AbortController();
  const { signal } = current;
  const load = route?.load ?? (() => import("./pages/not-found.js"));
  let page;
  try {
    const [module] = await Promise.all([load(), loadWords(route?.words)]).catch((cause) => {
      throw Object.assign(cause, { isCode: true });
    });
    if (signal.aborted) return;
    page = await module.default({ params, query, memory, signal });
  } catch (error) {
    if (signal.aborted || error.name === "AbortError") return;
    page = failurePage({ error, signal });
  }
  if (signal.aborted) return;
  draw(page, { back: back ? (memory.scroll ?? 0) : null, signal });
  const reader = session.account?.id ?? null;
  if (preparedFor !== reader) setTimeout(later, REST_MS);
  preparedFor = reader;
}

// Prefetches what the next pages need: their code, and the unread count.
function later() {
  if (session.account && session.account.role !== "admin") transactions.begin();
  document.head.append(/** @type {HTMLTemplateElement} */ (document.getElementById("later")).content);
  if (navigator.connection?.saveData) return;
  const whenIdle = globalThis.requestIdleCallback ?? ((work) => setTimeout(work, 2_000));
  whenIdle(async () => {
    for (const route of Object.values(routes)) {
      if (route.load && mayOpen(route, session.account))
        await Promise.all([route.load(), prepareWords(route.words)]).catch(() => {});
    }
  });
}

function turnAway(route, account) {
  if (!account)
    return router.go(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`, { replace: true });
  // Signed in, but with another role: their own home is the best answer.
  return router.go(homeOf(account), { replace: true });
}

// `back`: the scroll position to restore, on the way back
function draw({ title, layout = "app", content }, { back = null, signal = current.signal } = {}) {
  document.body.dataset.layout = layout;
  if (layout === "gate") {
    frame = null;
    replace(app, content);
  } else {
    frame ??= buildFrame();
    frame.header.update();
    frame.main.className = "page";
    replace(frame.main, content);
  }
  setTitle(title);
  restoreScroll(back ?? 0, { signal });
  // The browser announces the first page itself; later ones are announced by moving the focus to their heading.
  /** @type {HTMLElement | null} */
  const heading = app.querySelector("[data-focus]") ?? app.querySelector("h1");
  if (!firstPage) heading?.focus({ preventScroll: true });
  firstPage = false;
}

function buildFrame() {
  const header = document.createElement("app-header");
  const main = h("main.page", { id: "main" });
  replace(app, append(h("div.shell"), [header, document.createElement("link-status"), main]));
  return { header, main };
}

function skipLink() {
  document.querySelector(".skip-link").textContent = t("nav.skip");
}
