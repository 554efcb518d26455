// Transactions, their form and what is told of them.

export default {
  "transactions.title": "Your transactions",
  "transactions.lead": "The most recently active come first.",
  "transactions.new": "New transaction",
  "transactions.create": "Create the transaction",
  "transactions.search": "Find a transaction",
  "transactions.empty_title": "Everything begins with an invitation",
  "transactions.empty":
    "Invite a client: as soon as they open their space, their transaction and your conversation appear here. You can also prepare the transaction first.",

  "transaction.panel": "The transaction",
  "transaction.facts": "At a glance",
  "transaction.progress": "Progress",
  "transaction.progress_hint": "Your clients see this figure and are told in the conversation.",
  "transaction.progress_soon": "{value} will be shown to everyone in five seconds.",
  "transaction.complete": "Mark as completed",
  "transaction.complete_title": "Is this transaction completed?",
  "transaction.complete_text": "At 100% it counts as completed, and everyone in the conversation is told.",
  "transaction.edit_title": "Edit the transaction",
  "transaction.title_example": "E.g. House on Linden Street",
  "transaction.cancel": "Cancel the transaction",
  "transaction.cancel_title": "Cancel this transaction?",
  "transaction.cancel_text":
    "The conversation stays open and nothing is deleted. You can reopen the transaction later.",
  "transaction.reopen": "Reopen",

  "fact.title": "Title",
  "fact.kind": "Project",
  "fact.status": "Status",
  "fact.progress": "Progress",
  "fact.address": "Address",
  "fact.city": "City",
  "fact.start_date": "Start",
  "fact.end_date": "Due",
  "fact.offered_price": "Offered price",
  "fact.accepted_price": "Accepted price",
  "fact.currency": "Currency",
  "fact.none": "none",
};
