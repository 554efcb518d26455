// The invitations of a broker, with the state of their mails.

import { query } from "../core/query.js";
import { LiveCollection } from "./live-collection.js";

const PAGE = 50;

export class Invitations extends LiveCollection {
  topic = "invitation";

  // `counts` says how many there are in each state.
  async fetchPage({ before, signal, ...filter }) {
    const path = `/client-invitations${query({ ...filter, before, limit: PAGE })}`;
    /** @type {import("../api-types.js").InvitationList} */
    const { invitations, next, counts } = await this.api.get(path, { signal });
    return { items: invitations, next, counts };
  }
}
