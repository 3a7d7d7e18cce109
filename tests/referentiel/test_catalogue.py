"""Chercher au catalogue, le lire de deux façons, l'emporter en tableur (R9, écran P2)."""

import io
from datetime import datetime
from urllib.parse import urlencode

import pytest
from django.core.cache import caches
from django.db import connection
from django.http import QueryDict
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from python_calamine import CalamineWorkbook

from referentiel.forms.catalogue import FiltreDuCatalogue
from referentiel.models import Campagne, Etablissement, Offre
from referentiel.rules.dates import PARIS
from referentiel.rules.recherche import mots_cherches
from referentiel.views.filtres_moules import rendre_les_filtres
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
CATALOGUE = "/formations/"


@pytest.fixture
def catalogue() -> Catalogue:
    return Catalogue()


@pytest.fixture
def en_mars(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: datetime(2027, 3, 15, 10, tzinfo=PARIS))


@pytest.fixture
def en_mai(monkeypatch):
    """Après la clôture des inscriptions."""
    monkeypatch.setattr(timezone, "now", lambda: datetime(2027, 5, 10, 10, tzinfo=PARIS))


def trouvees(**requete) -> list[tuple[str, str]]:
    lignes = Client().get(CATALOGUE, requete).context["lignes"]
    return [(ligne.formation.libelle, ligne.etablissement.commune) for ligne in lignes]


def message(**requete) -> str:
    return Client().get(CATALOGUE, requete).context["approches"].replace("\u00a0", " ")


class TestRecherche:
    def test_les_mots_se_lisent_sans_liaison_et_une_seule_fois(self):
        mots = mots_cherches("Métiers de l’Agriculture, métiers D’ART")
        assert [(mot.cle, mot.tape) for mot in mots] == [
            ("metiers", "métiers"),
            ("agriculture", "Agriculture"),
            ("art", "ART"),
        ]
        assert mots[0].racine == "metier"

    def test_une_longue_phrase_est_ramenee_a_huit_mots(self):
        assert len(mots_cherches(" ".join(f"mot{n}" for n in range(50)))) == 8

    def test_un_mot_cle_fait_trouver_la_formation(self, catalogue):
        assert {formation for formation, _ in trouvees(q="boulangers")} == {"Pâtissier"}

    @pytest.mark.parametrize("faute", ["patisier", "Pâtisier", "patissierr"])
    def test_une_petite_faute_est_pardonnee_et_se_dit(self, catalogue, faute):
        assert {formation for formation, _ in trouvees(q=faute)} == {"Pâtissier"}
        assert message(q=faute) == f"Aucun résultat exact pour « {faute} » : voici les plus proches."

    def test_un_mot_exact_n_amene_aucun_mot_proche(self, catalogue):
        FormationFactory(domaine=catalogue.cuisine, libelle="Pâtisserie fine")
        assert {formation for formation, _ in trouvees(q="patissier")} == {"Pâtissier"}
        assert message(q="patissier") == ""

    def test_un_mot_exact_et_un_mot_proche_se_croisent(self, catalogue):
        assert trouvees(q="pâtissier sevrn") == [("Pâtissier", "Sevran")]
        assert message(q="pâtissier sevrn") == "Aucun résultat exact pour « sevrn » : voici les plus proches."

    def test_un_mot_qui_ne_ressemble_a_rien_ne_trouve_rien_et_n_annonce_rien(self, catalogue):
        assert trouvees(q="astronaute") == []
        assert message(q="astronaute") == ""

    def test_un_mot_de_liaison_seul_ne_filtre_rien(self, catalogue):
        assert len(trouvees(q="de la")) == Offre.objects.count()

    def test_ce_qui_porte_le_mot_en_tete_vient_d_abord(self, catalogue):
        artisan = FormationFactory(domaine=catalogue.batiment, libelle="Zingueur", mots_cles="cuisines équipées")
        OffreFactory(formation=artisan, etablissement=catalogue.lycees["Melun"])
        loin = FormationFactory(domaine=catalogue.cuisine, libelle="Arts de la table")
        OffreFactory(formation=loin, etablissement=EtablissementFactory(lycee=True, nom="Lycée Précuisine"))
        assert [formation for formation, _ in trouvees(q="cuisine")] == ["Cuisine", "Zingueur", "Arts de la table"]

    def test_la_ville_cherchee_vient_d_abord_par_etablissement(self, catalogue):
        OffreFactory(
            formation=catalogue.macon, etablissement=EtablissementFactory(lycee=True, commune="Alfort", nom="LP Amelun")
        )
        villes = [ville for _, ville in trouvees(q="melun", par="etablissement")]
        assert villes == ["Melun", "Melun", "Alfort"]

    def test_le_mot_juste_l_est_dans_sa_campagne_seulement(self, catalogue):
        ailleurs = Catalogue(CampagneFactory(academie=une_autre_academie()))
        FormationFactory(domaine=ailleurs.cuisine, libelle="Patisier")
        OffreFactory(formation=FormationFactory(domaine=ailleurs.cuisine, libelle="Patisier d’ailleurs"))
        assert message(q="patisier", academie="creteil")
        assert not message(q="patisier", academie="paris")


