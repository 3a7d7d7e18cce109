"""Chaque tâche de l'horloge passe deux fois à la fois, puis trois fois de suite : un seul effet (F7).

Les tâches viennent du calendrier de l'horloge lui-même : une nouvelle ne peut pas être oubliée.
"""

from datetime import datetime, timedelta
from functools import partial

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from candidatures.models import PassagePublic, PreInscription
from candidatures.rules import Etat
from comptes.models import Session
from courriers.imprimes import PERSONNE
from courriers.models import Courriel
from courriers.rules import EtatCourriel
from courriers.services.documents import demander_le_document
from passpro.celery import app
from referentiel.models import Importation, Travail
from referentiel.rules.dates import PARIS
from referentiel.travaux import Livraison, declarer
from tests.courriers.conftest import gabarits_d_essai  # noqa: F401 - fixture de ces courriels d’essai
from tests.entretiens.test_concurrence import ensemble
from tests.factories.acces import DemandeDAccesFactory
from tests.factories.courriers import un_courriel
from tests.factories.invitations import une_invitation
from tests.factories.pilotage import MAINTENANT, Scene
from tests.factories.travaux import TravailFactory
from tests.messagerie import serveur_de_messagerie

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.pannes]

# Un mardi, à l'heure des résumés et des rappels.
SEPT_HEURES = datetime(2027, 3, 16, 7, 5, tzinfo=PARIS)
LONGTEMPS = timedelta(days=800)
TACHES = settings.CELERY_BEAT_SCHEDULE
# Rien n'y est échu dans cette scène, ou l'effet n'est pas dans la base : elles ont leurs propres épreuves.
SANS_EFFET_ICI = {"conservation-appliquer", "journal-purger"}


def une_fabrique(travail, fichier, suivi) -> Livraison:
    fichier.write_bytes(b"contenu")
    suivi.avancer()
    return Livraison("liste.csv", "text/csv")


@pytest.fixture
def tout_est_du(monkeypatch, settings) -> None:
    """De quoi occuper chaque tâche : des départs, des rappels, des résumés, de l’échu, de l’abandonné."""
    app.loader.import_default_modules()
    declarer("essai", une_fabrique)
    with transaction.atomic():
        scene = Scene()
        scene.candidature(Etat.ABSENTE)
        scene.en_retard()
        scene.avec_entretien(Etat.CONVOQUEE, debut=SEPT_HEURES + timedelta(days=1))
        scene.candidature(formations=0)
        une_invitation(scene.chef_origine, le=MAINTENANT - LONGTEMPS)
        partie = scene.convoquee()
        Courriel.objects.filter(convocations__entretien=partie).update(
            etat=EtatCourriel.ENVOYE, envoye_le=MAINTENANT, tentatives=1
        )
        TravailFactory(nature="essai", etat=Travail.Etat.EN_FILE, fichier="", fait=0, campagne=scene.campagne)
        TravailFactory(campagne=scene.campagne, expire_le=MAINTENANT)
        Importation.objects.create(
            nature="eleves",
            academie=scene.campagne.academie,
            par=scene.saio.personne,
            lignes=[["x"]],
            cree_le=MAINTENANT - LONGTEMPS,
            expire_le=MAINTENANT - LONGTEMPS,
        )
        PreInscription.objects.create(
            campagne=scene.campagne, commencee_le=MAINTENANT - LONGTEMPS, expire_le=MAINTENANT - LONGTEMPS
        )
        DemandeDAccesFactory(etablissement=scene.college, demandee_le=MAINTENANT - LONGTEMPS)
        PassagePublic.objects.create(empreinte="e", le=MAINTENANT - LONGTEMPS)
        for html, demande_le in (("<p>à rendre</p>", SEPT_HEURES), ("<p>périmé</p>", MAINTENANT - LONGTEMPS)):
            demander_le_document(html=html, eleves=PERSONNE, le=demande_le)
        Session.objects.create(session_key="vieille", session_data="", expire_date=MAINTENANT - LONGTEMPS)
    for n in range(6):
        un_courriel(f"du-{n}", le=SEPT_HEURES - timedelta(hours=1), destinataire=f"ce.{n}@creteil.example")
    for etat, cle in ((EtatCourriel.EN_COURS, "interrompu"), (EtatCourriel.ENVOYE, "ancien")):
        ancien = un_courriel(cle, le=MAINTENANT - LONGTEMPS, destinataire=f"{cle}@creteil.example")
        envoye_le = ancien.poste_le if etat == EtatCourriel.ENVOYE else None
        Courriel.objects.filter(pk=ancien.pk).update(etat=etat, tentatives=1, envoye_le=envoye_le)
    monkeypatch.setattr(timezone, "now", lambda: SEPT_HEURES)


def photographier() -> dict[str, tuple[int, str]]:
    """Chaque table, en un nombre de lignes et une empreinte."""
    with connection.cursor() as curseur:
        tables = sorted(connection.introspection.table_names(curseur))
        photo = {}
        for table in tables:
            nom = connection.ops.quote_name(table)
            curseur.execute(f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {nom} t")  # noqa: S608
            photo[table] = curseur.fetchone()
    return photo


@pytest.mark.parametrize("nom", TACHES)
def test_une_tache_lancee_deux_fois_a_la_fois_puis_trois_fois_n_a_qu_un_effet(tout_est_du, nom):
    tache = partial(app.tasks[TACHES[nom]["task"]], *TACHES[nom].get("args", ()))
    avant = photographier()
    with serveur_de_messagerie() as messagerie:
        _, leves = ensemble([tache, tache])
        une_fois = photographier()
        recus = list(messagerie.identifiants)
        for _ in range(3):
            tache()
        assert photographier() == une_fois
        assert messagerie.identifiants == recus
    assert leves == []
    assert len(recus) == len(set(recus))
    assert (une_fois == avant) == (nom in SANS_EFFET_ICI)
    postes = list(Courriel.objects.values_list("nature", "destinataire", "sujet", "texte"))
    assert len(postes) == len(set(postes))
