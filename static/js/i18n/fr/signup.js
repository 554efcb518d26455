// The page behind an invitation's link.

export default {
  "signup.title": "Bienvenue {name}",
  "signup.lead": "{broker} vous invite dans un espace réservé à votre projet. Il ne manque que votre mot de passe.",
  "signup.lead_known":
    "{broker} vous invite à une nouvelle transaction. Vous avez déjà un compte : connectez-vous avec son mot de passe.",
  "signup.email_hint": "C'est l'adresse de votre invitation.",
  "signup.choose_password": "Choisissez un mot de passe",
  "signup.known_password": "Le mot de passe de votre compte",
  "signup.known_hint": "Celui que vous utilisez déjà avec cette adresse.",
  "signup.submit": "Ouvrir mon espace",
  "signup.submit_known": "Rejoindre la transaction",
  "signup.expires": "Cette invitation est valable jusqu'au {date}.",
  "signup.other_account":
    "Le compte de {name} est ouvert dans ce navigateur. Si vous continuez, c'est le vôtre qui s'ouvrira.",
  "signup.lead_unproved":
    "Un compte existe déjà avec votre adresse, mais personne n'avait encore montré qu'elle était la sienne. Vous venez de le faire : choisissez un mot de passe, et ce compte n'appartient plus qu'à vous. Toute personne qui l'utilisait jusqu'ici est déconnectée.",
  "signup.lead_either":
    "{broker} vous invite dans un espace réservé à votre projet. Choisissez un mot de passe, ou saisissez celui du compte que vous avez déjà ici.",
  "signup.either_password": "Votre mot de passe",
  "signup.either_hint": "Si vous avez un compte avec cette adresse, saisissez son mot de passe.",
  "signup.admin_title": "Cette invitation ne peut pas être acceptée avec cette adresse",
  "signup.admin_text":
    "{email} est l'adresse d'un administrateur, et les administrateurs ne participent à aucune transaction.",
  "signup.admin_step": "Demandez à {broker} de vous inviter à une autre adresse.",

  "dead.unknown.title": "Nous ne reconnaissons pas ce lien",
  "dead.unknown.text": "Il est peut-être incomplet, ou un e-mail plus récent l'a remplacé.",
  "dead.expired.title": "Cette invitation a expiré",
  "dead.expired.text": "Pour votre sécurité, une invitation n'est valable que quelques jours.",
  "dead.used.title": "Cette invitation a déjà servi",
  "dead.used.text":
    "Un compte a été ouvert avec cette invitation. Si c'est le vôtre, il vous suffit de vous connecter.",
  "dead.cancelled.title": "Cette invitation a été annulée",
  "dead.cancelled.text": "La personne qui vous l'a envoyée l'a retirée, ou l'a remplacée par une autre.",
  "dead.step.copy": "Ouvrez le lien depuis l'e-mail lui-même, sans le recopier.",
  "dead.step.latest": "Cherchez l'e-mail d'invitation le plus récent, aussi dans les indésirables.",
  "dead.step.ask": "Sinon, écrivez à votre courtier : il peut vous renvoyer un lien en un instant.",
  "dead.step.ask_new": "Demandez un nouveau lien à votre courtier : c'est un clic pour lui.",
  "dead.step.seven": "Le nouveau lien sera valable sept jours.",
  "dead.step.sign_in": "Connectez-vous avec l'adresse de l'invitation et votre mot de passe.",
  "dead.step.not_you": "Ce n'était pas vous ? Prévenez votre courtier sans attendre.",
  "dead.have_account": "J'ai déjà un compte",
};
