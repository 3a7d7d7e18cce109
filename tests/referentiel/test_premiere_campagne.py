"""Une académie sans campagne, ou qui en prépare une pendant qu'une autre est ouverte : chaque page le dit (R1)."""

import pytest
from django.urls import reverse

from referentiel.models import Campagne, JeuDeRegles
from referentiel.verifications import ce_qui_bloque
from tests.factories.administration import EN_JANVIER, saisie_de, un_saio, une_autre_academie, une_campagne
from tests.factories.candidatures import EN_MARS
from tests.factories.referentiel import CampagneFactory, EtablissementFactory, RattachementFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("en_mars")]


@pytest.fixture
def en_mars(monkeypatch):
    monkeypatch.setattr("referentiel.middleware.timezone.now", lambda: EN_MARS)


def test_le_saio_d_une_academie_sans_campagne_est_mene_a_la_preparation(connecter):
    page = connecter(un_saio()).get(reverse("pilotage:academie"))
    assert page.status_code == 200
    assert "Aucune campagne ouverte" in page.content.decode()
    assert reverse("admin:referentiel_campagne_changelist") in page.content.decode()


def test_un_college_sans_campagne_apprend_qu_il_attend_l_ouverture(connecter):
    college = EtablissementFactory()
    place = RattachementFactory(etablissement=college, origine=True)
    page = connecter(place.personne).get(reverse("pilotage:a_faire_origine", args=[college.segment]))
    assert page.status_code == 200
    assert "Votre espace s’affiche ici dès son ouverture." in page.content.decode()
    assert "/admin/" not in page.content.decode()


def test_une_campagne_ouverte_empeche_d_en_ouvrir_une_autre_et_la_page_la_nomme(connecter):
    ouverte = CampagneFactory(annee=2026, intitule="Campagne 2026")
    preparee = une_campagne(academie=ouverte.academie)
    rubriques = ce_qui_bloque(preparee)
    assert [ligne.objet for ligne in rubriques[0].lignes] == [ouverte]
    page = connecter(un_saio()).get(reverse("admin:referentiel_campagne_ouvrir", args=[preparee.pk])).content.decode()
    assert "La campagne «\u00a0Campagne 2026\u00a0» est encore ouverte." in page
    assert 'value="Ouvrir la campagne"' not in page


def test_la_premiere_campagne_propose_son_academie_et_le_prereglage_le_plus_recent(connecter):
    valeurs = connecter(un_saio()).get(reverse("admin:referentiel_campagne_add")).context["adminform"].form.initial
    assert (valeurs["annee"], valeurs["intitule"], valeurs["modele"]) == (2028, "Passpro 2028", "creteil-2025")
    assert valeurs["academie"]


def test_les_filtres_ne_nomment_rien_d_une_autre_academie(connecter):
    CampagneFactory(), CampagneFactory(academie=une_autre_academie(), intitule="Campagne de Paris")
    CampagneFactory(annee=2026, etat=Campagne.Etat.CLOSE, intitule="Campagne 2026")
    saio = connecter(un_saio())
    page = saio.get(reverse("admin:referentiel_annonce_changelist")).content.decode()
    assert "Campagne 2026" in page
    assert "Campagne de Paris" not in page


@pytest.mark.parametrize(("modele", "titre"), [("annonce", "Ajout d’annonce"), ("campagne", "Ajout de campagne")])
def test_le_titre_d_un_ajout_s_elide(connecter, modele, titre):
    assert titre in connecter(un_saio()).get(reverse(f"admin:referentiel_{modele}_add")).content.decode()


def test_les_regles_enregistrees_ramenent_a_ce_qui_reste_a_verifier(connecter):
    campagne = une_campagne(le=EN_JANVIER)
    adresse = reverse("admin:referentiel_jeuderegles_change", args=[JeuDeRegles.objects.get(campagne=campagne).pk])
    saio = connecter(un_saio())
    reponse = saio.post(adresse, saisie_de(saio, adresse) | {"_save": "x"})
    assert reponse.url == reverse("admin:referentiel_campagne_verifications", args=[campagne.pk])
