# A link in the place of a code, when too many were asked for
reset-link-subject = A link to your account on { $brand }
reset-link-preheader = Choose a new password with it, on any device.
reset-link-heading = Choose a new password
reset-link-intro = Codes for a new password on { $brand } were asked for more often than we send them, perhaps not by you. If you do need a new password, use this link instead of a code. It works on any device.
reset-link-advice = If it was not you, ignore this e-mail: without the link, your password stays as it is. We never ask for your password by e-mail.
