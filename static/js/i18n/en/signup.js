// The page behind an invitation's link.

export default {
  "signup.title": "Welcome {name}",
  "signup.lead": "{broker} invites you to a space made for your project. All that is missing is your password.",
  "signup.lead_known":
    "{broker} invites you to a new transaction. You already have an account: sign in with its password.",
  "signup.email_hint": "This is the address of your invitation.",
  "signup.choose_password": "Choose a password",
  "signup.known_password": "The password of your account",
  "signup.known_hint": "The one you already use with this address.",
  "signup.submit": "Open my space",
  "signup.submit_known": "Join the transaction",
  "signup.expires": "This invitation is valid until {date}.",
  "signup.other_account":
    "The account of {name} is open in this browser. If you continue, you will be signed in with your own.",
  "signup.lead_unproved":
    "There is already an account with your address, but nobody had shown that the address was theirs. You just have: choose a password, and the account is yours alone. Anybody who used it until now is signed out.",
  "signup.lead_either":
    "{broker} invites you to a space made for your project. Choose a password, or enter the password of the account you already have here.",
  "signup.either_password": "Your password",
  "signup.either_hint": "If you have an account with this address, enter its password.",
  "signup.admin_title": "This invitation cannot be accepted with this address",
  "signup.admin_text": "{email} is the address of an administrator, and administrators take part in no transaction.",
  "signup.admin_step": "Ask {broker} to invite you at another address.",

  "dead.unknown.title": "We do not recognise this link",
  "dead.unknown.text": "It may be incomplete, or a later e-mail has replaced it.",
  "dead.expired.title": "This invitation has expired",
  "dead.expired.text": "For your safety, an invitation is valid for a few days only.",
  "dead.used.title": "This invitation has been used",
  "dead.used.text": "An account was opened with it. If it is yours, simply sign in.",
  "dead.cancelled.title": "This invitation was cancelled",
  "dead.cancelled.text": "The person who sent it has withdrawn it, or replaced it with another.",
  "dead.step.copy": "Open the link from the e-mail itself, without copying it by hand.",
  "dead.step.latest": "Look for the latest invitation in your mailbox, in the junk folder too.",
  "dead.step.ask": "If that fails, write to your broker: they can send you a new link in a moment.",
  "dead.step.ask_new": "Ask your broker for a new link: it takes them one click.",
  "dead.step.seven": "The new link will be valid for seven days.",
  "dead.step.sign_in": "Sign in with the address of the invitation and your password.",
  "dead.step.not_you": "Was it not you? Tell your broker without delay.",
  "dead.have_account": "I have an account",
};
