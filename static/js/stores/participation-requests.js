// Requests of other brokers to take part in their transactions.

import { LiveCollection } from "./live-collection.js";

export class ParticipationRequests extends LiveCollection {
  topic = "transaction"; // a request is a change of its transaction

  keyOf(request) {
    return request.transaction_id;
  }

  async fetchPage({ signal }) {
    /** @type {import("../api-types.js").ParticipationRequestList} */
    const { requests } = await this.api.get("/participation-requests", { signal });
    return { items: requests, next: null };
  }
}
