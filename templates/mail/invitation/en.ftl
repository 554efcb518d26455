# Invitation
invitation-subject = { $broker } invites you to { $brand }
invitation-preheader = Your personal space is ready. The invitation is valid until { $date }.
invitation-heading = Your space is ready
invitation-greeting = Dear { $first_name },
invitation-intro = { $kind ->
    [purchase] { $broker } has opened a space for your purchase. There you can see how far it has come and write to each other directly.
    [sale] { $broker } has opened a space for your sale. There you can see how far it has come and write to each other directly.
    [rental] { $broker } has opened a space for your rental. There you can see how far it has come and write to each other directly.
   *[project] { $broker } has opened a space for your project. There you can see how far it has come and write to each other directly.
}
invitation-message-heading = A word from { $broker }
invitation-how = Choose a password, and you are in. It takes a minute.
invitation-button = Accept the invitation
invitation-action = Accept the invitation:
invitation-expiry = This link is yours alone. It expires { $relative }, on { $date }.
invitation-footer = You are receiving this e-mail because { $broker } invited you to { $brand }.
invitation-security-password = We never ask for your password by e-mail.
invitation-security-address = The address of the page that opens must begin with:
invitation-security-ignore = If you were not expecting this, ignore it: nothing will be created without you.
