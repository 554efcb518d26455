// The texts of every page: the frame, forms, lists and errors.

export default {
  "nav.skip": "Aller au contenu",
  "nav.label": "Navigation principale",
  "nav.transactions": "Transactions",
  "nav.clients": "Clients",
  "nav.invite": "Inviter un client",
  "nav.home": "Accueil",
  "nav.accounts": "Comptes",
  "nav.account": "Mon compte",
  "nav.account_menu": "Compte de {name}",
  "nav.sign_out": "Se déconnecter",

  "sign_out.unsent_title": "Des messages ne sont pas partis",
  "sign_out.unsent": {
    one: "Un message n'est pas parti. Si vous vous déconnectez maintenant, il est effacé de ce navigateur.",
    other:
      "{count} messages ne sont pas partis. Si vous vous déconnectez maintenant, ils sont effacés de ce navigateur.",
  },
  "sign_out.discard": "Effacer et se déconnecter",

  "action.save": "Enregistrer",
  "action.edit": "Modifier",
  "action.add": "Ajouter",
  "action.remove": "Retirer",
  "action.undo": "Annuler",
  "action.copy": "Copier",
  "action.cancel": "Annuler",
  "action.close": "Fermer",
  "action.back": "Retour",
  "action.retry": "Réessayer",
  "action.reconnect": "Se reconnecter",
  "action.sign_in": "Se connecter",

  "state.loading": "Chargement…",

  "day.today": "Aujourd'hui",
  "day.yesterday": "Hier",

  "language.label": "Langue",

  "list.unread": { one: "{count} message non lu", other: "{count} messages non lus" },
  "list.more": "Afficher la suite",
  "list.nobody": "Personne d'autre pour l'instant",
  "list.no_message": "Pas encore de message",
  "list.colon": " :",

  "filter.all": "Tous",
  "filter.all_f": "Toutes",
  "filter.status": "Filtrer par état",
  "filter.state": "Filtrer par état",
  "filter.role": "Filtrer par rôle",
  "filter.project_type": "Filtrer par projet",
  "filter.every_kind": "Tous les projets",
  "filter.none_title": "Rien ne correspond",
  "filter.none": "Essayez avec moins de filtres ou d'autres mots.",

  "form.optional": "facultatif",
  "form.required": "Veuillez remplir ce champ.",
  "form.email": "Cette adresse e-mail est incomplète.",
  "form.amount": "Écrivez un montant, par exemple 250 000 ou 1 250,50.",

  "field.email": "Adresse e-mail",
  "field.first_name": "Prénom",
  "field.last_name": "Nom",
  "field.phone": "Téléphone",
  "field.password": "Mot de passe",
  "field.new_password": "Nouveau mot de passe",

  "presence.online": "En ligne",
  "presence.away": "Absent",
  "presence.just_now": "Vu à l'instant",
  "presence.minutes": { one: "Vu il y a une minute", other: "Vu il y a {count} minutes" },
  "presence.today": "Vu aujourd'hui à {time}",
  "presence.on": "Vu : {date}",
  "presence.count": { one: "{n} en ligne", other: "{n} en ligne" },

  "people.you": "Vous",
  "people.somebody": "Quelqu'un",
  "people.left": "{name} a quitté « {title} »",

  "proof.unproved": "Adresse non confirmée",
  "proof.unproved_why":
    "Personne n'a encore montré que cette adresse est bien la sienne. Elle est confirmée quand le lien reçu dans un e-mail d'invitation est ouvert.",
  "proof.count": { one: "{n} adresse non confirmée", other: "{n} adresses non confirmées" },

  "gate.words": "Entre vous et votre projet, quelqu'un.",
  "gate.invited_words": "Quelqu'un vous attend de l'autre côté.",
  "gate.setup_words": "Votre maison, vos clés.",
  "gate.sub": "Un seul endroit pour parler de ce qui compte, suivre où en est votre projet et ne rien perdre en route.",
  "gate.foot": "Vos échanges restent entre les personnes concernées.",

  "ended.signed_out": "Cet appareil a été déconnecté, depuis un autre appareil ou par une nouvelle connexion.",
  "ended.password_changed": "Votre mot de passe a été changé sur un autre appareil. Connectez-vous avec le nouveau.",
  "ended.deactivated": "Ce compte a été désactivé. Contactez votre courtier.",
  "ended.session_expired": "Votre session est terminée. Connectez-vous à nouveau.",
  "ended.too_many_sockets": "Cette page est ouverte dans trop d'onglets. Fermez-en quelques-uns.",
  "ended.too_many_errors": "La liaison en direct s'est arrêtée. Rechargez la page.",
  "ended.refused": "La liaison en direct a été refusée.",

  "offline.text": "La connexion est interrompue.",
  "offline.calm": "Nous réessayons sans cesse ; rien de ce que vous écrivez n'est perdu.",
  "offline.queued": { one: "Un message partira dès son retour.", other: "{count} messages partiront dès son retour." },

  "not_found.title": "Cette page n'existe pas",
  "not_found.text": "Le lien est peut-être incomplet, ou la page est privée ou n'existe plus.",
  "not_found.home": "Revenir à l'accueil",

  "failure.offline_title": "Pas de connexion",
  "failure.offline": "Cette page s'ouvrira d'elle-même dès que la connexion sera revenue.",
  "failure.title": "Cette page ne peut pas s'ouvrir",

  "error.network": "Pas de réponse du serveur. Vérifiez votre connexion et réessayez.",
  "error.unexpected": "Une erreur est survenue. Réessayez dans un instant.",
  "error.reference": "Référence : {id}",
  "error.too_many_attempts": "Trop d'essais. Attendez {wait} et réessayez.",
};
