# Le mot de passe a changé
password-changed-subject = Votre mot de passe pour { $brand } a été modifié
password-changed-preheader = Si c’était vous, il n’y a rien à faire.
password-changed-heading = Votre mot de passe a été modifié
password-changed-intro = Le mot de passe de votre compte sur { $brand } vient d’être modifié. Si c’était vous, il n’y a rien à faire.
password-changed-advice = Ce n’était pas vous ? Choisissez tout de suite un nouveau mot de passe avec « Mot de passe oublié ? » sur la page de connexion, ce qui déconnecte tous les autres, et prévenez votre interlocuteur.
