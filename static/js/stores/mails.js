// The mails of demo mode, the newest first.

import { LiveCollection } from "./live-collection.js";

export class Mails extends LiveCollection {
  topic = "mail";
  isFollowed = false;

  async fetchPage({ signal }) {
    /** @type {import("../api-types.js").DemoMailList} */
    const { mails } = await this.api.get("/demo/mails", { signal });
    return { items: mails, next: null };
  }
}
