// A conversation and its events.

export default {
  "conversation.log": "Messages",
  "conversation.region": "Conversation, à faire défiler",
  "conversation.details": "Détails de la transaction",
  "conversation.unread": "Nouveaux messages",
  "conversation.newest": "Revenir aux derniers messages",
  "conversation.new_count": { one: "{count} nouveau message", other: "{count} nouveaux messages" },
  "conversation.loading_older": "Messages plus anciens…",
  "conversation.loading_newer": "Messages plus récents…",
  "conversation.beginning":
    "La conversation commence ici. Tout ce que vous écrivez est conservé et reste entre les personnes de la transaction.",
  "conversation.alone": "Personne d'autre n'est encore dans cette conversation",
  "conversation.people": { one: "{n} autre personne", other: "{n} autres personnes" },
  "conversation.typing": { one: "{names} écrit…", other: "{names} écrivent…" },
  "conversation.due": "échéance {date}",
  "conversation.no_access_title": "Les messages ne vous sont pas ouverts",
  "conversation.removed":
    "Vous ne participez plus à cette transaction. Les messages déjà affichés restent à l'écran, mais vous ne pouvez plus écrire.",
  "conversation.messages_taken":
    "Vous n'avez plus accès aux messages de cette transaction. Vous y participez toujours et voyez où elle en est.",
  "conversation.messages_taken_with":
    "Vous n'avez plus accès aux messages de cette transaction. Vous y participez toujours, avec accès à : {what}.",
  "conversation.no_access":
    "Vous participez à cette transaction, mais pas à sa conversation. Adressez-vous à votre courtier.",
  "conversation.no_access_with":
    "Vous participez à cette transaction avec accès à : {what}. Sa conversation ne vous est pas ouverte. Adressez-vous à votre courtier.",

  "composer.label": "Votre message",
  "composer.placeholder": "Écrivez votre message",
  "composer.send": "Envoyer",
  "composer.keys": "Entrée pour envoyer · Maj + Entrée pour aller à la ligne",
  "composer.left": { one: "Encore {n} caractère", other: "Encore {n} caractères" },
  "composer.over": { one: "{n} caractère de trop", other: "{n} caractères de trop" },

  "message.pending": "En attente d'envoi",
  "message.retry": "Réessayer",
  "message.discard": "Supprimer",
  "message.read_by": "Lu par {names}",

  "refused.message_too_long": "Non envoyé : le message dépasse 10 000 caractères.",
  "refused.message_empty": "Non envoyé : le message est vide.",
  "refused.nonce_reused": "Non envoyé : ce message a déjà été envoyé sous une autre forme.",
  "refused.session_ended": "Non envoyé : votre session est terminée.",
  "refused.other": "Non envoyé.",
  "refused.room_unknown": "Non envoyé : cette conversation ne vous est plus ouverte.",

  "event.created": "{name} a ouvert la transaction « {title} »",
  "event.added": "{name} a ajouté {who}",
  "event.removed": "{name} a retiré {who}",
  "event.updated": "{name} a mis la transaction à jour",
  "event.changed": "{name} {changes}",
  "event.set.title": "a changé l'intitulé en « {value} »",
  "event.set.kind": "a changé le projet en « {value} »",
  "event.set.address": "a changé l'adresse en {value}",
  "event.set.city": "a changé la ville en {value}",
  "event.set.start_date": "a fixé la date de début au {value}",
  "event.set.end_date": "a fixé l'échéance au {value}",
  "event.set.offered_price": "a fixé le prix proposé à {value}",
  "event.set.accepted_price": "a fixé le prix accepté à {value}",
  "event.set.progress": "a porté l'avancement à {value}",
  "event.set.status": "a passé l'état à « {value} »",
  "event.unset.address": "a retiré l'adresse",
  "event.unset.city": "a retiré la ville",
  "event.unset.start_date": "a retiré la date de début",
  "event.unset.end_date": "a retiré l'échéance",
  "event.unset.offered_price": "a retiré le prix proposé",
  "event.unset.accepted_price": "a retiré le prix accepté",
  "event.joined": "{name} a rejoint la transaction",
  "event.left": "{name} a quitté la transaction",
  "event.messages_given": "{name} a donné à {who} l'accès aux messages",
  "event.messages_taken": "{name} a retiré à {who} l'accès aux messages",
  "event.proved":
    "{name} a confirmé son adresse e-mail. Ce qui est écrit plus haut sous ce nom peut venir de quelqu'un d'autre.",
};
