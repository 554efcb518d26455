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
