// What has just changed elsewhere, for whatever shows it. services.js tells it what came over the socket; lists, dialogs and
// pages listen, and know nothing of the connection.
//
// Emits:
//   "changed"    { topic, id }      a thing of this person is another one now: who shows it asks the server again
//   "renamed"    { account, name }  somebody is called otherwise
//   "connected"                     the live connection stands, for the first time or again
//   "resumed"                       it stands again: what changed meanwhile was not heard

import { Emitter } from "./emitter.js";

export const live = new Emitter();
