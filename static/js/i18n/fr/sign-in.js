// The way in.

export default {
  "sign_in.title": "Bonjour",
  "sign_in.lead": "Connectez-vous pour retrouver vos transactions et vos échanges.",
  "sign_in.foot": "Pas encore de compte ? Vous le créez avec l'invitation que votre courtier vous envoie par e-mail.",
  "sign_in.forgotten": "Mot de passe oublié ?",
};
