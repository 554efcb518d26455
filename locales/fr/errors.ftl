# Un texte par code de `domain::Code` : ce qui s’est passé, et ce que la personne peut faire.

# Requêtes
error-body-malformed = Nous n’avons pas pu lire ce que votre navigateur a envoyé. Rechargez la page, puis réessayez.
error-body-too-large = L’envoi est trop volumineux. Raccourcissez-le, puis réessayez.
error-body-too-slow = L’envoi a pris trop de temps. Vérifiez votre connexion, puis réessayez.
error-content-type-unsupported = Ce format n’est pas accepté ici. Envoyez du JSON.
error-csrf-refused = Par sécurité, cette demande a été refusée, car elle ne vient pas de ce site. Rechargez la page, puis réessayez.
error-field-unknown = Ce champ n’est pas connu ici. Rechargez la page, puis réessayez.
error-idempotency-key-invalid = La clé de cette requête ne peut pas être utilisée. Rechargez la page, puis réessayez.
error-idempotency-key-reused = Votre premier envoi est déjà enregistré. Regardez-le avant d’envoyer autre chose.
error-query-invalid = Cette adresse est incomplète ou incorrecte. Vérifiez le lien ou revenez à la page précédente.
error-route-unknown = Il n’y a rien à cette adresse. Vérifiez le lien ou revenez à l’accueil.
error-upgrade-required = Ce programme utilise une ancienne version de WebSocket. Mettez-le à jour.
error-method-not-allowed = Cette action n’est pas possible à cette adresse. Revenez à la page précédente.

# Champs
error-value-missing = Veuillez remplir ce champ.
error-value-invalid = Cette valeur ne convient pas. Veuillez la vérifier.
error-value-too-long = C’est trop long. Veuillez raccourcir.
error-direction-controls = Ce texte contient des caractères invisibles qui changent le sens de l’écriture. Tapez-le au lieu de le coller.
error-email-invalid = Cela ne ressemble pas à une adresse e-mail. Exemple : nom@exemple.fr.
error-phone-invalid = Cela ne ressemble pas à un numéro de téléphone. Utilisez des chiffres et des espaces, par exemple +33 6 12 34 56 78.
error-money-invalid = Ce montant ne convient pas. Écrivez-le en chiffres, par exemple 250 000.
error-date-invalid = Cette date ne convient pas. Choisissez-en une entre 1900 et 2199.
error-dates-reversed = La fin précède le début. Veuillez vérifier les deux dates.
error-progress-invalid = L’avancement est un nombre entier de 0 à 100.
error-password-too-short = Utilisez au moins 8 caractères.
error-password-too-long = Utilisez au plus 128 caractères.
error-password-needs-upper = Ajoutez une majuscule.
error-password-needs-lower = Ajoutez une minuscule.
error-password-needs-digit = Ajoutez un chiffre.
error-password-needs-special = Ajoutez un caractère spécial, comme !, ?, - ou une espace.
error-password-guessable = Ce mot de passe est facile à deviner. Trois ou quatre mots sans rapport entre eux en font un bon ; évitez votre nom et votre adresse e-mail.

# Sessions et comptes
error-session-required = Veuillez vous connecter pour continuer.
error-session-ended = Votre session a pris fin. Veuillez vous reconnecter.
error-credentials-wrong = L’adresse e-mail et le mot de passe ne correspondent pas. Vérifiez les deux, puis réessayez.
error-password-wrong = Ce n’est pas votre mot de passe actuel. Veuillez réessayer.
error-too-many-connections = Trop de connexions viennent de votre réseau en ce moment. Réessayez dans un instant.
error-too-many-attempts = Trop de tentatives en peu de temps. Réessayez { $wait }.
error-forbidden = Votre compte ne donne pas accès à cette page ou à cette action. Si vous pensez que c’est une erreur, parlez-en à votre courtier.
error-session-unknown = Cette session n’existe plus : elle a déjà pris fin.
error-account-unknown = Nous n’avons pas trouvé ce compte.
error-email-taken = Un compte existe déjà avec cette adresse e-mail. Connectez-vous ou utilisez une autre adresse.
error-own-account = Vous ne pouvez pas faire cela sur votre propre compte. Demandez à un autre administrateur.
error-setup-unknown = Ce lien d’installation ne fonctionne plus. Redémarrez le serveur pour en obtenir un nouveau, ou connectez-vous si un administrateur existe déjà.

# Mots de passe oubliés
error-reset-code-wrong = Ce code ne fonctionne pas : il est peut-être mal recopié, déjà utilisé ou vieux de plus de 15 minutes. Vérifiez-le ou demandez-en un nouveau.
error-account-deactivated = Ce compte est fermé. Réactivez-le d’abord.
error-access-link-unknown = Nous ne reconnaissons pas ce lien. Vérifiez que vous l’avez copié en entier, ou demandez-en un nouveau.
error-access-link-used = Ce lien a déjà servi. Connectez-vous avec le mot de passe choisi, ou demandez un nouveau lien.
error-access-link-expired = Ce lien n’est plus valable : son délai est passé, ou un lien plus récent l’a remplacé. Utilisez le dernier e-mail reçu ou demandez un nouveau lien.
error-access-link-recent = Un lien vient d’être envoyé à cette personne. Le prochain pourra partir { $wait }.

