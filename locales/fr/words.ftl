# Words that the pages share with mails and answers. The pages' dictionary takes them from here: `transaction-kind-sale` is
# `transaction_kind.sale` there. The last part is the value as the database and the API have it.

# Roles of an account
role-admin = Administrateur
role-broker = Courtier
role-client = Client

# Kinds of a transaction
transaction-kind-purchase = Achat
transaction-kind-sale = Vente
transaction-kind-rental = Location
transaction-kind-project = Projet

# States of a transaction
transaction-status-new = Nouvelle
transaction-status-in_progress = En cours
transaction-status-completed = Terminée
transaction-status-cancelled = Annulée

# What a participant may have access to
access-messaging = Messages
access-documents = Documents
access-tasks = Tâches
access-calendar = Calendrier
access-properties = Biens

# States of an invitation
invitation-state-pending = En attente
invitation-state-accepted = Acceptée
invitation-state-expired = Expirée
invitation-state-cancelled = Annulée

# States of an invitation's mail
mail-state-none = Aucun e-mail
mail-state-queued = E-mail en route…
mail-state-sent = E-mail envoyé
mail-state-dropped = E-mail retiré
mail-state-parked = E-mail non envoyé
