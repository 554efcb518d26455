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
mail-error-unknown = L’e-mail n’a pas pu partir. Renvoyez-le ou demandez à votre administrateur.

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
