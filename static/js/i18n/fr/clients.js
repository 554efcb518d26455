// The clients of a broker.

export default {
  "clients.title": "Clients",
  "clients.lead": "Les personnes invitées, celles qui sont venues, et les e-mails qui n'arrivent pas.",
  "clients.view": "Contenu de la page",
  "clients.invitations": "Invitations",
  "clients.clients": "Clients inscrits",
  "clients.empty_title": "Pas encore de client inscrit",
  "clients.search": "Rechercher un client",
  "clients.more": "Il y en a d'autres. Recherchez un nom ou une transaction pour les voir.",
  "clients.empty": "Ils apparaissent ici dès qu'ils ont accepté votre invitation.",
  "clients.no_contact": "L'adresse et le téléphone sont visibles du courtier dont le client a accepté l'invitation.",
};
