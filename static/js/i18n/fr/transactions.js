// Transactions, their form and what is told of them.

export default {
  "transactions.title": "Vos transactions",
  "transactions.lead": "Les plus récemment actives viennent en premier.",
  "transactions.new": "Nouvelle transaction",
  "transactions.create": "Créer la transaction",
  "transactions.search": "Chercher une transaction",
  "transactions.empty_title": "Tout commence par une invitation",
  "transactions.empty":
    "Invitez un client : dès qu'il ouvre son espace, sa transaction et votre conversation apparaissent ici. Vous pouvez aussi préparer la transaction d'abord.",

  "transaction.panel": "La transaction",
  "transaction.facts": "L'essentiel",
  "transaction.progress": "Avancement",
  "transaction.progress_hint": "Vos clients voient ce chiffre et sont prévenus dans la conversation.",
  "transaction.progress_soon": "{value} sera annoncé à tous dans cinq secondes.",
  "transaction.complete": "Marquer comme terminée",
  "transaction.complete_title": "Cette transaction est-elle terminée ?",
  "transaction.complete_text":
    "À 100 %, elle est considérée comme terminée et tous les participants en sont informés dans la conversation.",
  "transaction.edit_title": "Modifier la transaction",
  "transaction.title_example": "Ex. : Achat de la maison rue des Tilleuls",
  "transaction.cancel": "Annuler la transaction",
  "transaction.cancel_title": "Annuler cette transaction ?",
  "transaction.cancel_text":
    "La conversation reste ouverte et rien n'est effacé. Vous pourrez reprendre la transaction plus tard.",
  "transaction.reopen": "Reprendre la transaction",

  "fact.title": "Intitulé",
  "fact.kind": "Projet",
  "fact.status": "État",
  "fact.progress": "Avancement",
  "fact.address": "Adresse",
  "fact.city": "Ville",
  "fact.start_date": "Début",
  "fact.end_date": "Échéance",
  "fact.offered_price": "Prix proposé",
  "fact.accepted_price": "Prix accepté",
  "fact.currency": "Monnaie",
  "fact.none": "aucun",
};
