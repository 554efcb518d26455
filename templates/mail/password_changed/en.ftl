# The password has changed
password-changed-subject = Your password for { $brand } was changed
password-changed-preheader = If it was you, there is nothing to do.
password-changed-heading = Your password was changed
password-changed-intro = The password of your account on { $brand } has just been changed. If it was you, there is nothing to do.
password-changed-advice = If it was not you, choose a new password at once with “Forgot your password?” on the sign-in page, which signs out everybody else, and tell your contact.
