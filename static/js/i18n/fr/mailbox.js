// The mailbox of demo mode.

export default {
  "mailbox.title": "Boîte d'envoi",
  "mailbox.lead": "En mode démonstration, aucun e-mail ne quitte cette machine : ils arrivent tous ici.",
  "mailbox.mail": "E-mail",
  "mailbox.view": "Format de l'e-mail",
  "mailbox.html": "Mis en forme",
  "mailbox.text": "Texte seul",
  "mailbox.to": "À : {email}",
  "mailbox.empty_title": "Aucun e-mail pour l'instant",
  "mailbox.empty": "Invitez un client : son e-mail apparaîtra ici quelques secondes plus tard.",
  "mailbox.choose_title": "Choisissez un e-mail",
  "mailbox.choose": "Vous le verrez ici tel que son destinataire le recevrait. Les liens fonctionnent.",
};
