// The clients of a broker.

export default {
  "clients.title": "Clients",
  "clients.lead": "Les personnes que vous connaissez, où chacune en est, et les e-mails qui n'arrivent pas.",
  "clients.view": "Contenu de la page",
  "clients.invitations": "Invitations",
  "clients.clients": "Tous les clients",
  "clients.empty_title": "Pas encore de client",
  "clients.search": "Rechercher un client",
  "clients.more": "Il y en a d'autres. Recherchez un nom ou une transaction pour les voir.",
  "clients.empty":
    "Notez les personnes que vous connaissez, et invitez-les le moment venu. Les personnes invitées apparaissent aussi ici.",
  "clients.no_contact": "L'adresse et le téléphone sont visibles du courtier dont le client a accepté l'invitation.",

  "clients.states.not_invited": "Pas invités",
  "clients.states.invited": "Invités",
  "clients.states.active": "Actifs",
  "clients.states.archived": "Archivés",
  "clients.valid_until": "Valable jusqu'au {date}",
  "clients.last_login": "Dernière connexion : {date}",
  "clients.invited_on": "Invitation : {date}",
  "clients.added_on": "Ajout : {date}",
  "clients.archived_on": "Archivage : {date}",
  "clients.open_invitation": "Voir l'invitation",
  "clients.actions": "Actions pour {name}",
  "clients.archive": "Archiver",
  "clients.archive_done": "{name} est dans les archives.",
  "clients.restore": "Sortir des archives",
  "clients.restore_done": "{name} est de nouveau dans la liste.",

  "clients.new": "Nouveau client",
  "clients.made": "{name} est dans votre liste.",
  "clients.kept": "Cette personne tient cette information à jour elle-même.",
  "clients.notes_hint": "Elles ne sont visibles que de vous.",

  "clients.export": "Exporter",
  "clients.import": "Importer des clients",
  "clients.import_file": "Un tableau de votre tableur, enregistré en CSV",
  "clients.import_hint":
    "La première ligne nomme les colonnes. Rien n'est écrit avant que vous ayez vu ce que cela donne.",
  "clients.import_new": { one: "{count} nouveau client.", other: "{count} nouveaux clients." },
  "clients.import_known": {
    one: "{count} est déjà dans votre liste et ne change pas.",
    other: "{count} sont déjà dans votre liste et ne changent pas.",
  },
  "clients.import_wrong": {
    one: "{count} ligne est d'abord à corriger dans le fichier.",
    other: "{count} lignes sont d'abord à corriger dans le fichier.",
  },
  "clients.import_line": "Ligne {number}",
  "clients.import_is_known": "dans votre liste",
  "clients.import_more": { one: "et {count} autre", other: "et {count} autres" },
  "clients.import_now": "Importer",
  "clients.imported": { one: "{count} client importé.", other: "{count} clients importés." },
};
