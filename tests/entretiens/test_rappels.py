"""Le rappel des avis manquants part à temps, une seule fois, sans nom d'élève (R16, F7)."""

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from candidatures.models import FormationDemandee
from candidatures.services import saisir_l_avis
from courriers.models import Courriel
from entretiens.services import rappeler_les_avis_manquants
from entretiens.services.rappels import VERROU_DES_RAPPELS
from entretiens.tasks import rappeler_les_avis
from referentiel.models import Etablissement
from referentiel.rules.dates import PARIS
from tests.factories.candidatures import EleveFactory
from tests.factories.entretiens import convoquer, ouvrir_un_creneau, placer
from tests.factories.inscriptions import COMMENTAIRE, Monde
from tests.factories.referentiel import EtablissementFactory

pytestmark = pytest.mark.django_db

# L'entretien se tient le jeudi 25 mars 2027 ; cinq jours ouvrés avant, c'est le jeudi 18.
JEUDI_18 = datetime(2027, 3, 18, 7, 0, tzinfo=PARIS)


@pytest.fixture
def monde(db) -> Monde:
    with transaction.atomic():
        return Monde()


@pytest.fixture
def candidature(monde):
    """Une candidature convoquée le jeudi 25 mars, deux formations demandées, aucun avis."""
    candidature = monde.inscrit(formations=2)
    convoquee(candidature)
    return candidature


def convoquee(candidature, heure=9):
    envoi = convoquer(placer(candidature, ouvrir_un_creneau(candidature.accueil, heure)))
    candidature.etat = "convoquee"
    candidature.save(update_fields=["etat"])
    return envoi


def rappels():
    return Courriel.objects.filter(nature="avis_manquants")


def test_cinq_jours_ouvres_avant_l_etablissement_apprend_combien_d_avis_manquent(monde, candidature):
    assert rappeler_les_avis_manquants(le=JEUDI_18) == 1
    courriel = rappels().get()
    assert courriel.sujet == "Passpro : 2 avis à saisir avant le jeudi 25 mars"
    assert courriel.destinataire == monde.college.messagerie
    assert courriel.uai == monde.college.uai
    assert f"/origine/{monde.uai}/avis/" in courriel.texte
    for texte in (courriel.sujet, courriel.texte, courriel.html):
        assert candidature.eleve.nom.lower() not in texte.lower()


@pytest.mark.parametrize(
    "le",
    [
        JEUDI_18 - timedelta(days=1),
        JEUDI_18 - timedelta(minutes=1),
        datetime(2027, 3, 20, 9, 0, tzinfo=PARIS),
        datetime(2027, 3, 25, 7, 30, tzinfo=PARIS),
    ],
    ids=["six jours avant", "avant sept heures", "un samedi", "le jour même"],
)
def test_rien_ne_part_trop_tot_ni_trop_tard(candidature, le):
    assert rappeler_les_avis_manquants(le=le) == 0
    assert not rappels()


def test_la_tache_relancee_n_ecrit_qu_une_fois(candidature):
    for heures in (0, 1, 24):
        rappeler_les_avis_manquants(le=JEUDI_18 + timedelta(hours=heures))
    assert rappels().count() == 1


def test_un_avis_complet_ne_se_rappelle_pas(monde, candidature):
    for demande in FormationDemandee.objects.all():
        saisir_l_avis(
            formation_demandee=demande,
            avis="favorable",
            commentaire=COMMENTAIRE,
            version=0,
            par=monde.chef,
            le=monde.le,
        )
    assert rappeler_les_avis_manquants(le=JEUDI_18) == 0


def test_un_entretien_qui_n_est_pas_annonce_ne_s_apprend_pas_par_le_rappel(monde):
    placer(monde.inscrit(), ouvrir_un_creneau(monde.accueil))
    assert rappeler_les_avis_manquants(le=JEUDI_18) == 0


def test_un_etablissement_injoignable_n_empeche_pas_les_autres(monde, candidature):
    Etablissement.objects.filter(pk=monde.college.pk).update(messagerie="")
    autre = EtablissementFactory()
    convoquee(monde.inscrit(EleveFactory(campagne=monde.campagne, etablissement=autre)), heure=11)
    assert rappeler_les_avis_manquants(le=JEUDI_18) == 1
    assert rappels().get().uai == autre.uai


def test_une_seance_collective_sans_avis_requis_ne_se_rappelle_pas(monde, candidature):
    candidature.modalite = "collectif"
    candidature.save(update_fields=["modalite"])
    monde.campagne.regles.avis_requis_en_collectif = False
    type(monde.campagne.regles).objects.filter(pk=monde.campagne.regles.pk).update(avis_requis_en_collectif=False)
    assert rappeler_les_avis_manquants(le=JEUDI_18) == 0


def test_les_rappels_se_lisent_en_un_nombre_constant_de_requetes(monde, candidature, django_assert_max_num_queries):
    for heure in (10, 11, 13):
        convoquee(monde.inscrit(), heure)
    with django_assert_max_num_queries(12):
        rappeler_les_avis_manquants(le=JEUDI_18)


@pytest.mark.django_db(transaction=True)
def test_deux_taches_a_la_fois_n_en_font_qu_une(candidature):
    prises = []

    def ailleurs():
        try:
            prises.append(rappeler_les_avis_manquants(le=JEUDI_18))
        finally:
            connection.close()

    with transaction.atomic(), connection.cursor() as curseur:
        curseur.execute("SELECT pg_advisory_xact_lock(%s)", [VERROU_DES_RAPPELS])
        fil = threading.Thread(target=ailleurs)
        fil.start()
        fil.join()
    assert prises == [0]
    assert rappeler_les_avis_manquants(le=JEUDI_18) == 1


def test_la_tache_lit_l_heure(candidature, monkeypatch):
    monkeypatch.setattr("entretiens.tasks.timezone.now", lambda: JEUDI_18)
    rappeler_les_avis()
    assert rappels().count() == 1
