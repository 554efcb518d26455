// Changes that happened elsewhere. services.js emits what came over the socket; lists, dialogs and pages listen
// without knowing the connection.
//
// Emits:
//   "changed"    { topic, id }      a thing of this account changed: whoever shows it asks the server again
//   "renamed"    { account, name }  an account has a new name
//   "connected"                     the live connection is established, for the first time or again
//   "resumed"                       it is established again: changes in between were missed

import { Emitter } from "./emitter.js";

export const live = new Emitter();