# E-mails que quelqu’un fait envoyer
error-too-many-mails = Vous avez atteint le nombre d’e-mails que l’on peut envoyer en si peu de temps. Le prochain pourra partir { $wait }.
error-mailed-enough = Cette adresse a reçu assez d’e-mails pour l’instant. Le prochain pourra partir { $wait }.

# Invitations
error-invitation-unknown = Nous ne reconnaissons pas cette invitation. Vérifiez que vous avez copié le lien en entier, ou demandez à votre courtier de vous l’envoyer à nouveau.
error-invitation-expired = Cette invitation a expiré. Demandez-en une nouvelle à votre courtier : cela ne prend qu’un instant.
error-invitation-used = Cette invitation a déjà été utilisée. Votre compte est prêt : connectez-vous.
error-invitation-cancelled = Cette invitation a été retirée. Si vous l’attendiez, contactez votre courtier.
error-invitation-pending = Une invitation est déjà en cours pour cette personne. Vous pouvez la renvoyer ou la modifier depuis la liste.
error-invitation-needs-mail = Pour votre sécurité, ce lien ne suffit pas pour cette adresse. Ouvrez le lien de l’e-mail d’invitation qui lui a été envoyé, ou demandez à votre courtier de le renvoyer.
error-invitation-recent = Cette invitation vient d’être envoyée. Vous pourrez la renvoyer { $wait }.
error-invitation-unsent = Rien n’a encore été envoyé à cette adresse. Envoyez d’abord l’invitation ; vous pourrez ensuite obtenir un lien.
error-invitation-not-pending = Cette invitation a déjà été acceptée ou annulée : elle ne peut plus être modifiée.
error-email-has-other-role = Cette adresse est celle d’un administrateur, et les administrateurs ne participent à aucune transaction. Demandez une invitation à une autre adresse.

# Fiches des clients
error-client-unknown = Ce client n’est plus dans votre liste.
error-client-exists = Vous avez déjà un client avec cette adresse e-mail. Cherchez-le dans votre liste, aussi parmi les clients archivés.
error-kept-by-client = Cette personne a désormais un compte et tient cette information à jour elle-même.
error-client-inactive = Vous avez rendu ce client inactif. Rendez-le d’abord actif de nouveau.
error-client-without-account = Cette personne n’a pas encore de compte : il n’y a rien à fermer. Annulez plutôt l’invitation.

# Tableaux
error-table-unreadable = Ce fichier ne se lit pas comme un tableau. Enregistrez-le au format CSV dans votre tableur, puis réessayez.
error-table-too-long = Ce tableau est trop long. Partagez-le en plusieurs, ou choisissez moins de clients.
error-table-columns-missing = La première ligne doit nommer les colonnes, au moins Prénom et Nom.
error-table-line-uneven = Cette ligne a plus de cellules que la première. Vérifiez ses séparateurs et ses guillemets.
error-table-email-repeated = Une ligne plus haut dans ce fichier a la même adresse e-mail.

# Transactions
error-transaction-unknown = Nous n’avons pas trouvé cette transaction parmi les vôtres.
error-participant-exists = Cette personne participe déjà à la transaction.
error-participant-unknown = Cette personne ne participe pas à la transaction.
error-too-many-participants = Cette transaction compte déjà autant de participants que possible.
error-opener-stays = Cette personne a ouvert la transaction. Elle seule peut la quitter ou modifier son accès.
error-last-broker = Une transaction a besoin d’au moins un courtier. Ajoutez-en d’abord un autre.

# Conversations
error-frame-malformed = Nous n’avons pas pu lire ce message. Rechargez la page, puis réessayez.
error-room-unknown = Nous n’avons pas trouvé cette conversation parmi les vôtres.
error-too-many-rooms = Trop de conversations sont ouvertes à la fois. Fermez-en une, puis réessayez.
error-cursor-ahead = Cette page et le serveur ne concordent pas. Rechargez la page ; rien n’est perdu.
error-nonce-invalid = Ce message n’a pas pu être identifié. Rechargez la page, puis envoyez-le à nouveau.
error-nonce-reused = Un autre message a déjà été envoyé sous cet identifiant. Veuillez l’envoyer à nouveau.
error-message-empty = Écrivez quelque chose avant d’envoyer.
error-message-too-long = Ce message est trop long. Divisez-le en plusieurs.
error-message-invalid = Un caractère de ce message est abîmé. Réécrivez ce passage.
error-too-many-posts = Vous envoyez des messages très vite. Patientez un instant, puis continuez.
error-too-many-requests = Trop de demandes en peu de temps. Patientez un instant, puis réessayez.
error-log-full = De très nombreux messages arrivent en ce moment. Le vôtre n’a pas été envoyé ; réessayez dans quelques secondes.

# Aléas
error-unavailable = Le service est momentanément indisponible. Rien n’a été enregistré ; réessayez dans un instant.
error-outcome-unknown = La réponse a trop tardé : nous ne savons pas si votre action a été enregistrée. Vérifiez avant de réessayer.
error-mail-unknown = Nous n’avons pas trouvé cet e-mail.
error-internal = Un problème est survenu de notre côté. Réessayez ; s’il se reproduit, dites à votre interlocuteur ce que vous faisiez.
