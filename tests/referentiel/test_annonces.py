"""Annonces du SAIO : à qui, où, jusqu'à quand, et rien que du texte (écran S11)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Q
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from referentiel.annonces import annonces_pour
from referentiel.models import Annonce, Campagne
from referentiel.rules.texte import Morceau, en_morceaux, en_paragraphes
from tests.factories.administration import un_saio
from tests.factories.referentiel import CampagneFactory, RattachementFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def campagne():
    return CampagneFactory()


@pytest.fixture
def annoncer(campagne):
    """Publie une annonce, en ligne à l'instant du test sauf si d'autres dates sont données."""

    def publier(titre="Fermeture du gymnase", texte="Lisez ceci.", **champs):
        maintenant = timezone.now()
        bornes = {"du": maintenant - timedelta(days=1), "au": maintenant + timedelta(days=1)}
        return Annonce.objects.create(**{"campagne": campagne, "titre": titre, "texte": texte, **bornes, **champs})

    return publier


@pytest.fixture
def college(campagne):
    return RattachementFactory()


@pytest.fixture
def saio():
    client = Client()
    client.force_login(un_saio())
    return client


def a_faire(place) -> str:
    cote = "origine" if place.origine else "accueil"
    return reverse(f"pilotage:a_faire_{cote}", args=[place.etablissement.segment])


def page(connecter, place) -> str:
    return connecter(place.personne).get(a_faire(place)).content.decode()


# Le texte ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ligne", "morceaux"),
    [
        ("Rien de particulier.", [Morceau("Rien de particulier.")]),
        (
            "Voir https://www.onisep.fr/formations, puis écrire.",
            [
                Morceau("Voir "),
                Morceau("https://www.onisep.fr/formations", "https://www.onisep.fr/formations"),
                Morceau(", puis écrire."),
            ],
        ),
        ("http://exemple.fr et javascript:alert(1)", [Morceau("http://exemple.fr et javascript:alert(1)")]),
        ("(https://a.fr/b?c=1)", [Morceau("("), Morceau("https://a.fr/b?c=1", "https://a.fr/b?c=1"), Morceau(")")]),
        ("https://...", [Morceau("https://...")]),
    ],
)
def test_seules_les_adresses_https_deviennent_des_liens(ligne, morceaux):
    assert en_morceaux(ligne) == morceaux


def test_une_ligne_vide_separe_deux_paragraphes():
    assert [len(lignes) for lignes in en_paragraphes("Un.\r\nDeux.\r\n\r\n\r\nTrois.")] == [2, 1]
    assert en_paragraphes("  \n ") == []


def test_aucune_balise_ne_passe(connecter, college, annoncer):
    annoncer("<b>Titre</b>", "<script>alert(1)</script> <a href='javascript:x'>ici</a> https://a.fr/\"onclick=x")
    lue = page(connecter, college)
    assert "<script>alert" not in lue
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in lue
    assert "&lt;b&gt;Titre" in lue
    assert 'href="https://a.fr/"' in lue
    assert "href='javascript" not in lue


def test_un_lien_ne_dit_rien_de_la_page_d_ou_il_part(connecter, college, annoncer):
    annoncer(texte="Voir https://www.onisep.fr")
    assert '<a href="https://www.onisep.fr" rel="noopener noreferrer nofollow">' in page(connecter, college)


# À qui ---------------------------------------------------------------------------------------------------------


def test_une_annonce_ordinaire_se_lit_en_bas_d_a_faire(connecter, college, annoncer):
    annoncer()
    lue = page(connecter, college)
    assert 'class="fr-notice' not in lue
    assert lue.index("fr-callout__title") > lue.index("<h1")


def test_une_importante_est_sous_la_navigation_de_chaque_page_du_public(connecter, college, annoncer):
    annoncer("Serveur arrêté ce soir", importante=True, publics=["origine"])
    client = connecter(college.personne)
    for adresse in (a_faire(college), reverse("pilotage:eleves", args=[college.etablissement.segment])):
        lue = client.get(adresse).content.decode()
        assert "Serveur arrêté ce soir" in lue[: lue.index("<h1")]
        assert lue.count("Serveur arrêté ce soir") == 1
        assert 'href="#annonce"' in lue
    accueil = RattachementFactory(a_l_accueil=True)
    assert "Serveur arrêté" not in page(connecter, accueil)
    assert "Serveur arrêté" not in client.get(reverse("referentiel:catalogue")).content.decode()


def test_les_pages_publiques_ont_les_leurs(client, annoncer):
    annoncer("Pour les familles", importante=True, publics=["publique"])
    for nom in ("pilotage:accueil", "referentiel:catalogue", "referentiel:calendrier", "pilotage:aide"):
        assert "Pour les familles" in client.get(reverse(nom)).content.decode(), nom


def test_une_annonce_d_un_departement_ne_va_pas_ailleurs(connecter, annoncer):
    annoncer("Seine-et-Marne seulement", departements=["077"])
    ici, la = RattachementFactory(etablissement__departement="077"), RattachementFactory()
    assert "Seine-et-Marne seulement" in page(connecter, ici)
    assert "Seine-et-Marne seulement" not in page(connecter, la)


@pytest.mark.parametrize(("du", "au"), [(1, 2), (-2, -1)])
def test_hors_de_ses_dates_une_annonce_ne_se_lit_pas(connecter, college, annoncer, du, au):
    maintenant = timezone.now()
    annoncer(du=maintenant + timedelta(days=du), au=maintenant + timedelta(days=au), importante=True)
    assert "Fermeture du gymnase" not in page(connecter, college)


def _cherchees(public, lieu):
    """Par la base, d'une requête : adressées à ce public, et à ce lieu s'il est connu."""
    adressees = Annonce.objects.filter(Q(publics=[]) | Q(publics__contains=[public]))
    chez_lui = Q(departements__contains=[lieu]) if lieu else Q()
    return adressees.filter(Q(departements=[]) | chez_lui)


@pytest.mark.parametrize("publics", [[], ["origine"], ["accueil", "publique"], ["academie"]])
@pytest.mark.parametrize("departements", [[], ["077"], ["093", "094"]])
@pytest.mark.parametrize("lieu", ["", "077", "094"])
def test_lue_avec_la_campagne_ou_cherchee_seule_c_est_la_meme_reponse(campagne, annoncer, publics, departements, lieu):
    annoncer(publics=publics, departements=departements)
    maintenant = timezone.now()
    lue = Campagne.objects.avec_annonces(maintenant).get(pk=campagne.pk)
    for public in Annonce.Public.values:
        seules = _cherchees(public, lieu)
        assert [a.titre for a in annonces_pour(lue, public, lieu)] == [a.titre for a in seules]


def test_les_annonces_ne_coutent_aucune_requete(connecter, college, annoncer, django_assert_num_queries):
    client, adresse = connecter(college.personne), a_faire(college)
    client.get(adresse)
    with CaptureQueriesContext(connection) as sans:
        client.get(adresse)
    for rang in range(5):
        annoncer(f"Annonce {rang}", importante=rang == 0)
    with django_assert_num_queries(len(sans)):
        client.get(adresse)


# L'administration ------------------------------------------------------------------------------------------------


def test_la_liste_dit_l_etat_et_le_filtre(saio, annoncer):
    maintenant = timezone.now()
    annoncer("Passée", du=maintenant - timedelta(days=3), au=maintenant - timedelta(days=2))
    annoncer("Présente")
    annoncer("Future", du=maintenant + timedelta(days=2), au=maintenant + timedelta(days=3))
    liste = reverse("admin:referentiel_annonce_changelist")
    entiere = saio.get(liste).content.decode()
    for etat in ("Programmée", "En ligne", "Terminée"):
        assert f">{etat}</span>" in entiere
    filtree = saio.get(liste, {"etat": "programmee"}).content.decode()
    assert "Future" in filtree
    assert "Présente" not in filtree


def test_l_apercu_montre_le_vrai_composant_et_n_enregistre_rien(saio):
    adresse = reverse("admin:referentiel_annonce_apercu")
    saisie = {
        "titre": "Maintenance",
        "texte": "Ce soir.\n\nVoir https://a.fr",
        "importante": "on",
        "departements": ["094"],
    }
    lue = saio.post(adresse, saisie).content.decode()
    assert 'class="fr-notice fr-notice--info"' in lue
    assert 'href="https://a.fr"' in lue
    assert "Val-de-Marne" in lue
    assert "fr-callout__title" in saio.post(adresse, saisie | {"importante": ""}).content.decode()
    assert not Annonce.objects.exists()


def test_un_apercu_sans_texte_dit_ce_qui_manque(saio):
    lue = saio.post(reverse("admin:referentiel_annonce_apercu"), {"titre": "Maintenance"})
    assert lue.status_code == 200
    assert "fr-notice" not in lue.content.decode()


def test_qui_n_administre_pas_n_a_pas_d_apercu(connecter, college):
    reponse = connecter(college.personne).post(
        reverse("admin:referentiel_annonce_apercu"), {"titre": "x", "texte": "y"}
    )
    assert reponse.status_code in {302, 403}


def test_un_departement_d_une_autre_academie_est_refuse(saio, campagne):
    maintenant = timezone.localtime()
    saisie = {
        "campagne": campagne.pk,
        "titre": "Ailleurs",
        "texte": "…",
        "departements": ["075"],
        "du_0": f"{maintenant:%d/%m/%Y}",
        "du_1": "00:00",
        "au_0": f"{maintenant + timedelta(days=2):%d/%m/%Y}",
        "au_1": "00:00",
    }
    assert saio.post(reverse("admin:referentiel_annonce_add"), saisie).status_code == 200
    assert not Annonce.objects.exists()
    reponse = saio.post(reverse("admin:referentiel_annonce_add"), saisie | {"departements": ["094"]}, follow=True)
    assert "annonce publiée jusqu’au" in reponse.content.decode()
    assert Annonce.objects.get().departements == ["094"]
