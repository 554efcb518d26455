# Tous les e-mails
mail-security-heading = Pour votre sécurité
mail-link-fallback = Le bouton ne fonctionne pas ? Copiez cette adresse dans votre navigateur :

# E-mails au sujet du compte
mail-greeting = Bonjour { $first_name },
mail-footer-account = Vous recevez cet e-mail parce qu’un compte sur { $brand } porte cette adresse.
mail-security-portal = L’adresse de nos pages commence par :
mail-origin-when = Quand :
mail-origin-place = Adresse réseau :
mail-origin-device = Appareil :
mail-origin-unknown = sans indication

# E-mails avec un lien pour choisir un mot de passe
mail-link-button = Choisir un mot de passe
mail-link-action = Choisir un mot de passe :
mail-link-expiry = Ce lien vous est personnel et ne sert qu’une fois. Il expire { $relative }, le { $date }.
