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

# States of an invitation's mail
mail-state-none = No e-mail
mail-state-queued = E-mail on its way…
mail-state-sent = E-mail sent
mail-state-dropped = E-mail withdrawn
mail-state-parked = E-mail not sent
