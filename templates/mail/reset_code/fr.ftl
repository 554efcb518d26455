# Code pour un nouveau mot de passe
reset-code-subject = Votre code pour { $brand }
reset-code-preheader = Il est valable { $minutes } minutes.
reset-code-heading = Votre code
reset-code-intro = Quelqu’un, sans doute vous, a demandé un nouveau mot de passe sur { $brand }. Saisissez ce code sur la page où vous l’avez demandé :
reset-code-validity = Le code est valable { $minutes } minutes et ne sert qu’une fois.
reset-code-advice = Personne chez nous ne vous le demandera jamais, ni par e-mail, ni par téléphone, ni dans un message. Ce n’était pas vous ? Ignorez cet e-mail : sans le code, votre mot de passe ne change pas.
