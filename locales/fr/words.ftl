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

# États d’un client
client-state-not_invited = Pas invité
client-state-invited = Invité
client-state-active = Actif
client-state-inactive = Inactif

# Champs de la fiche d’un client, qui sont les colonnes de son tableau
client-field-first_name = Prénom
client-field-last_name = Nom
client-field-company = Société
client-field-email = Adresse e-mail
client-field-phone = Téléphone
client-field-whatsapp = WhatsApp
client-field-address = Adresse
client-field-city = Ville
client-field-language = Langue
client-field-notes = Notes
client-field-state = État
client-field-invited_at = Invitation
client-field-activated_at = Actif depuis
client-field-last_login_at = Dernière connexion
client-field-created_at = Ajout

# States of an invitation's mail
mail-state-none = Aucun e-mail
mail-state-queued = E-mail en route…
mail-state-sent = E-mail envoyé
mail-state-dropped = E-mail retiré
mail-state-parked = E-mail non envoyé
