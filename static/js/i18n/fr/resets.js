// A forgotten password.

export default {
  "reset.title": "Mot de passe oublié",
  "reset.lead": "Saisissez l'adresse de votre compte. Nous vous envoyons un code pour choisir un nouveau mot de passe.",
  "reset.submit": "Envoyer le code",
  "reset.have_code": "J'ai déjà un code",
  "reset.back": "Retour à la connexion",

  "reset_code.title": "Saisissez le code",
  "reset_code.lead":
    "Si un compte existe à cette adresse, un code à six chiffres est en route. Regardez aussi dans les indésirables.",
  "reset_code.lead_elsewhere":
    "Saisissez l'adresse de votre compte, le code reçu par e-mail et un nouveau mot de passe.",
  "reset_code.code": "Code reçu par e-mail",
  "reset_code.digit": "Chiffre {n} sur 6",
  "reset_code.incomplete": "Le code a six chiffres.",
  "reset_code.submit": "Changer le mot de passe",
  "reset_code.time_left": "Encore valable {time}",
  "reset_code.over": "Ce code a expiré.",
  "reset_code.again": "Renvoyer",
  "reset_code.again_in": "Renvoyer dans {seconds} s",
  "reset_code.sent_again": "Un nouveau code est en route ; le précédent ne fonctionne plus.",
  "reset_code.other_address": "Utiliser une autre adresse",
  "reset_code.no_code": "Je n'ai pas encore de code",
  "reset_code.done":
    "Votre mot de passe a été changé et tous les appareils sont déconnectés. Connectez-vous avec le nouveau.",
};
