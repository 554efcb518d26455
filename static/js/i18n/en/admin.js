// Accounts, for an administrator.

export default {
  "admin.title": "Accounts",
  "admin.lead": "Brokers are added here; clients join by invitation.",
  "admin.new": "New account",
  "admin.create": "Create the account",
  "admin.search": "Find a name or an address",
  "admin.role": "Role",
  "admin.roles.admin": "Administrators",
  "admin.roles.broker": "Brokers",
  "admin.roles.client": "Clients",
  "admin.last_login": "Last sign-in: {date}",
  "admin.never": "Never signed in",
  "admin.deactivated": "Deactivated",
  "admin.actions": "Actions for {name}",
  "admin.deactivate": "Deactivate",
  "admin.reactivate": "Reactivate",
  "admin.deactivate_title": "Deactivate the account of {name}?",
  "admin.deactivate_text": "They are signed out everywhere at once. Their messages and transactions stay.",
  "admin.first_password": "First password",
  "admin.email_taken": "This address already has an account.",
  "admin.password_hint": "Give it to them in person; they can change it in their account.",
};
