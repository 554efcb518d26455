// The records that a broker has of clients, by name.

import { query } from "../core/query.js";
import { LiveCollection } from "./live-collection.js";

const PAGE = 50;
const BESIDE = new Set(["invitation", "transaction"]);

export class Clients extends LiveCollection {
  topic = "client";
  isFollowed = false;

  constructor({ live, signal, ...rest }) {
    super({ live, signal, ...rest });
    // Invitations and transactions stand beside a client.
    live.on("changed", ({ topic }) => BESIDE.has(topic) && this.catchUp(), { signal });
    // A new name does not move a client in the list.
    live.on("renamed", ({ account, name }) => this.#rename(account, name), { signal });
  }

  // `state` is one of a record, or "archived"; `counts` says how many there are in each.
  async fetchPage({ state, before, signal, ...filter }) {
    const path = `/clients${query({ ...filter, ...which(state), before, limit: PAGE })}`;
    /** @type {import("../api-types.js").ClientList} */
    const { clients, next, counts } = await this.api.get(path, { signal });
    return { items: clients, next, counts };
  }

  #rename(account, name) {
    for (const client of this.known.values())
      if (client.account_id === account && client.name !== name) this.remember({ ...client, name });
  }
}

// Where the table of a filtered list is.
export function exportPath({ state, ...filter }) {
  return `/api/v1/clients/export${query({ ...filter, ...which(state) })}`;
}

function which(state) {
  return state === "archived" ? { archived: true } : { state };
}
