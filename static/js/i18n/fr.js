import common from "./fr/common.js";
import entry from "./fr/entry.js";
import conversation from "./fr/conversation.js";
import broker from "./fr/broker.js";
import account from "./fr/account.js";
import people from "./fr/people.js";

export default { ...common, ...entry, ...conversation, ...broker, ...account, ...people };
