// Qui est quelqu'un, et à quoi il prend part.
export default {
  "proof.unproved": "Adresse non confirmée",
  "proof.unproved_why": "Personne n'a encore montré qu'il lit les messages de cette adresse. Elle est confirmée quand le lien d'un e-mail d'invitation est ouvert.",
  "proof.count": { one: "{n} adresse non confirmée", other: "{n} adresses non confirmées" },

  "signup.lead_unproved": "Un compte existe pour votre adresse, mais personne n'a montré qu'elle est la sienne. Vous venez de le faire : choisissez un mot de passe, et ce compte n'est plus qu'à vous. Toute personne qui l'utilisait jusqu'ici est déconnectée.",
  "signup.lead_either": "{broker} vous invite dans un espace réservé à votre projet. Choisissez un mot de passe, ou entrez celui du compte que vous avez déjà ici.",
  "signup.either_password": "Votre mot de passe",
  "signup.either_hint": "Si vous avez un compte avec cette adresse, entrez son mot de passe.",
  "signup.admin_title": "Cette invitation ne peut pas être acceptée avec cette adresse",
  "signup.admin_text": "{email} est l'adresse d'un administrateur, et les administrateurs ne participent à aucune transaction.",
  "signup.admin_step": "Demandez à {broker} de vous inviter à une autre adresse.",

  "event.joined": "{name} a rejoint la transaction",
  "event.left": "{name} a quitté la transaction",
  "event.messages_given": "{name} a donné à {who} l'accès aux messages",
  "event.messages_taken": "{name} a retiré à {who} l'accès aux messages",
  "event.proved": "{name} a confirmé son adresse e-mail. Ce qui est écrit plus haut sous ce nom peut venir de quelqu'un d'autre.",

  "conversation.removed": "Vous ne participez plus à cette transaction. Les messages déjà affichés restent à l'écran, mais vous ne pouvez plus écrire.",
  "conversation.messages_taken": "Vous n'avez plus accès aux messages de cette transaction. Vous y participez toujours et voyez où elle en est.",
  "conversation.messages_taken_with": "Vous n'avez plus accès aux messages de cette transaction. Vous y participez toujours, avec accès à : {what}.",
  "conversation.no_access": "Vous participez à cette transaction, mais pas à sa conversation. Demandez à votre courtier.",
  "conversation.no_access_with": "Vous participez à cette transaction avec accès à : {what}. Sa conversation ne vous est pas ouverte. Demandez à votre courtier.",
  "refused.room_unknown": "Non envoyé : cette conversation ne vous est plus ouverte.",
};
