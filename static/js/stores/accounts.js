// All accounts of the installation, for an administrator.

import { query } from "../core/query.js";
import { LiveCollection } from "./live-collection.js";

const PAGE = 50;

export class Accounts extends LiveCollection {
  topic = "account";
  isFollowed = false;

  async fetchPage({ before, signal, ...filter }) {
    /** @type {import("../api-types.js").AccountList} */
    const { accounts, next } = await this.api.get(`/accounts${query({ ...filter, before, limit: PAGE })}`, { signal });
    return { items: accounts, next };
  }
}
