// The first account of an installation.

export default {
  "setup.title": "Welcome home",
  "setup.lead": "Create the administrator's account. It is where you then create those of the brokers.",
  "setup.submit": "Create the account",
  "setup.dead_title": "This link no longer works",
  "setup.dead_text":
    "The first account already exists, or the link is incomplete. The exact link is in the server's log.",
};
