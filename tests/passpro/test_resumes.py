"""Le résumé quotidien : un par personne et par jour ouvré, quand quelque chose l'attend (écran 6.6, F7)."""

from datetime import datetime
from threading import Thread

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from candidatures.rules import Etat
from comptes.models import Personne
from courriers.models import Courriel
from passpro.resumes import poster_les_resumes
from passpro.tasks import poster_les_resumes_du_jour
from referentiel.rules.dates import PARIS
from tests.factories.pilotage import MAINTENANT, Scene
from tests.factories.referentiel import RattachementFactory

SEPT_HEURES = datetime(2027, 3, 16, 7, 5, tzinfo=PARIS)
RESUMES = Courriel.objects.filter(nature="resume")


@pytest.fixture
def scene(db) -> Scene:
    return Scene()


def du_college(scene: Scene):
    return RESUMES.filter(uai=scene.college.uai)


def test_chacun_recoit_ses_taches_et_personne_n_est_nomme(scene):
    candidature = scene.candidature(Etat.ABSENTE)
    assert poster_les_resumes(le=SEPT_HEURES) == RESUMES.count()
    courriels = {courriel.destinataire: courriel for courriel in du_college(scene)}
    assert set(courriels) == {scene.chef_origine.personne.courriel, scene.gestionnaire_origine.personne.courriel}
    chef = courriels[scene.chef_origine.personne.courriel]
    assert chef.sujet.startswith("Passpro : 1 tâche pour le collège")
    assert "- 1 absence à traiter (jusqu’au" in chef.texte
    assert reverse("comptes:notifications") in chef.texte
    assert candidature.eleve.nom.upper() not in chef.texte.upper()


def test_le_saio_et_les_deux_cotes_d_un_etablissement_en_ont_un_seul(scene):
    scene.chef_accueil.origine = True
    scene.chef_accueil.save()
    scene.candidature(eleve=scene.eleve(etablissement=scene.lycee), etat=Etat.ABSENTE)
    scene.candidature()
    poster_les_resumes(le=SEPT_HEURES)
    chef = RESUMES.get(destinataire=scene.chef_accueil.personne.courriel)
    assert "absence à traiter" in chef.texte
    assert "entretien à planifier" in chef.texte
    assert RESUMES.filter(destinataire=scene.saio.personne.courriel).count() == 1
    assert not RESUMES.filter(destinataire=scene.observateur.personne.courriel).exists()


def test_rien_hors_de_l_heure_ni_le_dimanche_ni_sans_tache(scene):
    for le in (SEPT_HEURES.replace(hour=6), SEPT_HEURES.replace(hour=8), SEPT_HEURES.replace(day=14), MAINTENANT):
        assert poster_les_resumes(le=le) == 0
    assert poster_les_resumes(le=SEPT_HEURES) == 0, "rien à faire : rien n'est envoyé"


def test_qui_n_en_veut_pas_n_en_recoit_pas_et_peut_changer_d_avis(scene, connecter):
    scene.candidature(Etat.ABSENTE)
    client, adresse = connecter(scene.chef_origine.personne), reverse("comptes:notifications")
    assert "checked" in client.get(adresse).content.decode()
    client.post(adresse, {})
    poster_les_resumes(le=SEPT_HEURES)
    assert [courriel.destinataire for courriel in du_college(scene)] == [scene.gestionnaire_origine.personne.courriel]
    assert "Vous ne recevez pas le résumé quotidien." in client.get(reverse("comptes:compte")).content.decode()
    client.post(adresse, {"resume_quotidien": "on"})
    poster_les_resumes(le=SEPT_HEURES.replace(hour=7, minute=20))
    assert du_college(scene).count() == 2


def test_un_compte_ferme_ou_sans_place_n_en_recoit_pas_et_n_arrete_personne(scene):
    scene.candidature(Etat.ABSENTE)
    partie = RattachementFactory(etablissement=scene.college).personne
    partie.rattachements.all().delete()
    fermee = RattachementFactory(etablissement=scene.college).personne
    Personne.objects.filter(pk=fermee.pk).update(is_active=False)
    Personne.objects.filter(pk=scene.chef_origine.personne.pk).update(courriel="sans-arobase")
    poster_les_resumes(le=SEPT_HEURES)
    assert [courriel.destinataire for courriel in du_college(scene)] == [scene.gestionnaire_origine.personne.courriel]


def test_la_tache_lancee_trois_fois_ne_poste_qu_une_fois(scene, monkeypatch):
    scene.candidature(Etat.ABSENTE)
    monkeypatch.setattr(timezone, "now", lambda: SEPT_HEURES)
    for _ in range(3):
        poster_les_resumes_du_jour()
    assert du_college(scene).count() == 2


@pytest.mark.django_db(transaction=True)
def test_deux_horloges_ensemble_ne_postent_qu_une_fois():
    with transaction.atomic():
        scene = Scene()
        scene.candidature(Etat.ABSENTE)

    def lancer():
        poster_les_resumes(le=SEPT_HEURES)
        connection.close()

    fils = [Thread(target=lancer) for _ in range(3)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join(timeout=30)
    assert du_college(scene).count() == 2
