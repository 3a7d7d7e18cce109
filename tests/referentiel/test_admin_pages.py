"""Toutes les pages de l'administration s'ouvrent, en français, à qui en a le droit et à lui seul (S12, R37)."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from avis.models import CompteRendu
from courriers.models import Courriel
from tests.factories.administration import EN_JANVIER, un_courriel_pour, un_saio, une_campagne
from tests.factories.candidatures import EN_MARS, CandidatureFactory
from tests.factories.referentiel import (
    AccueilFactory,
    CampagneFactory,
    EtablissementFactory,
    OffreFactory,
    PersonneFactory,
    RattachementFactory,
)

pytestmark = pytest.mark.django_db
MODELES = sorted(admin.site._registry, key=lambda modele: modele._meta.label)


def adresse(modele, page: str, *args) -> str:
    return reverse(f"admin:{modele._meta.app_label}_{modele._meta.model_name}_{page}", args=args)


@pytest.fixture
def monde():
    """Au moins un objet de presque chaque page."""
    campagne = CampagneFactory()
    campagne.vacances.create(libelle="Hiver", debut=EN_MARS.date(), fin=EN_MARS.date())
    campagne.mots_a_rappeler.create(mot="bulletin", famille="résultats")
    campagne.annonces.create(titre="Bonjour", texte="…", du=EN_JANVIER, au=EN_MARS)
    accueil = AccueilFactory(domaine__campagne=campagne)
    candidature = CandidatureFactory(accueil=accueil)
    formation = candidature.formations_demandees.first().formation
    OffreFactory(formation=formation, etablissement=accueil.etablissement)
    campagne.derogations.create(
        etablissement=accueil.etablissement, nature="inscription", jusqu_au=EN_MARS.date(), motif="Incendie"
    )
    EtablissementFactory().alias.create(uai="0931609U")
    CompteRendu.objects.create(candidature=candidature, redige_par=PersonneFactory(), redige_le=EN_MARS, texte="Bien.")
    un_courriel_pour(accueil.etablissement)
    return campagne


@pytest.mark.parametrize("modele", MODELES, ids=lambda modele: modele._meta.label)
def test_chaque_liste_et_chaque_fiche_s_ouvrent(modele, monde, connecter):
    saio = connecter(un_saio())
    page = admin.site._registry[modele]
    assert len(page.list_display) <= 7
    liste = saio.get(adresse(modele, "changelist"), {"q": "éa"} if page.search_fields else {})
    assert liste.status_code == 200
    liste = saio.get(adresse(modele, "changelist"))
    assert liste.status_code == 200
    for objet in page.get_queryset(liste.wsgi_request)[:2]:
        fiche = saio.get(adresse(modele, "change", objet.pk))
        assert fiche.status_code == 200
        assert saio.get(adresse(modele, "history", objet.pk)).status_code == 200
    ajout = saio.get(adresse(modele, "add"))
    assert ajout.status_code == (200 if page.has_add_permission(liste.wsgi_request) else 403)


@pytest.mark.parametrize("modele", MODELES, ids=lambda modele: modele._meta.label)
def test_une_liste_coute_le_meme_prix_a_un_objet_qu_a_dix(modele, monde, connecter, django_assert_max_num_queries):
    saio = connecter(un_saio())
    for _ in range(3):
        CandidatureFactory(accueil=AccueilFactory(domaine__campagne=monde))
    with django_assert_max_num_queries(20):
        saio.get(adresse(modele, "changelist"))


def test_la_porte_demande_l_acces_a_l_administration(connecter):
    chaine = Client().get(reverse("admin:index"), follow=True).redirect_chain
    assert chaine[-1][0].startswith(reverse("comptes:connexion"))
    simple = RattachementFactory().personne
    assert connecter(simple).get(reverse("admin:index"), follow=True).status_code == 403
    assert connecter(un_saio()).get(reverse("admin:index")).status_code == 200


def test_l_acces_sans_place_au_saio_n_ouvre_rien(monde, connecter):
    agent = connecter(RattachementFactory(personne__is_staff=True).personne)
    assert agent.get(reverse("admin:referentiel_campagne_changelist")).status_code == 403
    assert agent.get(reverse("admin:candidatures_eleve_changelist")).status_code == 403


def test_l_en_tete_et_les_liens_sont_ceux_de_passpro(connecter):
    page = connecter(un_saio()).get(reverse("admin:index")).content.decode()
    assert "Passpro – administration" in page
    assert "Retour à Passpro" in page
    assert "css/administration.css" in page


def test_aucun_style_ni_script_dans_les_pages(monde, connecter):
    saio = connecter(un_saio())
    for nom in ("index", "referentiel_campagne_changelist"):
        page = saio.get(reverse(f"admin:{nom}")).content.decode()
        assert "<style" not in page
        assert " style=" not in page
        assert "onclick=" not in page
    assert Courriel.objects.exists()
    assert une_campagne("paris-2022").etat == "preparation"
