# Pourquoi un e-mail n’est pas encore parti : pour la liste du courtier et pour `send-test-mail`.
mail-error-smtp-authentication = Le serveur de messagerie n’a pas accepté l’identifiant et le mot de passe. Beaucoup de fournisseurs (Gmail, Outlook, Yahoo et d’autres) demandent ici un mot de passe d’application, créé dans les réglages de sécurité de la boîte, et non le mot de passe habituel.
mail-error-smtp-connection = Le serveur de messagerie est injoignable. Vérifiez son nom, son port et le réseau.
mail-error-smtp-tls = Aucune connexion sécurisée au serveur de messagerie n’a pu être établie. Vérifiez le port, le choix entre smtps et smtp+starttls, et le certificat du serveur.
mail-error-smtp-timeout = Le serveur de messagerie n’a pas répondu à temps. L’envoi sera retenté.
mail-error-smtp-refused-recipient = Le serveur de messagerie a refusé l’adresse du destinataire. Vérifiez son orthographe.
mail-error-smtp-refused = Le serveur de messagerie a refusé l’e-mail. Votre fournisseur peut vous dire pourquoi.
mail-error-smtp-temporary = Le serveur de messagerie demande de patienter. L’envoi sera retenté.
mail-error-mailbox-unavailable = La boîte de démonstration n’a pas pu être écrite. L’envoi sera retenté.
mail-error-interrupted = Chaque tentative a été interrompue avant la fin. Veuillez renvoyer l’e-mail.
mail-error-unknown = L’e-mail n’a pas pu être envoyé. Renvoyez-le ou demandez à votre administrateur.

# Tous les e-mails
mail-footer-why = Vous recevez cet e-mail à la suite d’une invitation de { $broker } sur { $brand }.
mail-security-heading = Pour votre sécurité
mail-security-password = Nous ne vous demandons jamais votre mot de passe par e-mail.
mail-security-address = L’adresse de la page qui s’ouvre doit commencer par :
mail-security-ignore = Vous n’attendiez pas ce message ? Ignorez-le : rien ne sera créé sans vous.
mail-link-fallback = Le bouton ne fonctionne pas ? Copiez cette adresse dans votre navigateur :

# Invitation
invitation-subject = { $broker } vous invite sur { $brand }
invitation-preheader = Votre espace personnel est prêt. L’invitation est valable jusqu’au { $date }.
invitation-heading = Votre espace est prêt
invitation-greeting = Bonjour { $first_name },
invitation-intro = { $kind ->
    [purchase] { $broker } vous ouvre un espace consacré à votre achat. Vous y suivez son avancement et échangez directement ensemble.
    [sale] { $broker } vous ouvre un espace consacré à votre vente. Vous y suivez son avancement et échangez directement ensemble.
    [rental] { $broker } vous ouvre un espace consacré à votre location. Vous y suivez son avancement et échangez directement ensemble.
   *[project] { $broker } vous ouvre un espace consacré à votre projet. Vous y suivez son avancement et échangez directement ensemble.
}
invitation-message-heading = Un mot de { $broker }
invitation-how = Choisissez un mot de passe, et vous y êtes. Cela prend une minute.
invitation-button = Accepter l’invitation
invitation-action = Accepter l’invitation :
invitation-expiry = Ce lien vous est personnel. Il expire { $relative }, le { $date }.

# E-mails au sujet du compte
mail-greeting = Bonjour { $first_name },
mail-footer-account = Vous recevez cet e-mail parce qu’un compte sur { $brand } porte cette adresse.
mail-security-portal = L’adresse de nos pages commence par :
mail-origin-when = Quand :
mail-origin-place = Adresse réseau :
mail-origin-device = Appareil :
mail-origin-unknown = sans indication

# Code pour un nouveau mot de passe
reset-code-subject = Votre code pour { $brand }
reset-code-preheader = Il est valable { $minutes } minutes.
reset-code-heading = Votre code
reset-code-intro = Quelqu’un, sans doute vous, a demandé un nouveau mot de passe sur { $brand }. Saisissez ce code sur la page où vous l’avez demandé :
reset-code-validity = Le code est valable { $minutes } minutes et ne sert qu’une fois.
reset-code-advice = Personne chez nous ne vous le demandera jamais, ni par e-mail, ni par téléphone, ni dans un message. Ce n’était pas vous ? Ignorez cet e-mail : sans le code, votre mot de passe ne change pas.

# Le mot de passe a changé
password-changed-subject = Votre mot de passe pour { $brand } a été modifié
password-changed-preheader = Si c’était vous, il n’y a rien à faire.
password-changed-heading = Votre mot de passe a été modifié
password-changed-intro = Le mot de passe de votre compte sur { $brand } vient d’être modifié. Si c’était vous, il n’y a rien à faire.
password-changed-advice = Ce n’était pas vous ? Choisissez tout de suite un nouveau mot de passe avec « Mot de passe oublié ? » sur la page de connexion, ce qui déconnecte tous les autres, et prévenez votre interlocuteur.

# Un lien pour un nouveau mot de passe, envoyé à la main
access-link-subject = Votre accès à { $brand }
access-link-preheader = Choisissez un nouveau mot de passe pour votre compte.
access-link-heading = Choisissez un nouveau mot de passe
access-link-intro = { $sender } vous envoie ce lien pour que vous retrouviez l’accès à votre compte sur { $brand }. Il vous permet de choisir un nouveau mot de passe.
access-link-button = Choisir un mot de passe
access-link-action = Choisir un mot de passe :
access-link-expiry = Ce lien vous est personnel et ne sert qu’une fois. Il expire { $relative }, le { $date }.
access-link-advice = Vous n’avez rien demandé à { $sender } ? Ignorez cet e-mail : votre mot de passe ne change pas. Nous ne vous demandons jamais votre mot de passe par e-mail.

# Un lien à la place d’un code, quand trop de codes ont été demandés
reset-link-subject = Un lien vers votre compte sur { $brand }
reset-link-preheader = Il permet de choisir un nouveau mot de passe, sur n’importe quel appareil.
reset-link-heading = Choisissez un nouveau mot de passe
reset-link-intro = Des codes pour un nouveau mot de passe sur { $brand } ont été demandés plus souvent que nous n’en envoyons, peut-être pas par vous. S’il vous faut un nouveau mot de passe, ce lien remplace le code. Il fonctionne sur n’importe quel appareil.
reset-link-advice = Ce n’était pas vous ? Ignorez cet e-mail : sans le lien, votre mot de passe ne change pas. Nous ne vous demandons jamais votre mot de passe par e-mail.
