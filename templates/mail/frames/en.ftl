# Every mail
mail-security-heading = For your security
mail-link-fallback = Does the button not work? Copy this address into your browser:

# Mails about the own account
mail-greeting = Dear { $first_name },
mail-footer-account = You are receiving this e-mail because an account on { $brand } has this address.
mail-security-portal = The address of our pages begins with:
mail-origin-when = When:
mail-origin-place = Network address:
mail-origin-device = Device:
mail-origin-unknown = not known

# Mails with a link for a new password
mail-link-button = Choose a new password
mail-link-action = Choose a new password:
mail-link-expiry = This link is yours alone and can be used once. It expires { $relative }, on { $date }.
