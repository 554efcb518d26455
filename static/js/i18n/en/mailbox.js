// The mailbox of demo mode.

export default {
  "mailbox.title": "Outbox",
  "mailbox.lead": "In demo mode no e-mail leaves this machine: all of them arrive here.",
  "mailbox.mail": "E-mail",
  "mailbox.view": "Format of the e-mail",
  "mailbox.html": "Formatted",
  "mailbox.text": "Text only",
  "mailbox.to": "To: {email}",
  "mailbox.empty_title": "No e-mail yet",
  "mailbox.empty": "Invite a client: the e-mail appears here a few seconds later.",
  "mailbox.choose_title": "Choose an e-mail",
  "mailbox.choose": "You will see it here as its reader would. The links work.",
};
