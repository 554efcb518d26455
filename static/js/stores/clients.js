// The clients of a broker, by name.

import { query } from "../core/query.js";
import { LiveCollection } from "./live-collection.js";

export class Clients extends LiveCollection {
  topic = "client";
  isFollowed = false;

  constructor({ live, signal, ...rest }) {
    super({ live, signal, ...rest });
    // A new name does not move a client in the list.
    live.on("renamed", ({ account, name }) => this.#rename(account, name), { signal });
  }

  keyOf(client) {
    return client.account_id;
  }

  // All clients that a search finds come in one page; `hasMore` says that there are too many to show.
  async fetchPage({ q, signal }) {
    /** @type {import("../api-types.js").ClientList} */
    const { clients, has_more: hasMore } = await this.api.get(`/clients${query({ q })}`, { signal });
    return { items: clients, next: null, hasMore };
  }

  #rename(account, name) {
    const client = this.get(account);
    if (client && client.name !== name) this.remember({ ...client, name });
  }
}
