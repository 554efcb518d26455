# Words that the pages share with mails and answers. The pages' dictionary takes them from here: `transaction-kind-sale` is
# `transaction_kind.sale` there. The last part is the value as the database and the API have it.

# Roles of an account
role-admin = Administrator
role-broker = Broker
role-client = Client

# Kinds of a transaction
transaction-kind-purchase = Purchase
transaction-kind-sale = Sale
transaction-kind-rental = Rental
transaction-kind-project = Project

# States of a transaction
transaction-status-new = New
transaction-status-in_progress = In progress
transaction-status-completed = Completed
transaction-status-cancelled = Cancelled

# What a participant may have access to
access-messaging = Messages
access-documents = Documents
access-tasks = Tasks
access-calendar = Calendar
access-properties = Properties

# States of an invitation
invitation-state-pending = Pending
invitation-state-accepted = Accepted
invitation-state-expired = Expired
invitation-state-cancelled = Cancelled

# States of a client
client-state-not_invited = Not invited
client-state-invited = Invited
client-state-active = Active
client-state-inactive = Inactive

# Fields of a client's record, which are the columns of its table
client-field-first_name = First name
client-field-last_name = Last name
client-field-company = Company
client-field-email = E-mail address
client-field-phone = Phone
client-field-whatsapp = WhatsApp
client-field-address = Address
client-field-city = City
client-field-language = Language
client-field-notes = Notes
client-field-state = State
client-field-invited_at = Invited
client-field-activated_at = Active since
client-field-last_login_at = Last sign-in
client-field-created_at = Added

# States of an invitation's mail
mail-state-none = No e-mail
mail-state-queued = E-mail on its way…
mail-state-sent = E-mail sent
mail-state-dropped = E-mail withdrawn
mail-state-parked = E-mail not sent
