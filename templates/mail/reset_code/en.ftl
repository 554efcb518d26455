# Code for a new password
reset-code-subject = Your code for { $brand }
reset-code-preheader = It is valid for { $minutes } minutes.
reset-code-heading = Your code
reset-code-intro = Somebody, probably you, asked for a new password on { $brand }. Enter this code on the page where you asked for it:
reset-code-validity = The code is valid for { $minutes } minutes and can be used once.
reset-code-advice = None of us will ever ask you for it, by e-mail, by phone or in a message. If it was not you, ignore this e-mail: without the code, your password stays as it is.
