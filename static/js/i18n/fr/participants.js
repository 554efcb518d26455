// The participants of a transaction.

export default {
  "participants.title": "Participants",
  "participants.edit": "Modifier l'accès de {name}",
  "participants.remove": "Retirer {name}",
  "participants.remove_text": "{name} ne verra plus rien de cette transaction. Ses messages restent.",
  "participants.leave_text": "Vous vous retirez vous-même : vous ne verrez plus cette transaction.",
  "participants.add_title": "Ajouter un participant",
  "participants.client": "Un de vos clients",
  "participants.choose": "Choisir…",
  "participants.no_client": "Tous vos clients inscrits participent déjà.",
  "participants.colleague": "Ou un autre courtier, par son adresse e-mail",
  "participants.invite_hint": "La personne n'a pas encore de compte ?",
  "participants.who": "Choisissez un client ou saisissez une adresse.",
  "participants.access": "Accès",
  "participants.access_has": "{what} : oui",
  "participants.access_has_not": "{what} : non",
  "participants.pending": "Invitation à participer envoyée, sans réponse pour l'instant",
  "participants.asked": "{name} doit accepter avant de participer.",
  "participants.withdraw": "Retirer la demande faite à {name}",
  "participants.leave": "Quitter cette transaction",
  "participants.leave_title": "Quitter cette transaction ?",
  "participants.leave_client_text":
    "Vous ne verrez plus « {title} », ni ses messages, ni son avancement. Votre courtier est prévenu. Ce que vous avez écrit reste chez les autres.",
  "participants.leave_sure": "Voulez-vous vraiment partir ?",
  "participants.leave_sure_text":
    "Vous ne pourrez pas revenir de vous-même : seul votre courtier peut vous redonner l'accès.",
  "participants.leave_now": "Oui, quitter maintenant",
  "participants.you_left": "Vous avez quitté « {title} ».",
  "participants.colleague_hint": "Cette personne doit avoir un compte ici ; elle participe dès qu'elle accepte.",

  "requests.title": "On vous demande de participer",
  "requests.asks": "{name} vous demande de participer à « {title} »",
  "requests.accept": "Accepter",
  "requests.decline": "Refuser",
  "requests.declined": "Refusé. Vous ne participez pas à cette transaction.",
};
