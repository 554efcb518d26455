// The client's home.

export default {
  "home.title": "Accueil",
  "home.hello": "Bonjour {name}",
  "home.lead": "Voici où en est votre projet.",
  "home.welcome": "Votre espace est ouvert. Tout ce qui concerne votre projet se passe ici.",
  "home.contact": "Votre interlocuteur",
  "home.no_broker": "Personne n'est en charge de cette transaction pour l'instant.",
  "home.write": "Écrire un message",
  "home.write_hint": "Une question, même petite ? Posez-la ici.",
  "home.recent": "Derniers messages",
  "home.all_messages": "Toute la conversation",
  "home.no_message": "Pas encore de message. Le premier peut être le vôtre.",
  "home.open": "Voir les détails",
  "home.others": "Vos autres transactions",
  "home.empty_title": "Votre transaction arrive",
  "home.empty":
    "Votre espace est prêt. Dès que votre courtier aura ouvert votre transaction, vous la verrez ici, avec votre conversation.",
  "home.stage.new": "Tout est prêt ; les premières étapes suivent.",
  "home.stage.in_progress": "Votre projet avance.",
  "home.stage.completed": "Votre projet est arrivé à son terme.",
  "home.stage.cancelled": "Cette transaction a été annulée.",
  "home.ended_title": "Vous ne participez à aucune transaction",
  "home.removed":
    "Votre accès à votre dernière transaction a pris fin le {date}. Pour toute question, adressez-vous à votre courtier.",
  "home.left": "Vous avez quitté votre dernière transaction le {date}. Votre courtier peut vous y redonner accès.",
};
