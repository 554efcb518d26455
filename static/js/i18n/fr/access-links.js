// Links that give access back.

export default {
  "access_link.send": "Envoyer un lien d'accès",
  "access_link.send_title": "Envoyer à {name} un lien pour choisir un nouveau mot de passe ?",
  "access_link.send_text":
    "Le lien part à l'adresse {email}, ne sert qu'une fois et reste valable un jour. Rien ne change avant son utilisation.",
  "access_link.send_text_hidden":
    "Le lien part à l'adresse de son compte, ne sert qu'une fois et reste valable un jour. Rien ne change avant son utilisation.",
  "access_link.send_now": "Envoyer le lien",
  "access_link.sent": "Le lien est en route.",
  "access_link.title": "Bon retour, {name}",
  "access_link.lead": "Choisissez un nouveau mot de passe pour votre compte.",
  "access_link.expires": "Ce lien est valable jusqu'au {date}.",
  "access_link.dead_title": "Ce lien ne fonctionne plus",
  "access_link.dead_reset": "Demander un code",
};
