// Changes that happened elsewhere. services.js emits what came over the socket; lists, dialogs and pages listen
// without knowing the connection.
//
// Emits:
//   "changed"    { topic, id }      a thing of this account changed: whoever shows it asks the server again
//   "stale"                         everything of this account may have changed
//   "renamed"    { account, name }  an account has a new name
//   "connected"                     the live connection is established, for the first time or again
//   "resumed"                       it is established again. Missed changes follow as "changed", or as "stale"; of what the
//                                   server does not tell as a change (presence, accounts of others) nobody knows

import { Emitter } from "./emitter.js";

export const live = new Emitter();
