# Un lien pour un nouveau mot de passe, envoyé à la main
access-link-subject = Votre accès à { $brand }
access-link-preheader = Choisissez un nouveau mot de passe pour votre compte.
access-link-heading = Choisissez un nouveau mot de passe
access-link-intro = { $sender } vous envoie ce lien pour que vous retrouviez l’accès à votre compte sur { $brand }. Il vous permet de choisir un nouveau mot de passe.
access-link-advice = Vous n’avez rien demandé à { $sender } ? Ignorez cet e-mail : votre mot de passe ne change pas. Nous ne vous demandons jamais votre mot de passe par e-mail.
