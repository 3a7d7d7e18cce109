"""Formation, offre, domaine, établissement : les fiches publiques (R8, écrans P3, P4, P5)."""

from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone

from referentiel.models import AliasUai
from referentiel.rules.dates import PARIS
from referentiel.rules.preparation import QUESTIONS_DE_LA_LETTRE
from tests.factories.administration import une_autre_academie
from tests.factories.catalogue import Catalogue
from tests.factories.referentiel import (
    AccueilFactory,
    CampagneFactory,
    EtablissementFactory,
    FormationFactory,
    OffreFactory,
    RattachementFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def catalogue() -> Catalogue:
    return Catalogue()


@pytest.fixture
def en_mars(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: datetime(2027, 3, 15, 10, tzinfo=PARIS))


def lire(adresse: str, statut: int = 200, client: Client | None = None) -> str:
    reponse = (client or Client()).get(adresse)
    assert reponse.status_code == statut
    page = reponse.content.decode().replace("\u00a0", " ").replace("&nbsp;", " ")
    assert page.count("<h1") == 1
    assert "style=" not in page
    return page


def adresse_de_l_offre(formation, lycee) -> str:
    return f"/formations/{formation.slug}/{lycee.segment}/"


class TestFormation:
    def test_elle_dit_ce_que_le_saio_en_a_ecrit(self, catalogue):
        catalogue.patissier.presentation = "Deux ans après la 3e.\n\nUn goût pour <le> travail précis."
        catalogue.patissier.metiers = "Pâtissier, chocolatier."
        catalogue.patissier.onisep = "https://www.onisep.example/patissier"
        catalogue.patissier.save()
        page = lire("/formations/cap-patissier/")
        assert "<p>Deux ans après la 3e.</p>" in page
        assert "&lt;le&gt; travail précis" in page
        assert "Pâtissier, chocolatier." in page
        assert "Fiche ONISEP – nouvelle fenêtre" in page
        assert "pas encore renseignée" not in page

    def test_sans_texte_elle_renvoie_a_l_onisep(self, catalogue):
        assert "Consultez la fiche ONISEP." not in lire("/formations/cap-patissier/")
        catalogue.patissier.onisep = "https://www.onisep.example/patissier"
        catalogue.patissier.save()
        assert "La présentation de cette formation n’est pas encore renseignée. Consultez la fiche ONISEP." in lire(
            "/formations/cap-patissier/"
        )

    def test_elle_donne_les_douze_questions(self, catalogue):
        page = lire("/formations/cap-patissier/")
        questions = [question for _, siennes in QUESTIONS_DE_LA_LETTRE for question in siennes]
        assert len(questions) == 12
        assert all(question.replace("\u00a0", " ") in page for question in questions)

    @pytest.mark.parametrize(("lettre", "verbe"), [("facultative", "peut répondre"), ("obligatoire", "doit répondre")])
    def test_la_lettre_suit_la_regle_de_la_campagne(self, catalogue, lettre, verbe):
        catalogue.campagne.regles.lettre = lettre
        catalogue.campagne.regles.save()
        assert f"L’élève {verbe}" in lire("/formations/cap-patissier/")

    def test_sans_lettre_les_questions_restent_et_le_papier_disparait(self, catalogue):
        assert "/documents/lettre/" in lire("/formations/cap-patissier/")
        catalogue.campagne.regles.lettre = "sans_objet"
        catalogue.campagne.regles.save()
        page = lire("/formations/cap-patissier/")
        assert "/documents/lettre/" not in page
        assert "Les douze questions" in page

    def test_elle_dit_ou_passer_un_entretien_et_comment_y_aller(self, catalogue):
        page = lire("/formations/cap-patissier/")
        for ville, modalite in (
            ("Sevran", "Entretien individuel"),
            ("Melun", "Séance collective"),
            ("Créteil", "Individuel et collectif"),
        ):
            assert f"Lycée de {ville}" in page
            assert modalite in page
            assert f"Gare de {ville}." in page

    def test_l_offre_hors_passpro_est_a_part_avec_sa_presentation(self, catalogue):
        page = lire("/formations/cap-metiers-de-la-coiffure/")
        assert "Aucun établissement ne propose d’entretien pour cette formation cette année." in page
        assert "Portes ouvertes le 6 mars." in page
        assert "01 23 45 67 89" in page

    def test_un_college_y_inscrit_un_eleve_un_passant_non(self, catalogue, connecter, en_mars):
        client = connecter(RattachementFactory().personne)
        assert "Inscrire un élève à cette formation" in lire("/formations/cap-patissier/", client=client)
        assert "Inscrire un élève" not in lire("/formations/cap-metiers-de-la-coiffure/", client=client)
        assert "Inscrire un élève" not in lire("/formations/cap-patissier/")


class TestOffre:
    @pytest.mark.parametrize(
        ("ville", "phrases"),
        [
            ("Sevran", ["20 minutes environ avec des enseignants de la formation", "un compte-rendu et un avis"]),
            ("Melun", ["Elle ne donne lieu ni à un compte-rendu ni à un avis."]),
            ("Créteil", ["L’établissement choisit, pour chaque élève", "20 minutes environ", "ni à un compte-rendu"]),
        ],
    )
    def test_elle_explique_la_modalite(self, catalogue, ville, phrases):
        page = lire(adresse_de_l_offre(catalogue.patissier, catalogue.lycees[ville]))
        assert all(phrase in page for phrase in phrases)
        assert f"Gare de {ville}." in page

    def test_elle_montre_les_autres_formations_du_domaine(self, catalogue):
        page = lire(adresse_de_l_offre(catalogue.patissier, catalogue.lycees["Sevran"]))
        assert adresse_de_l_offre(catalogue.cuisinier, catalogue.lycees["Sevran"]) in page

    def test_hors_passpro_elle_dit_comment_se_presenter_et_n_inscrit_pas(self, catalogue, connecter, en_mars):
        client = connecter(RattachementFactory().personne)
        page = lire(adresse_de_l_offre(catalogue.coiffure, catalogue.lycees["Melun"]), client=client)
        assert "Contactez-le directement." in page
        assert "Portes ouvertes le 6 mars." in page
        assert "Inscrire un élève" not in page

    def test_un_etablissement_qui_ne_recoit_pas_renvoie_au_domaine(self, catalogue):
        page = lire(adresse_de_l_offre(catalogue.macon, catalogue.lycees["Le Raincy"]))
        assert "l’entretien se passe dans un autre établissement" in page
        assert 'href="/domaines/batiment/"' in page

    def test_elle_ne_montre_aucune_personne(self, catalogue):
        page = lire(adresse_de_l_offre(catalogue.patissier, catalogue.lycees["Sevran"]))
        assert "Martin" not in page
        assert catalogue.lycees["Sevran"].messagerie in page

    def test_le_contact_d_une_personne_n_y_parait_pas(self, catalogue):
        catalogue.cuisine.accueils.update(contact_courriel="ddfpt@lycee.example", contact_telephone="06 00 00 00 00")
        page = lire(adresse_de_l_offre(catalogue.patissier, catalogue.lycees["Sevran"]))
        assert "ddfpt@" not in page
        assert "06 00" not in page

    def test_une_offre_retiree_le_dit_et_renvoie_a_la_formation(self, catalogue):
        sevran = catalogue.lycees["Sevran"]
        catalogue.patissier.offres.filter(etablissement=sevran).delete()
        page = lire(adresse_de_l_offre(catalogue.patissier, sevran), 410)
        assert "Cette offre n’est plus proposée" in page
        assert 'href="/formations/cap-patissier/"' in page


class TestDomaine:
    def test_il_liste_ses_formations_et_ceux_qui_recoivent(self, catalogue):
        AccueilFactory(
            domaine=catalogue.cuisine, etablissement=EtablissementFactory(lycee=True, nom="Lycée sans offre")
        )
        page = lire("/domaines/hotellerie-restauration/")
        assert 'href="/formations/cap-patissier/"' in page
        assert "Lycée sans offre" in page
        assert "Lycée de Le Raincy" not in page

    def test_un_domaine_sans_accueil_le_dit(self, catalogue):
        assert "Aucun établissement ne propose d’entretien pour ce domaine cette année." in lire("/domaines/batiment/")


class TestEtablissement:
    def test_il_dit_ses_formations_par_domaine_et_ses_portes_ouvertes(self, catalogue):
        melun = catalogue.lycees["Melun"]
        melun.portes_ouvertes = "Samedi 6 mars, de 9 h à 12 h."
        melun.save()
        page = lire(f"/etablissements/{melun.segment}/")
        assert "Samedi 6 mars" in page
        assert page.index("Hôtellerie-restauration") < page.index("Métiers de la beauté")
        assert "CAP Métiers de la coiffure</a> (hors Passpro)" in page
        assert "Gare de Melun." in page

    def test_sans_offre_il_le_dit(self, catalogue):
        college = EtablissementFactory()
        page = lire(f"/etablissements/{college.segment}/")
        assert "Cet établissement ne propose pas d’entretien Passpro cette année." in page

    def test_un_alias_renvoie_au_lycee_et_garde_l_academie(self, catalogue):
        sevran = catalogue.lycees["Sevran"]
        AliasUai.objects.create(uai="0932119Y", etablissement=sevran, libelle="SEP")
        reponse = Client().get("/etablissements/0932119y/", {"academie": "creteil"})
        assert (reponse.status_code, reponse["Location"]) == (
            302,
            f"/etablissements/{sevran.segment}/?academie=creteil",
        )
        reponse = Client().get("/formations/cap-patissier/0932119Y/")
        assert reponse["Location"] == adresse_de_l_offre(catalogue.patissier, sevran)


class TestCloisons:
    @pytest.mark.parametrize(
        "motif", ["/formations/{f}/", "/domaines/{d}/", "/etablissements/{e}/", "/formations/{f}/{e}/"]
    )
    def test_rien_d_une_autre_campagne(self, catalogue, motif):
        paris = une_autre_academie()
        ailleurs = Catalogue(CampagneFactory(academie=paris))
        formation = FormationFactory(domaine=ailleurs.cuisine, libelle="Parfumeur")
        lieu = ailleurs.lycees["Sevran"]
        OffreFactory(formation=formation, etablissement=lieu)
        ailleurs.cuisine.slug = "grasse"
        ailleurs.cuisine.save()
        adresse = motif.format(f=formation.slug, d="grasse", e=lieu.segment)
        lire(f"{adresse}?academie=paris")
        assert Client().get(f"{adresse}?academie=creteil").status_code == 404

    @pytest.mark.parametrize(
        "adresse",
        ["/formations/x/", "/domaines/x/", "/etablissements/x/", "/formations/cap-patissier/x/", "/etablissements/²/"],
    )
    def test_ce_qui_n_existe_pas_est_introuvable(self, catalogue, adresse):
        assert Client().get(adresse).status_code == 404

    def test_sans_campagne_rien_n_existe(self):
        lieu = EtablissementFactory()
        assert Client().get(f"/etablissements/{lieu.segment}/").status_code == 404


@pytest.mark.parametrize("adresse", ["/formations/cap-patissier/", "/domaines/hotellerie-restauration/"])
def test_une_fiche_coute_le_meme_prix_a_trente_etablissements(catalogue, adresse, django_assert_max_num_queries):
    for _ in range(30):
        lieu = AccueilFactory(domaine=catalogue.cuisine).etablissement
        OffreFactory(formation=catalogue.patissier, etablissement=lieu)
    with django_assert_max_num_queries(6):
        Client().get(adresse)