class TestPresentations:
    def test_par_formation_chaque_formation_n_ouvre_qu_un_groupe(self, catalogue):
        groupes = Client().get(CATALOGUE).context["groupes"]
        assert [(groupe.titre, len(groupe.lignes)) for groupe in groupes] == [
            ("2de professionnelle Cuisine", 1),
            ("CAP Maçon", 1),
            ("CAP Métiers de la coiffure", 1),
            ("CAP Pâtissier", 3),
        ]

    def test_par_etablissement_aussi(self, catalogue):
        groupes = Client().get(CATALOGUE, {"par": "etablissement"}).context["groupes"]
        assert [(groupe.titre, len(groupe.lignes)) for groupe in groupes] == [
            ("Lycée de Créteil", 1),
            ("Lycée de Le Raincy", 1),
            ("Lycée de Melun", 2),
            ("Lycée de Sevran", 2),
        ]

    def test_le_filtre_d_etablissement_se_propose_et_se_retire(self, catalogue):
        sevran = catalogue.lycees["Sevran"]
        reponse = Client().get(CATALOGUE, {"etablissement": sevran.segment, "par": "etablissement"})
        assert [ligne.formation.libelle for ligne in reponse.context["lignes"]] == ["Cuisine", "Pâtissier"]
        assert reponse.context["actifs"] == [
            {"libelle": "Sevran – Lycée de Sevran", "url": "/formations/?par=etablissement"}
        ]

    def test_une_valeur_inconnue_n_efface_pas_les_bonnes(self, catalogue):
        assert {v for _, v in trouvees(departement=["077", "974"])} == {"Melun"}
        assert "fr-error-text" not in Client().get(CATALOGUE, {"ville": "x", "type": "y"}).content.decode()

    @pytest.mark.parametrize(
        "requete",
        [
            {},
            {"q": "cuisine"},
            {"q": "\"><script>alert('%s {}')</script>", "academie": "<b>"},
            {"departement": ["077", "093"], "ville": "melun", "par": "etablissement"},
            {"q": "  ", "type": "cap", "domaine": "inconnu"},
        ],
        ids=["sans filtre", "un texte", "hostile", "cases cochées", "blancs"],
    )
    def test_les_filtres_moules_sont_ceux_du_gabarit(self, catalogue, requete):
        filtre = FiltreDuCatalogue(
            QueryDict(urlencode(requete, doseq=True)),
            domaines=catalogue.campagne.domaines.all(),
            departements=["077", "093"],
            etablissements=Etablissement.objects.filter(offres__isnull=False).distinct(),
        )
        attendu = render_to_string("referentiel/_filtres.html", {"filtre": filtre, "nombre": 2})
        rendre_les_filtres(filtre, 1)
        assert rendre_les_filtres(filtre, 2) == rendre_les_filtres(filtre, 2) == attendu

    def test_l_impression_rappelle_les_filtres_en_une_phrase(self, catalogue):
        page = Client().get(CATALOGUE, {"domaine": "batiment", "ville": "le-raincy"}).content.decode()
        assert "Filtres : domaine Bâtiment ; ville Le Raincy." in page.replace("\u00a0", " ")

    def test_la_carte_dit_sa_legende_et_ne_parle_a_personne(self, catalogue):
        page = Client().get(CATALOGUE, {"q": "patissier"}).content.decode()
        assert "Répartition des 3 résultats par ville. La liste donne les mêmes informations." in page
        assert 'aria-hidden="true" focusable="false" data-carte' in page
        assert "style=" not in page

    def test_la_carte_se_passe_de_coordonnees(self):
        OffreFactory(formation=FormationFactory(domaine__campagne=CampagneFactory()))
        assert Client().get(CATALOGUE).context["carte"] is None


