// A forgotten password.

export default {
  "reset.title": "Forgotten password",
  "reset.lead": "Enter the address of your account. We will e-mail you a code so that you can choose a new password.",
  "reset.submit": "Send the code",
  "reset.have_code": "I already have a code",
  "reset.back": "Back to sign-in",

  "reset_code.title": "Enter the code",
  "reset_code.lead":
    "If there is an account with this address, a six-digit code is on its way. Check your junk folder too.",
  "reset_code.lead_elsewhere": "Enter the address of your account, the code from the e-mail and a new password.",
  "reset_code.code": "Code from the e-mail",
  "reset_code.digit": "Digit {n} of 6",
  "reset_code.incomplete": "The code has six digits.",
  "reset_code.submit": "Change the password",
  "reset_code.time_left": "Valid for another {time}",
  "reset_code.over": "This code has expired.",
  "reset_code.again": "Send again",
  "reset_code.again_in": "Send again in {seconds} s",
  "reset_code.sent_again": "A new code is on its way; the earlier one no longer works.",
  "reset_code.other_address": "Use another address",
  "reset_code.no_code": "I have no code yet",
  "reset_code.done": "Your password has been changed, and every device is signed out. Sign in with the new password.",
};
