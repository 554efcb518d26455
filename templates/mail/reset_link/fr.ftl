# Un lien à la place d’un code, quand trop de codes ont été demandés
reset-link-subject = Un lien vers votre compte sur { $brand }
reset-link-preheader = Il permet de choisir un nouveau mot de passe, sur n’importe quel appareil.
reset-link-heading = Choisissez un nouveau mot de passe
reset-link-intro = Des codes pour un nouveau mot de passe sur { $brand } ont été demandés plus souvent que nous n’en envoyons, peut-être pas par vous. S’il vous faut un nouveau mot de passe, ce lien remplace le code. Il fonctionne sur n’importe quel appareil.
reset-link-advice = Ce n’était pas vous ? Ignorez cet e-mail : sans le lien, votre mot de passe ne change pas. Nous ne vous demandons jamais votre mot de passe par e-mail.