class TestTableurs:
    @pytest.mark.parametrize(
        "requete",
        [
            {},
            {"q": "patisier"},
            {"q": "patissiers melum", "departement": "077"},
            {"departement": "093", "par": "etablissement"},
            {"modalite": "collectif", "type": "cap"},
            {
                "modalite": ["individuel", "collectif"],
                "domaine": "hotellerie-restauration",
                "departement": ["093", "077"],
            },
            {"ville": "melun"},
            {"domaine": "batiment", "q": "inconnu"},
        ],
    )
    def test_les_tableurs_ont_les_lignes_de_la_page(self, catalogue, requete):
        attendues = [
            (ligne.formation.intitule, ligne.etablissement.uai, ligne.rencontre_libelle)
            for ligne in Client().get(CATALOGUE, requete).context["lignes"]
        ]
        assert lire_le_csv(requete) == attendues
        assert lire_le_xlsx(requete) == attendues

    def test_le_tableur_depasse_la_page(self, catalogue):
        for _ in range(70):
            OffreFactory(formation=catalogue.macon)
        assert len(Client().get(CATALOGUE).context["lignes"]) == 60
        assert len(lire_le_csv({})) == 76

    def test_une_presentation_qui_se_lirait_comme_une_formule_reste_un_texte(self, catalogue):
        assert "'=Portes ouvertes" in Client().get("/formations.csv").content.decode("utf-8-sig")

    def test_le_nom_dit_l_academie_et_l_annee(self, catalogue):
        reponse = Client().get("/formations.xlsx")
        assert reponse["Content-Disposition"] == 'attachment; filename="formations-creteil-2027.xlsx"'

    def test_aucune_personne_ne_sort(self, catalogue):
        assert "Martin" not in Client().get("/formations.csv").content.decode()

    def test_le_poids_annonce_est_proche_du_vrai(self, catalogue):
        for n in range(120):
            OffreFactory(
                formation=catalogue.macon,
                etablissement=EtablissementFactory(lycee=True, commune=f"Saint-Maur-des-Fossés {n}"),
            )
        for fichier in Client().get(CATALOGUE).context["fichiers"]:
            annonce = int(fichier["libelle"].split("environ ")[1].split("\u00a0")[0])
            vrai = len(Client().get(fichier["url"]).content) / 1024
            assert vrai * 0.6 <= annonce <= vrai * 1.6, fichier["libelle"]

    def test_sans_campagne_il_n_y_a_pas_de_tableur(self):
        assert Client().get("/formations.csv").status_code == 404


def lire_le_csv(requete) -> list[tuple[str, ...]]:
    texte = Client().get("/formations.csv", requete).content.decode("utf-8-sig")
    lignes = [ligne.split(";") for ligne in texte.splitlines()]
    return [(ligne[0], ligne[5], ligne[10]) for ligne in lignes[1:]]


def lire_le_xlsx(requete) -> list[tuple[str, ...]]:
    classeur = CalamineWorkbook.from_filelike(io.BytesIO(Client().get("/formations.xlsx", requete).content))
    return [(ligne[0], ligne[5], ligne[10]) for ligne in classeur.get_sheet_by_index(0).to_python()[1:]]


