import common from "./en/common.js";
import entry from "./en/entry.js";
import conversation from "./en/conversation.js";
import broker from "./en/broker.js";
import account from "./en/account.js";
import people from "./en/people.js";

export default { ...common, ...entry, ...conversation, ...broker, ...account, ...people };
