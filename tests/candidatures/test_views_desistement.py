"""La page du désistement (écran O9)."""

from datetime import timedelta

import pytest
from django.urls import reverse

from candidatures.forms import DesistementForm
from candidatures.horaires import EntretienFixe
from candidatures.models import Candidature
from candidatures.rules import Etat
from tests.candidatures.test_views_inscription import adresse
from tests.factories.referentiel import RattachementFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("en_mars")]
MOTIF = DesistementForm.MOTIFS[0]


@pytest.fixture
def chef(monde, connecter):
    return connecter(monde.chef)


@pytest.fixture
def convoquee(monde, entretiens):
    candidature = monde.inscrit(formations=2)
    Candidature.objects.update(etat=Etat.CONVOQUEE)
    debut = monde.le + timedelta(days=2)
    entretiens[candidature.pk] = EntretienFixe(debut, debut + timedelta(minutes=20))
    return candidature


def test_la_page_dit_ce_qui_sera_annule_et_qui_sera_prevenu(monde, chef, convoquee):
    page = chef.get(adresse(monde, "desistement", code=convoquee.code)).content.decode()
    assert "Enregistrer le désistement de Yanis pour Hôtellerie-restauration" in page
    assert "L’entretien du vendredi 12\u00a0mars à 10\u00a0h\u00a000" in page
    assert "Mme Petit seront prévenus par courriel." in page
    assert page.count("<h1") == 1


def test_tout_le_domaine_se_retire(monde, chef, convoquee):
    codes = list(convoquee.formations_demandees.values_list("code", flat=True))
    reponse = chef.post(adresse(monde, "desistement", code=convoquee.code), {"motif": MOTIF, "formations": codes})
    assert reponse.url == reverse("pilotage:eleve", kwargs={"uai": monde.uai, "code": convoquee.eleve.code})
    convoquee.refresh_from_db()
    assert (convoquee.etat, convoquee.motif) == (Etat.DESISTEE, MOTIF)
    assert "Le créneau est libéré." in chef.get(reponse.url).content.decode()


def test_une_seule_formation_se_retire(monde, chef, convoquee):
    code = convoquee.formations_demandees.first().code
    chef.post(adresse(monde, "desistement", code=convoquee.code), {"motif": MOTIF, "formations": [code]})
    convoquee.refresh_from_db()
    assert convoquee.etat == Etat.CONVOQUEE
    assert convoquee.formations_demandees.filter(desistee_le__isnull=True).count() == 1


@pytest.mark.parametrize("envoi", [{}, {"motif": "Inventé"}, {"motif": MOTIF}])
def test_un_envoi_incomplet_ne_retire_rien(monde, chef, convoquee, envoi):
    assert chef.post(adresse(monde, "desistement", code=convoquee.code), envoi).status_code == 200
    convoquee.refresh_from_db()
    assert convoquee.etat == Etat.CONVOQUEE


def test_apres_l_entretien_la_page_dit_que_c_est_impossible(monde, chef):
    candidature = monde.inscrit()
    Candidature.objects.update(etat=Etat.REALISEE)
    page = chef.post(adresse(monde, "desistement", code=candidature.code), {"motif": MOTIF}).content.decode()
    assert "L’entretien a eu lieu" in page


def test_la_candidature_d_un_autre_n_existe_pas(monde, connecter, convoquee):
    autre = RattachementFactory()
    accueil = RattachementFactory(a_l_accueil=True, etablissement=monde.accueil.etablissement)
    for place in (autre, accueil):
        for uai in (monde.uai, place.etablissement.segment):
            url = reverse("candidatures:desistement", kwargs={"uai": uai, "code": convoquee.code})
            assert connecter(place.personne).post(url, {"motif": MOTIF}).status_code == 404
    convoquee.refresh_from_db()
    assert convoquee.etat == Etat.CONVOQUEE
