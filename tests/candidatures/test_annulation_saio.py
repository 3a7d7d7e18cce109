"""Le SAIO annule une candidature : qui est prévenu, ce qui est libéré (écran 6.5)."""

import pytest
from django.urls import reverse

from candidatures.rules import Etat
from candidatures.services import annuler_pour_le_saio
from courriers.models import Courriel
from referentiel.rules.refus import Refus
from tests.factories.administration import un_saio

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("en_mars")]
RAISON = "Inscription faite deux fois"


@pytest.fixture
def saio(monde):
    return un_saio(monde.campagne.academie)


@pytest.fixture
def du_saio(saio, connecter):
    return connecter(saio)


def page_de(candidature) -> str:
    return reverse("candidatures:annuler_pour_le_saio", args=[candidature.code])


def prevenus() -> set[str]:
    return set(Courriel.objects.filter(nature="annulation").values_list("destinataire", flat=True))


def test_les_deux_etablissements_sont_prevenus_avec_la_raison(monde, saio):
    candidature = annuler_pour_le_saio(candidature=monde.inscrit(), motif=RAISON, par=saio, le=monde.le)
    assert candidature.etat == Etat.ANNULEE
    accueil = monde.accueil
    assert prevenus() == {
        monde.college.messagerie,
        accueil.contact_courriel or accueil.etablissement.messagerie,
    }
    assert all(RAISON in courriel.texte for courriel in Courriel.objects.filter(nature="annulation"))


def test_un_brouillon_que_l_accueil_ne_voyait_pas_ne_previent_que_l_origine(monde, saio):
    annuler_pour_le_saio(candidature=monde.inscrit(en_brouillon=True), motif=RAISON, par=saio, le=monde.le)
    assert prevenus() == {monde.college.messagerie}


def test_sans_raison_rien_ne_s_annule(monde, saio):
    candidature = monde.inscrit()
    with pytest.raises(Refus, match="motif"):
        annuler_pour_le_saio(candidature=candidature, motif="  ", par=saio, le=monde.le)
    candidature.refresh_from_db()
    assert candidature.etat == Etat.INSCRITE
    assert not prevenus()


def test_la_page_dit_qui_sera_prevenu_puis_annule(monde, du_saio):
    candidature = monde.inscrit()
    page = du_saio.get(page_de(candidature)).content.decode()
    assert "seront prévenus par courriel" in page
    assert "Donnez la raison" in du_saio.post(page_de(candidature), {"motif": ""}).content.decode()
    reponse = du_saio.post(page_de(candidature), {"motif": RAISON}, follow=True)
    assert "Candidature annulée. Les établissements sont prévenus." in reponse.content.decode()
    assert du_saio.get(page_de(candidature)).status_code == 404


def test_la_fiche_de_l_administration_y_mene_tant_que_la_candidature_est_active(monde, du_saio, saio):
    candidature = monde.inscrit()
    fiche = reverse("admin:candidatures_candidature_change", args=[candidature.pk])
    assert page_de(candidature) in du_saio.get(fiche).content.decode()
    annuler_pour_le_saio(candidature=candidature, motif=RAISON, par=saio, le=monde.le)
    assert page_de(candidature) not in du_saio.get(fiche).content.decode()
