// Links that give access back.

export default {
  "access_link.send": "Send access link",
  "access_link.send_title": "Send {name} a link to choose a new password?",
  "access_link.send_text":
    "The link goes to {email}, can be used once and is valid for one day. Nothing changes until it is used.",
  "access_link.send_text_hidden":
    "The link goes to the address of their account, can be used once and is valid for one day. Nothing changes until it is used.",
  "access_link.send_now": "Send the link",
  "access_link.sent": "The link is on its way.",
  "access_link.title": "Welcome back, {name}",
  "access_link.lead": "Choose a new password for your account.",
  "access_link.expires": "This link is valid until {date}.",
  "access_link.dead_title": "This link no longer works",
  "access_link.dead_reset": "Ask for a code",
};
