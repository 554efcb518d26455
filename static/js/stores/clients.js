// The clients of a broker, by name.

import { query } from "../core/query.js";
import { LiveCollection } from "./live-collection.js";

export class Clients extends LiveCollection {
  topic = "client";

  constructor({ live, signal, ...rest }) {
    super({ live, signal, ...rest });
    // Where they stand is where one looks for them: nobody moves because of a name.
    live.on("renamed", ({ account, name }) => this.#rename(account, name), { signal });
  }

  keyOf(client) {
    return client.account_id;
  }

  // All that a search finds come at once; `hasMore` says that it finds too many.
  async fetchPage({ q, signal }) {
    const { clients, has_more: hasMore } = await this.api.get(`/clients${query({ q })}`, { signal });
    return { items: clients, next: null, hasMore };
  }

  #rename(account, name) {
    const client = this.get(account);
    if (client && client.name !== name) this.remember({ ...client, name });
  }
}
