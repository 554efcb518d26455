// The clients of a broker.

export default {
  "clients.title": "Clients",
  "clients.lead": "The people you know, how far each has come, and which e-mails did not arrive.",
  "clients.view": "What the page shows",
  "clients.views.invitations": "Invitations",
  "clients.views.clients": "All clients",
  "clients.empty_title": "No client yet",
  "clients.search": "Search clients",
  "clients.empty": "Note whom you know, and invite them when the time has come. Whoever is invited stands here too.",
  "clients.no_contact": "E-mail address and phone are shown only to the broker whose invitation they accepted.",

  "clients.states.not_invited": "Not invited",
  "clients.states.invited": "Invited",
  "clients.states.active": "Active",
  "clients.states.inactive": "Inactive",
  "clients.states.archived": "Archived",
  "clients.valid_until": "Valid until {date}",
  "clients.last_login": "Last signed in: {date}",
  "clients.invited_on": "Invited: {date}",
  "clients.added_on": "Added: {date}",
  "clients.inactive_since": "Since {date}",
  "clients.archived_on": "Archived: {date}",
  "clients.open_invitation": "Open the invitation",
  "clients.actions": "Actions for {name}",
  "clients.archive": "Archive",
  "clients.archive_done": "{name} is archived.",
  "clients.restore": "Take out of the archive",
  "clients.restore_done": "{name} is back in the list.",

  "clients.deactivate": "Make inactive",
  "clients.deactivate_title": "Close your transactions for {name}?",
  "clients.deactivate_text": {
    one: "They lose access to the transaction that you share, at once and on every device. Nothing is deleted, and you can open it again later.",
    other:
      "They lose access to the {count} transactions that you share, at once and on every device. Nothing is deleted, and you can open them again later.",
  },
  "clients.deactivate_none":
    "You share no transaction now. Until you make them active again, you can neither invite nor add them.",
  "clients.deactivate_done": "Your transactions are closed for {name}.",
  "clients.reactivate": "Make active again",
  "clients.reactivate_done": "Your transactions are open for {name} again.",

  "clients.new": "New client",
  "clients.made": "{name} is in your list.",
  "clients.kept": "They keep this up to date themselves.",
  "clients.notes_hint": "Only you see them.",

  "clients.export": "Export",
  "clients.import_open": "Import",
  "clients.import": "Import clients",
  "clients.import_file": "A table of your spreadsheet, saved as CSV",
  "clients.import_choose": "Choose a file",
  "clients.import_hint": "The first line names the columns. Nothing is written before you have seen what comes of it.",
  "clients.import_new": { one: "{count} new client.", other: "{count} new clients." },
  "clients.import_known": {
    one: "{count} is in your list already and stays.",
    other: "{count} are in your list already and stay.",
  },
  "clients.import_wrong": {
    one: "{count} line has to be corrected in the file. Correct it and choose the file again: nothing is imported until then.",
    other:
      "{count} lines have to be corrected in the file. Correct them and choose the file again: nothing is imported until then.",
  },
  "clients.import_filter": "Lines to show",
  "clients.import_lines.wrong": "To correct",
  "clients.import_lines.new": "New",
  "clients.import_lines.known": "Already in your list",
  "clients.import_line": "Line {number}",
  "clients.import_is_known": "in your list",
  "clients.import_now": "Import",
  "clients.imported": { one: "{count} client imported.", other: "{count} clients imported." },
};
