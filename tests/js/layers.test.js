// Which module may import which, and what runs without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, normalize } from "node:path/posix";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../../static/js/", import.meta.url);
const modules = readdirSync(fileURLToPath(ROOT), { recursive: true })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => path.endsWith(".js"));

// The folder of a module, and the folders and files that it may import from. Imports point down.
const LAYERS = {
  text: ["text"],
  core: ["core", "text"],
  stores: ["stores", "text", "core/emitter.js", "core/query.js", "core/close-codes.js", "core/coalesced.js"],
  kit: ["kit", "core", "text"],
  "services.js": ["stores", "core", "text"],
  "routes.js": [],
  "api-types.js": [],
  views: ["views", "kit", "stores", "core", "text", "services.js", "routes.js"],
  elements: ["elements", "views", "kit", "stores", "core", "text", "services.js", "routes.js"],
  pages: ["pages", "elements", "views", "kit", "stores", "core", "text", "services.js", "routes.js"],
  i18n: ["i18n"],
};
// These modules run under `node --test`: they name nothing that only a browser has.
const PURE = ["text/", "stores/", "core/emitter.js", "core/query.js", "core/close-codes.js", "core/coalesced.js"];
const OF_THE_BROWSER =
  /(?<![.\w])(?:document|window|location|navigator|history|localStorage|sessionStorage|customElements|addEventListener|fetch|WebSocket|requestAnimationFrame|getSelection|HTMLElement)\b(?!:)/u;

const source = (path) => readFileSync(new URL(path, ROOT), "utf8");
const imports = (path) =>
  [...source(path).matchAll(/^(?:import|export) (?:[^;]*? from )?"(\.[^"]+)";/gmu)].map(([, target]) =>
    normalize(`${dirname(path)}/${target}`),
  );
const isIn = (path, place) => path === place || path.startsWith(`${place}/`);

test("imports point down", () => {
  assert.ok(modules.length > 80);
  for (const path of modules.filter((name) => name !== "app.js")) {
    const layer = Object.keys(LAYERS).find((place) => isIn(path, place));
    assert.ok(layer, `${path} stands in no layer`);
    for (const target of imports(path)) {
      assert.ok(
        LAYERS[layer].some((place) => isIn(target, place)),
        `${path} imports ${target}`,
      );
    }
  }
});

test("the modules of stores and text need no browser", async () => {
  for (const path of modules.filter((name) => PURE.some((place) => name.startsWith(place)))) {
    const code = source(path)
      .replace(/^\s*\/\/.*$/gmu, "")
      .replace(/ \/\/ .*$/gmu, "")
      .replace(/"(?:[^"\\\n]|\\.)*"/gu, '""');
    assert.equal(OF_THE_BROWSER.exec(code)?.[0], undefined, path);
    await import(new URL(path, ROOT));
  }
});

test("what stands under elements is an element", () => {
  for (const path of modules.filter((name) => name.startsWith("elements/"))) {
    assert.match(source(path), /customElements\.define\("[a-z]+-[a-z-]+"/u, path);
  }
});
