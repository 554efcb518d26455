// The clients of a broker.

export default {
  "clients.title": "Clients",
  "clients.lead": "Les personnes que vous connaissez, où chacune en est, et les e-mails qui n'arrivent pas.",
  "clients.view": "Contenu de la page",
  "clients.views.invitations": "Invitations",
  "clients.views.clients": "Tous les clients",
  "clients.empty_title": "Pas encore de client",
  "clients.search": "Rechercher un client",
  "clients.empty":
    "Notez les personnes que vous connaissez, et invitez-les le moment venu. Les personnes invitées apparaissent aussi ici.",
  "clients.no_contact": "L'adresse et le téléphone sont visibles du courtier dont le client a accepté l'invitation.",

  "clients.states.not_invited": "Pas invités",
  "clients.states.invited": "Invités",
  "clients.states.active": "Actifs",
  "clients.states.inactive": "Inactifs",
  "clients.states.archived": "Archivés",
  "clients.valid_until": "Valable jusqu'au {date}",
  "clients.last_login": "Dernière connexion : {date}",
  "clients.invited_on": "Invitation : {date}",
  "clients.added_on": "Ajout : {date}",
  "clients.inactive_since": "Depuis : {date}",
  "clients.archived_on": "Archivage : {date}",
  "clients.open_invitation": "Voir l'invitation",
  "clients.actions": "Actions pour {name}",
  "clients.archive": "Archiver",
  "clients.archive_done": "{name} est dans les archives.",
  "clients.restore": "Sortir des archives",
  "clients.restore_done": "{name} est de nouveau dans la liste.",

  "clients.deactivate": "Rendre inactif",
  "clients.deactivate_title": "Fermer vos transactions à {name} ?",
  "clients.deactivate_text": {
    one: "Cette personne perd l'accès à la transaction que vous partagez, tout de suite et sur tous ses appareils. Rien n'est supprimé, et vous pourrez la rouvrir plus tard.",
    other:
      "Cette personne perd l'accès aux {count} transactions que vous partagez, tout de suite et sur tous ses appareils. Rien n'est supprimé, et vous pourrez les rouvrir plus tard.",
  },
  "clients.deactivate_none":
    "Vous ne partagez aucune transaction en ce moment. Tant que cette personne est inactive, vous ne pouvez ni l'inviter ni l'ajouter.",
  "clients.deactivate_done": "Vos transactions sont fermées à {name}.",
  "clients.reactivate": "Rendre actif de nouveau",
  "clients.reactivate_done": "Vos transactions sont de nouveau ouvertes à {name}.",

  "clients.new": "Nouveau client",
  "clients.made": "{name} est dans votre liste.",
  "clients.kept": "Cette personne tient cette information à jour elle-même.",
  "clients.notes_hint": "Elles ne sont visibles que de vous.",

  "clients.export": "Exporter",
  "clients.import_open": "Importer",
  "clients.import": "Importer des clients",
  "clients.import_file": "Un tableau de votre tableur, enregistré en CSV",
  "clients.import_choose": "Choisir un fichier",
  "clients.import_hint":
    "La première ligne nomme les colonnes. Rien n'est écrit avant que vous ayez vu ce que cela donne.",
  "clients.import_new": { one: "{count} nouveau client.", other: "{count} nouveaux clients." },
  "clients.import_known": {
    one: "{count} est déjà dans votre liste et ne change pas.",
    other: "{count} sont déjà dans votre liste et ne changent pas.",
  },
  "clients.import_wrong": {
    one: "{count} ligne est à corriger dans le fichier. Corrigez-la, puis choisissez le fichier de nouveau : rien n'est importé d'ici là.",
    other:
      "{count} lignes sont à corriger dans le fichier. Corrigez-les, puis choisissez le fichier de nouveau : rien n'est importé d'ici là.",
  },
  "clients.import_filter": "Lignes à afficher",
  "clients.import_lines.wrong": "À corriger",
  "clients.import_lines.new": "Nouvelles",
  "clients.import_lines.known": "Déjà connues",
  "clients.import_line": "Ligne {number}",
  "clients.import_is_known": "dans votre liste",
  "clients.import_now": "Importer",
  "clients.imported": { one: "{count} client importé.", other: "{count} clients importés." },
};
