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
invitation-footer = Vous recevez cet e-mail à la suite d’une invitation de { $broker } sur { $brand }.
invitation-security-password = Nous ne vous demandons jamais votre mot de passe par e-mail.
invitation-security-address = L’adresse de la page qui s’ouvre doit commencer par :
invitation-security-ignore = Vous n’attendiez pas ce message ? Ignorez-le : rien ne sera créé sans vous.
