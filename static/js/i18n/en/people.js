// Who somebody is, and what they take part in.
export default {
  "proof.unproved": "Address not proved",
  "proof.unproved_why": "Nobody has shown yet that they read the mailbox of this address. It is proved by opening the link of an invitation e-mail.",
  "proof.count": { one: "{n} address not proved", other: "{n} addresses not proved" },

  "signup.lead_unproved": "An account exists for your address, but nobody has shown that the address is theirs. You have: choose a password, and the account is yours alone. Anybody who used it until now is signed out.",
  "signup.lead_either": "{broker} invites you to a space made for your project. Choose a password, or enter the one of the account that you have here.",
  "signup.either_password": "Your password",
  "signup.either_hint": "If you have an account with this address, enter its password.",
  "signup.admin_title": "This invitation cannot be accepted with this address",
  "signup.admin_text": "{email} is the address of an administrator, and administrators take part in no transaction.",
  "signup.admin_step": "Ask {broker} to invite you at another address.",

  "event.joined": "{name} joined the transaction",
  "event.left": "{name} left the transaction",
  "event.messages_given": "{name} gave {who} access to the messages",
  "event.messages_taken": "{name} took the access to the messages from {who}",
  "event.proved": "{name} proved their e-mail address. What stands above under this name may have been written by somebody else.",

  "conversation.removed": "You no longer take part in this transaction. What is on the screen stays, but you cannot write any more.",
  "conversation.messages_taken": "You no longer have access to the messages of this transaction. You still take part in it, and see how far it has come.",
  "conversation.messages_taken_with": "You no longer have access to the messages of this transaction. You still take part in it, with access to: {what}.",
  "conversation.no_access": "You take part in this transaction, but not in its conversation. Ask your broker.",
  "conversation.no_access_with": "You take part in this transaction with access to: {what}. Its conversation is not open to you. Ask your broker.",
  "refused.room_unknown": "Not sent: this conversation is no longer open to you.",
};
