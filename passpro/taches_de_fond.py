"""Les tâches de fond : la file de chacune, et quand l'horloge la demande.

Chaque tâche fait « ce qui est dû maintenant » et prend son verrou : demandée deux fois, elle n'a qu'un effet (F7).
"""

from celery.schedules import crontab

# Les courriels, les documents que quelqu'un attend, les lots, le reste : chaque file a son atelier, et aucune n'en
# retarde une autre.
FILES = ("courriers", "impressions", "documents", "menage")
# Les autres vont au ménage.
ROUTES = {
    "courriers.tasks.faire_partir_les_courriers": {"queue": "courriers"},
    "courriers.tasks.reprendre_les_courriers_interrompus": {"queue": "courriers"},
    "entretiens.tasks.tenir_les_convocations_a_jour": {"queue": "courriers"},
    "courriers.tasks.rendre_les_documents": {"queue": "impressions"},
    "referentiel.tasks.preparer_les_travaux": {"queue": "documents"},
}
# En secondes, ou à une heure universelle.
HORAIRES = {
    "historique-verifier": {
        "task": "comptes.tasks.verifier_l_historique",
        "schedule": crontab(hour="1", minute="30"),
    },
    "journal-purger": {"task": "comptes.tasks.purger_le_journal_ancien", "schedule": crontab(hour="2", minute="0")},
    "courriers-partir": {"task": "courriers.tasks.faire_partir_les_courriers", "schedule": 20.0},
    "courriers-effacer": {"task": "courriers.tasks.effacer_les_contenus_anciens", "schedule": 3600.0},
    "documents-rendre": {"task": "courriers.tasks.rendre_les_documents", "schedule": 15.0},
    "documents-effacer": {"task": "courriers.tasks.effacer_les_documents", "schedule": 600.0},
    "comptes-oublier": {"task": "comptes.tasks.oublier_ce_qui_est_echu", "schedule": 3600.0},
    "invitations-oublier": {"task": "referentiel.tasks.oublier_les_invitations_anciennes", "schedule": 86400.0},
    "courriers-reprendre": {"task": "courriers.tasks.reprendre_les_courriers_interrompus", "schedule": 60.0},
    "travaux-preparer": {"task": "referentiel.tasks.preparer_les_travaux", "schedule": 30.0},
    **{
        f"horloge-battre-{file}": {
            "task": "passpro.tasks.battre_l_horloge",
            "schedule": 60.0,
            "args": [file],
            "options": {"queue": file},
        }
        for file in FILES
    },
    "importations-purger": {"task": "referentiel.tasks.purger_les_importations", "schedule": 3600.0},
    "acces-oublier": {"task": "referentiel.tasks.oublier_les_demandes", "schedule": 3600.0},
    "travaux-ranger": {"task": "referentiel.tasks.ranger_les_travaux", "schedule": 60.0},
    "convocations-tenir": {"task": "entretiens.tasks.tenir_les_convocations_a_jour", "schedule": 20.0},
    "preinscriptions-effacer": {
        "task": "candidatures.tasks.effacer_les_preinscriptions_echues",
        "schedule": 3600.0,
    },
    "resumes-poster": {"task": "passpro.tasks.poster_les_resumes_du_jour", "schedule": 600.0},
    "invariants-verifier": {"task": "passpro.tasks.verifier_les_invariants", "schedule": 1800.0},
    "avis-rappeler": {"task": "entretiens.tasks.rappeler_les_avis", "schedule": 1800.0},
    # La nuit, en heure universelle : un passage manqué se rattrape le lendemain.
    "conservation-appliquer": {
        "task": "conservation.tasks.appliquer_la_conservation",
        "schedule": crontab(hour=1, minute=30),
    },
    "comptes-rendus-rappeler": {"task": "avis.tasks.rappeler_les_comptes_rendus", "schedule": 1800.0},
}
