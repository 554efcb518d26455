// How long a page takes on a bad line until it can be used: 400 kbit/s, 400 ms there and back, a processor four times as slow.
//
//   scripts/bench slow-line [PROGRAM…]
//
// Each program is started as a demo of its own, and Chromium looks at it: a first visit with an empty cache, and a second one.
// Prints one line of Markdown for each visit, the median of three (`TIMES=5` for more). Needs Node 20 and `chromium`; `CHROMIUM`
// names another one.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const TIMES = Number(process.env.TIMES ?? 3);
const LINE = { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000 };
const SLOWER = 4;
const ANSWER_MS = 60_000;
// The rest of what a page fetches comes into the cache before it is left.
const REST_MS = 5_000;
const PAGES = [
  ["sign-in", null, "/sign-in", "[data-test=sign-in-form]"],
  ["a broker's room", "broker", "/broker/transactions/1", "[data-test=message]"],
];

// The page itself notes when it can be used, and what had begun by then.
const watch = (selector) => `new MutationObserver((_, observer) => {
  if (!document.querySelector(${JSON.stringify(selector)})) return;
  window.usableAt = performance.now();
  observer.disconnect();
}).observe(document, { childList: true, subtree: true });`;
const COST = `(() => {
  const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  const early = all.filter(({ name, startTime, transferSize }) => startTime <= usableAt && transferSize > 0 && !name.startsWith("data:"));
  return { ms: usableAt, requests: early.length, bytes: early.reduce((sum, { transferSize }) => sum + transferSize, 0) };
})()`;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(what, look) {
  for (let tries = 0; tries < 1_200; tries += 1) {
    const seen = await look();
    if (seen) return seen;
    await sleep(100);
  }
  throw new Error(`never came: ${what}`);
}

async function startDemo(program, folder) {
  const child = spawn(program, ["demo", "--port", "0", "--data", join(folder, "data")], { stdio: ["ignore", "pipe", "ignore"] });
  let text = "";
  child.stdout.on("data", (data) => { text += data; });
  await until("the demo", () => text.includes("Ctrl-C"));
  const login = (role) => new RegExp(`^\\s*${role}\\s+(\\S+)\\s+(\\S+)`, "m").exec(text).slice(1);
  return { child, origin: /running at\s+(\S+)/.exec(text)[1], login };
}

// → { child, call(method, params, sessionId) } of Chromium's DevTools protocol
async function startBrowser(folder) {
  const profile = join(folder, "profile");
  const child = spawn(process.env.CHROMIUM ?? "chromium", ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-port=0",
    `--user-data-dir=${profile}`], { stdio: "ignore" });
  const [port, path] = await until("the browser", () => {
    try {
      return readFileSync(join(profile, "DevToolsActivePort"), "utf8").split("\n");
    } catch {
      return null;
    }
  });
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
  await new Promise((resolve, reject) => { socket.onopen = resolve; socket.onerror = reject; });
  const asked = new Map();
  let id = 0;
  socket.onmessage = ({ data }) => {
    const answer = JSON.parse(data);
    const { resolve, reject } = asked.get(answer.id) ?? {};
    asked.delete(answer.id);
    if (answer.error) reject?.(new Error(answer.error.message));
    else resolve?.(answer.result);
  };
  const call = (method, params = {}, sessionId = undefined) => new Promise((resolve, reject) => {
    asked.set((id += 1), { resolve, reject });
    setTimeout(() => reject(new Error(`no answer to ${method}`)), ANSWER_MS).unref();
    socket.send(JSON.stringify({ id, method, params, sessionId }));
  });
  return { child, call };
}

async function cookiesOf({ origin, login }, role) {
  const [email, password] = login(role);
  const headers = { "Content-Type": "application/json", "X-Requested-With": "entremise" };
  const answer = await fetch(`${origin}/api/v1/sessions`, { method: "POST", headers, body: JSON.stringify({ email, password }) });
  return answer.headers.getSetCookie().map((cookie) => /^([^=]+)=([^;]*)/.exec(cookie).slice(1));
}

// → the costs of a first and of a second visit
async function visit({ call }, demo, [, role, path, selector]) {
  const { browserContextId } = await call("Target.createBrowserContext");
  const { targetId } = await call("Target.createTarget", { url: "about:blank", browserContextId });
  const { sessionId } = await call("Target.attachToTarget", { targetId, flatten: true });
  const tab = (method, params) => call(method, params, sessionId);
  await tab("Page.enable");
  await tab("Network.enable");
  for (const [name, value] of role ? await cookiesOf(demo, role) : []) {
    await tab("Network.setCookie", { name, value, url: demo.origin, httpOnly: true });
  }
  await tab("Network.emulateNetworkConditions", LINE);
  await tab("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  await tab("Page.addScriptToEvaluateOnNewDocument", { source: watch(selector) });
  const look = async (expression) => (await tab("Runtime.evaluate", { expression, returnByValue: true })).result.value;
  const costs = [];
  for (let time = 0; time < 2; time += 1) {
    await tab("Page.navigate", { url: `${demo.origin}${path}` });
    await until(path, () => look(`location.pathname === ${JSON.stringify(path)} && window.usableAt`).catch(() => null));
    costs.push(await look(COST));
    await sleep(REST_MS);
    await tab("Page.navigate", { url: "about:blank" });
  }
  await call("Target.disposeBrowserContext", { browserContextId });
  return costs;
}

const median = (list) => [...list].sort((a, b) => a.ms - b.ms)[Math.floor(list.length / 2)];

console.log("| build | page | visit | s until usable | requests | KiB |\n| --- | --- | --- | --- | --- | --- |");
for (const program of process.argv.slice(2)) {
  const folder = mkdtempSync(join(tmpdir(), "slow-line."));
  const demo = await startDemo(program, folder);
  const browser = await startBrowser(folder);
  try {
    for (const page of PAGES) {
      const seen = [];
      for (let time = 0; time < TIMES; time += 1) seen.push(await visit(browser, demo, page));
      ["first", "second"].forEach((name, index) => {
        const { ms, requests, bytes } = median(seen.map((costs) => costs[index]));
        console.log(`| ${program} | ${page[0]} | ${name} | ${(ms / 1000).toFixed(1)} | ${requests} | ${Math.round(bytes / 1024)} |`);
      });
    }
  } finally {
    browser.child.kill();
    demo.child.kill();
    await sleep(500);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
process.exit(0);
