# A link for a new password, sent by hand
access-link-subject = Your access to { $brand }
access-link-preheader = Choose a new password for your account.
access-link-heading = Choose a new password
access-link-intro = { $sender } has sent you this link so that you can get back into your account on { $brand }. It lets you choose a new password.
access-link-advice = If you did not ask { $sender } for it, ignore this e-mail: your password stays as it is. We never ask for your password by e-mail.
