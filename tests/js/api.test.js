import assert from "node:assert/strict";
import { test } from "node:test";
import { Api } from "../../static/js/core/api.js";

test("a request that may be repeated carries its key, and no other does", async () => {
  const asked = [];
  globalThis.fetch = async (path, { method, headers }) => {
    asked.push([method, path, headers["Idempotency-Key"] ?? null]);
    return new Response("{}", { status: 201 });
  };
  const api = new Api();
  await api.post("/transactions", { title: "A" }, { key: "k1" });
  await api.post("/client-invitations/1/resend", undefined, { key: "k2" });
  await api.post("/client-invitations/preview", {});
  await api.get("/transactions");
  assert.deepEqual(asked, [
    ["POST", "/api/v1/transactions", "k1"],
    ["POST", "/api/v1/client-invitations/1/resend", "k2"],
    ["POST", "/api/v1/client-invitations/preview", null],
    ["GET", "/api/v1/transactions", null],
  ]);
});
