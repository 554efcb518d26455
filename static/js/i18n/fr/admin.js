// Accounts, for an administrator.

export default {
  "admin.title": "Comptes",
  "admin.lead": "Les courtiers s'ajoutent ici ; les clients arrivent par invitation.",
  "admin.new": "Nouveau compte",
  "admin.create": "Créer le compte",
  "admin.search": "Chercher un nom ou une adresse",
  "admin.role": "Rôle",
  "admin.roles.admin": "Administrateurs",
  "admin.roles.broker": "Courtiers",
  "admin.roles.client": "Clients",
  "admin.last_login": "Dernière connexion : {date}",
  "admin.never": "Jamais connecté",
  "admin.deactivated": "Désactivé",
  "admin.actions": "Actions pour {name}",
  "admin.deactivate": "Désactiver",
  "admin.reactivate": "Réactiver",
  "admin.deactivate_title": "Désactiver le compte de {name} ?",
  "admin.deactivate_text": "Tous ses appareils sont aussitôt déconnectés. Ses messages et ses transactions restent.",
  "admin.first_password": "Premier mot de passe",
  "admin.email_taken": "Cette adresse a déjà un compte.",
  "admin.password_hint": "Communiquez-le de vive voix ; la personne pourra le changer dans son compte.",
};
