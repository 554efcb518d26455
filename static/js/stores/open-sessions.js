// The devices on which the account is signed in.

import { LiveCollection } from "./live-collection.js";

export class OpenSessions extends LiveCollection {
  topic = "session";

  async fetchPage({ signal }) {
    /** @type {import("../api-types.js").SessionList} */
    const { sessions } = await this.api.get("/sessions", { signal });
    return { items: sessions, next: null };
  }
}