class TestInscription:
    def test_un_college_va_du_catalogue_a_ses_eleves(self, catalogue, connecter, en_mars):
        chef = RattachementFactory()
        page = connecter(chef.personne).get(CATALOGUE).content.decode()
        assert f"/origine/{chef.etablissement.segment}/eleves/" in page
        assert "Inscrire un élève" in page

    def test_ni_un_passant_ni_un_lycee_ne_le_voient(self, catalogue, connecter, en_mars):
        lycee = RattachementFactory(a_l_accueil=True)
        for client in (Client(), connecter(lycee.personne)):
            assert "Inscrire un élève" not in client.get(CATALOGUE).content.decode()

    def test_ni_personne_une_fois_les_inscriptions_closes(self, catalogue, connecter, en_mai):
        assert "Inscrire un élève" not in connecter(RattachementFactory().personne).get(CATALOGUE).content.decode()

    def test_ni_pour_une_autre_academie(self, catalogue, connecter, en_mars):
        Catalogue(CampagneFactory(academie=une_autre_academie()))
        client = connecter(RattachementFactory().personne)
        assert "Inscrire un élève" not in client.get(CATALOGUE, {"academie": "paris"}).content.decode()


class TestLiens:
    def test_l_academie_demandee_ne_se_perd_pas(self, catalogue):
        Catalogue(CampagneFactory(academie=une_autre_academie()))
        reponse = Client().get(CATALOGUE, {"academie": "paris", "q": "cuisine"})
        assert reponse.context["lignes"]
        adresses = [
            *(ligne.url for ligne in reponse.context["lignes"]),
            *(groupe.url for groupe in reponse.context["groupes"]),
            *(fichier["url"] for fichier in reponse.context["fichiers"]),
            *(vue["url"] for vue in reponse.context["vues"]),
            *(lien["url"] for lien in reponse.context["coquille"]["navigation"]),
            reponse.context["sans_filtre_url"],
        ]
        for adresse in adresses:
            assert "academie=paris" in adresse
            assert Client().get(adresse).status_code == 200

    def test_une_campagne_passee_garde_son_annee(self, catalogue):
        Catalogue(CampagneFactory(academie=catalogue.campagne.academie, annee=2020, etat=Campagne.Etat.CLOSE))
        reponse = Client().get("/archives/2020/formations/")
        page = reponse.content.decode()
        assert 'href="/formations/cap-patissier/' not in page
        for adresse in (reponse.context["lignes"][0].url, reponse.context["fichiers"][0]["url"]):
            assert adresse.startswith("/archives/2020/")
            assert Client().get(adresse).status_code == 200

    def test_qui_est_connecte_voit_le_catalogue_de_son_academie(self, catalogue, connecter):
        paris = une_autre_academie()
        Catalogue(CampagneFactory(academie=paris, intitule="Campagne de Paris"))
        chef = RattachementFactory(etablissement=EtablissementFactory(academie=paris))
        assert "Campagne de Paris" in connecter(chef.personne).get(CATALOGUE).content.decode()


@pytest.mark.parametrize("requete", [{}, {"q": "patisier sevran"}, {"par": "etablissement", "ville": "sevran"}])
def test_le_catalogue_coute_le_meme_prix_a_une_offre_qu_a_quatre_cents(catalogue, connecter, requete):
    client = connecter(RattachementFactory().personne)
    client.get(CATALOGUE, requete)
    peu = requetes_de(client, requete)
    lieux = [EtablissementFactory(lycee=True, latitude=48.6, longitude=2.7) for _ in range(20)]
    for _ in range(20):
        formation = FormationFactory(domaine=catalogue.cuisine)
        Offre.objects.bulk_create(Offre(formation=formation, etablissement=lieu) for lieu in lieux)
    assert requetes_de(client, requete) == peu <= 12


def requetes_de(client: Client, requete) -> int:
    caches["catalogue"].clear()
    with CaptureQueriesContext(connection) as releve:
        assert client.get(CATALOGUE, requete).status_code == 200
    return len(releve)


def test_un_etablissement_qui_n_a_plus_d_offre_ne_se_propose_plus(catalogue):
    seul = AccueilFactory(domaine=catalogue.cuisine).etablissement
    choix = Client().get(CATALOGUE).context["filtre"].fields["etablissement"].choices
    assert seul.segment not in dict(choix)
