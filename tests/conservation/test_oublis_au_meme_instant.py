"""Un élève s'efface pendant qu'une page ou l'atelier prépare ce qui le nomme : rien n'en reste (R40)."""

import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from avis.models import ExportAffelnet, SuiteAffelnet
from avis.services import exporter_vers_affelnet
from candidatures.nommes import nommes
from conservation.services import effacer_un_eleve
from courriers.models import Document
from courriers.services import demander_le_document
from referentiel.models import Campagne, Travail
from referentiel.rules.refus import Refus
from referentiel.services.travaux import demander_un_travail, preparer_le_prochain_travail
from referentiel.travaux import Livraison, declarer
from tests.entretiens.test_concurrence import jusqu_a_ce_qu_une_autre_connexion_attende
from tests.factories.pilotage import Scene
from tests.factories.travaux import TravailFactory
from tests.fils import dans_un_fil

pytestmark = pytest.mark.django_db(transaction=True)
INE = "120890177FA"


@pytest.fixture
def scene() -> Scene:
    with transaction.atomic():
        return Scene()


def effacer(scene: Scene, eleve) -> None:
    effacer_un_eleve(eleve=eleve, motif="À sa demande", par=scene.saio.personne, le=timezone.now())


def test_une_page_qui_a_lu_l_eleve_avant_son_effacement_ne_garde_pas_son_document(scene, connecter):
    with transaction.atomic():
        eleve = scene.rendue().eleve
    client = connecter(scene.chef_origine.personne)
    client.attend_les_documents = False
    fiche = reverse("avis:fiche_pdf", args=[scene.college.segment, eleve.code])
    with transaction.atomic():
        effacer(scene, eleve)
        attendre = dans_un_fil(lambda: client.get(fiche))
        jusqu_a_ce_qu_une_autre_connexion_attende()
    [rendue] = attendre()
    assert (rendue.status_code, rendue.url) == (302, fiche)
    assert client.get(fiche).status_code == 404
    assert not Document.objects.exists()


def test_un_document_demande_juste_avant_l_effacement_s_efface_avec_l_eleve(scene):
    with transaction.atomic():
        eleve = scene.rendue().eleve
    with transaction.atomic():
        demander_le_document(html="<p>Lu avant</p>", eleves=nommes([eleve]), le=timezone.now())
        attendre = dans_un_fil(lambda: effacer(scene, eleve))
        jusqu_a_ce_qu_une_autre_connexion_attende()
    assert attendre() == [None]
    assert not Document.objects.exists()


def test_un_travail_demande_juste_avant_l_effacement_s_efface_avec_l_eleve(scene):
    declarer("essai", lambda *_: Livraison("essai.pdf", "application/pdf"))
    with transaction.atomic():
        eleve = scene.rendue().eleve
    with transaction.atomic():
        demander_un_travail(
            nature="essai",
            titre="Essai",
            demande={},
            total=1,
            campagne=scene.campagne,
            etablissement=scene.college,
            cote="origine",
            par=scene.chef_origine.personne,
            le=timezone.now(),
        )
        attendre = dans_un_fil(lambda: effacer(scene, eleve))
        jusqu_a_ce_qu_une_autre_connexion_attende()
    assert attendre() == [None]
    assert not Travail.objects.exists()


def suivi_jusqu_au_voeu(scene: Scene):
    """Un élève dont le vœu, noté comme saisi, est à exporter."""
    with transaction.atomic():
        scene.donner_un_bonus()
        candidature = scene.rendue(eleve=scene.eleve(ine=INE))
        demande = candidature.formations_demandees.get()
        SuiteAffelnet.objects.create(formation_demandee=demande, confirmee_le=scene.le, voeu_saisi_le=scene.le)
    return candidature.eleve


def exporter(scene: Scene):
    campagne = Campagne.objects.get(pk=scene.campagne.pk)
    return exporter_vers_affelnet(campagne=campagne, par=scene.saio.personne, le=scene.le)


def test_un_export_ecrit_pendant_l_effacement_d_un_eleve_ne_le_porte_pas(scene):
    eleve = suivi_jusqu_au_voeu(scene)
    with transaction.atomic():
        effacer(scene, eleve)
        attendre = dans_un_fil(lambda: exporter(scene))
        jusqu_a_ce_qu_une_autre_connexion_attende()
    [refus] = attendre()
    assert isinstance(refus, Refus)
    assert not ExportAffelnet.objects.exists()


def test_un_export_ecrit_juste_avant_l_effacement_d_un_eleve_perd_sa_ligne(scene):
    eleve = suivi_jusqu_au_voeu(scene)
    with transaction.atomic():
        export, _ = exporter(scene)
        assert INE.encode() in bytes(export.contenu)
        attendre = dans_un_fil(lambda: effacer(scene, eleve))
        jusqu_a_ce_qu_une_autre_connexion_attende()
    assert attendre() == [None]
    export.refresh_from_db()
    assert INE.encode() not in bytes(export.contenu)


@pytest.mark.parametrize("suivi_apres", [True, False], ids=["pendant le rendu", "juste avant la livraison"])
def test_l_atelier_qui_preparait_un_travail_efface_ne_livre_rien(scene, suivi_apres, monkeypatch):
    def preparer(travail, fichier, suivi):
        fichier.write_bytes(b"%PDF")
        if not suivi_apres:
            monkeypatch.setattr(suivi, "noter", lambda: Travail.objects.all().delete())
        else:
            Travail.objects.all().delete()
        return Livraison("essai.pdf", "application/pdf")

    declarer("essai", preparer)

    with transaction.atomic():
        TravailFactory(
            campagne=scene.campagne, nature="essai", etat=Travail.Etat.EN_FILE, fichier="", expire_le=None, fait=0
        )
    assert preparer_le_prochain_travail(timezone.now)
    assert not Travail.objects.exists()
    assert not default_storage.exists("travaux") or not default_storage.listdir("travaux")[1]
