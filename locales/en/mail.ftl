# Why a mail has not left yet: for the broker's list and for `send-test-mail`.
mail-error-smtp-authentication = The mail server did not accept the user name and password. Many providers (Gmail, Outlook, Yahoo and others) want an application password here, created in the security settings of the mailbox, not the usual one.
mail-error-smtp-connection = The mail server could not be reached. Please check its name, its port and the network.
mail-error-smtp-tls = No secure connection to the mail server could be made. Please check the port, smtps or smtp+starttls, and the server’s certificate.
mail-error-smtp-timeout = The mail server did not answer in time. The e-mail will be tried again.
mail-error-smtp-refused-recipient = The mail server refused the recipient’s address. Please check how it is spelled.
mail-error-smtp-refused = The mail server refused the e-mail. Your mail provider can say why.
mail-error-smtp-temporary = The mail server is busy. The e-mail will be tried again.
mail-error-mailbox-unavailable = The demo mailbox could not be written. The e-mail will be tried again.
mail-error-interrupted = Every attempt was interrupted before it ended. Please send the e-mail again.
mail-error-unknown = The e-mail could not be sent. Please send it again, or ask your administrator.

# Every mail
mail-footer-why = You are receiving this e-mail because { $broker } invited you to { $brand }.
mail-security-heading = For your security
mail-security-password = We never ask for your password by e-mail.
mail-security-address = The address of the page that opens must begin with:
mail-security-ignore = If you were not expecting this, ignore it: nothing will be created without you.
mail-link-fallback = Does the button not work? Copy this address into your browser:

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

# Mails about the own account
mail-greeting = Dear { $first_name },
mail-footer-account = You are receiving this e-mail because an account on { $brand } has this address.
mail-security-portal = The address of our pages begins with:
mail-origin-when = When:
mail-origin-place = Network address:
mail-origin-device = Device:
mail-origin-unknown = not known

# Code for a new password
reset-code-subject = Your code for { $brand }
reset-code-preheader = It is valid for { $minutes } minutes.
reset-code-heading = Your code
reset-code-intro = Somebody, probably you, asked for a new password on { $brand }. Enter this code on the page where you asked for it:
reset-code-validity = The code is valid for { $minutes } minutes and can be used once.
reset-code-advice = None of us will ever ask you for it, by e-mail, by phone or in a message. If it was not you, ignore this e-mail: without the code, your password stays as it is.

# The password has changed
password-changed-subject = Your password for { $brand } was changed
password-changed-preheader = If it was you, there is nothing to do.
password-changed-heading = Your password was changed
password-changed-intro = The password of your account on { $brand } has just been changed. If it was you, there is nothing to do.
password-changed-advice = If it was not you, choose a new password at once with “Forgot your password?” on the sign-in page, which signs out everybody else, and tell your contact.

# A link for a new password, sent by hand
access-link-subject = Your access to { $brand }
access-link-preheader = Choose a new password for your account.
access-link-heading = Choose a new password
access-link-intro = { $sender } has sent you this link so that you can get back into your account on { $brand }. It lets you choose a new password.
access-link-button = Choose a new password
access-link-action = Choose a new password:
access-link-expiry = This link is yours alone and can be used once. It expires { $relative }, on { $date }.
access-link-advice = If you did not ask { $sender } for it, ignore this e-mail: your password stays as it is. We never ask for your password by e-mail.

# A link in the place of a code, when too many were asked for
reset-link-subject = A link to your account on { $brand }
reset-link-preheader = Choose a new password with it, on any device.
reset-link-heading = Choose a new password
reset-link-intro = Codes for a new password on { $brand } were asked for more often than we send them, perhaps not by you. If you do need a new password, use this link instead of a code. It works on any device.
reset-link-advice = If it was not you, ignore this e-mail: without the link, your password stays as it is. We never ask for your password by e-mail.
