// The HTTP API of docs/API.md: headers, errors and lost connections in one place.

import { language } from "../text/words.js";

const BASE = "/api/v1";
const SESSION_GONE = new Set(["session_required", "session_ended"]);

// A refusal of the server, or `network` when no answer came.
class ApiError extends Error {
  /** @param {Record<string, any>} answer */
  constructor({
    status = 0,
    code,
    message,
    field = null,
    fields = [],
    reason = null,
    request_id: requestId = null,
    invitation_id: invitationId = null,
    retryAfter = null,
  }) {
    super(message ?? code);
    this.status = status;
    this.code = code;
    this.field = field;
    this.fields = fields ?? [];
    this.reason = reason;
    this.requestId = requestId;
    this.invitationId = invitationId;
    this.retryAfter = retryAfter;
  }

  get isNetwork() {
    return this.code === "network";
  }
}

export class Api {
  /** @type {(reason?: string) => void} */
  onSessionLost = () => {};

  get(path, options) {
    return this.#call("GET", path, undefined, options);
  }
  post(path, body, options) {
    return this.#call("POST", path, body, options);
  }
  put(path, body, options) {
    return this.#call("PUT", path, body, options);
  }
  patch(path, body, options) {
    return this.#call("PATCH", path, body, options);
  }
  delete(path, options) {
    return this.#call("DELETE", path, undefined, options);
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {any} body
   * @param {{ signal?: AbortSignal, quiet401?: boolean, key?: string | null }} [options]
   */
  async #call(method, path, body, { signal, quiet401 = false, key = null } = {}) {
    const headers = { Accept: "application/json", "Accept-Language": language(), "X-Requested-With": "entremise" };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    // A repeated request with the same key is the same request to the server.
    if (key) headers["Idempotency-Key"] = key;

    let response;
    let text;
    try {
      response = await fetch(BASE + path, {
        method,
        headers,
        signal,
        credentials: "same-origin",
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      text = await response.text();
    } catch (cause) {
      if (cause.name === "AbortError") throw cause;
      throw new ApiError({ code: "network" });
    }

    const data = parse(text);
    if (response.ok) return data ?? {};
    const error = new ApiError({
      code: "unexpected",
      ...data?.error,
      status: response.status,
      retryAfter: Number(response.headers.get("Retry-After")) || null,
    });
    if (response.status === 401 && SESSION_GONE.has(error.code) && !quiet401) this.onSessionLost(error.reason);
    throw error;
  }
}

function parse(text) {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
