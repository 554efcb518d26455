// The first account of an installation.

export default {
  "setup.title": "Bienvenue chez vous",
  "setup.lead": "Créez le compte de l'administrateur. Vous y créerez ensuite ceux des courtiers.",
  "setup.submit": "Créer le compte",
  "setup.dead_title": "Ce lien ne fonctionne plus",
  "setup.dead_text":
    "Le premier compte existe déjà, ou le lien est incomplet. Le lien exact est dans le journal du serveur.",
};
