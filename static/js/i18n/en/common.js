// The texts of every page: the frame, forms, lists and errors.

export default {
  "nav.skip": "Skip to content",
  "nav.label": "Main navigation",
  "nav.transactions": "Transactions",
  "nav.clients": "Clients",
  "nav.invite": "Invite a client",
  "nav.home": "Home",
  "nav.accounts": "Accounts",
  "nav.account": "My account",
  "nav.account_menu": "Account of {name}",
  "nav.sign_out": "Sign out",

  "sign_out.unsent_title": "Some messages have not been sent",
  "sign_out.unsent": {
    one: "One message was not sent. If you sign out now, it is deleted from this browser.",
    other: "{count} messages were not sent. If you sign out now, they are deleted from this browser.",
  },
  "sign_out.discard": "Delete and sign out",

  "action.save": "Save",
  "action.edit": "Edit",
  "action.add": "Add",
  "action.remove": "Remove",
  "action.undo": "Undo",
  "action.copy": "Copy",
  "action.cancel": "Cancel",
  "action.close": "Close",
  "action.back": "Back",
  "action.retry": "Try again",
  "action.reconnect": "Reconnect",
  "action.sign_in": "Sign in",

  "state.loading": "Loading…",

  "day.today": "Today",
  "day.yesterday": "Yesterday",

  "language.label": "Language",

  "list.unread": { one: "{count} unread message", other: "{count} unread messages" },
  "list.more": "Show more",
  "list.nobody": "Nobody else yet",
  "list.no_message": "No message yet",
  "list.colon": ":",

  "filter.all": "All",
  "filter.all_f": "All",
  "filter.status": "Filter by status",
  "filter.state": "Filter by state",
  "filter.role": "Filter by role",
  "filter.project_type": "Filter by project",
  "filter.every_kind": "All projects",
  "filter.none_title": "Nothing matches",
  "filter.none": "Try fewer filters or other words.",

  "form.optional": "optional",
  "form.required": "Please fill in this field.",
  "form.email": "This e-mail address is incomplete.",
  "form.amount": "Enter an amount, for example 250,000 or 1,250.50.",

  "field.email": "E-mail address",
  "field.first_name": "First name",
  "field.last_name": "Last name",
  "field.phone": "Phone",
  "field.password": "Password",
  "field.new_password": "New password",

  "presence.online": "Online",
  "presence.away": "Away",
  "presence.just_now": "Last seen just now",
  "presence.minutes": { one: "Last seen a minute ago", other: "Last seen {count} minutes ago" },
  "presence.today": "Last seen today at {time}",
  "presence.on": "Last seen {date}",
  "presence.count": { one: "{n} online", other: "{n} online" },

  "people.you": "You",
  "people.somebody": "Somebody",
  "people.left": "{name} left “{title}”",

  "proof.unproved": "Address not proved",
  "proof.unproved_why":
    "Nobody has shown yet that this mailbox is theirs. The address is proved when the link in an invitation e-mail is opened.",
  "proof.count": { one: "{n} address not proved", other: "{n} addresses not proved" },

  "gate.words": "Someone to see your project through.",
  "gate.invited_words": "Someone is waiting on the other side.",
  "gate.setup_words": "Your house, your keys.",
  "gate.sub":
    "One place to talk about what matters, to see where your project stands, and to keep everything together.",
  "gate.foot": "What is said stays between the people concerned.",

  "ended.signed_out": "You were signed out on this device, from another one or by a new sign-in.",
  "ended.password_changed": "Your password was changed on another device. Sign in with the new one.",
  "ended.deactivated": "This account has been closed. Please contact your broker.",
  "ended.session_expired": "Your session has ended. Sign in again.",
  "ended.too_many_sockets": "This page is open in too many tabs. Close a few of them.",
  "ended.too_many_errors": "The live connection has stopped. Reload the page.",
  "ended.refused": "The live connection was refused.",

  "offline.text": "The connection is lost.",
  "offline.calm": "We keep trying; nothing you write is lost.",
  "offline.queued": {
    one: "One message will be sent when it is back.",
    other: "{count} messages will be sent when it is back.",
  },

  "not_found.title": "This page does not exist",
  "not_found.text": "The link may be incomplete, or the page may be private or no longer exist.",
  "not_found.home": "Back to the home page",

  "failure.offline_title": "No connection",
  "failure.offline": "This page opens by itself as soon as the connection is back.",
  "failure.title": "This page cannot be opened",

  "error.network": "No answer from the server. Check your connection and try again.",
  "error.unexpected": "Something went wrong. Try again in a moment.",
  "error.reference": "Reference: {id}",
  "error.too_many_attempts": "Too many attempts. Wait {wait} and try again.",
};
