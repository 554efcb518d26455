// The clients of a broker.

export default {
  "clients.title": "Clients",
  "clients.lead": "The people you invited, who has joined, and which e-mails did not arrive.",
  "clients.view": "What the page shows",
  "clients.invitations": "Invitations",
  "clients.clients": "Registered clients",
  "clients.empty_title": "No registered client yet",
  "clients.search": "Search clients",
  "clients.more": "There are more. Search for a name or a transaction to see them.",
  "clients.empty": "They appear here as soon as they have accepted your invitation.",
  "clients.no_contact": "E-mail address and phone are shown only to the broker whose invitation they accepted.",
};
