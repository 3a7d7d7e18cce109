"""Les pages d'import et d'export du référentiel (écran S6, R37, R41)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from referentiel.models import Formation, Importation, Offre
from referentiel.tableurs.lecture import FORMAT, lire
from tests.factories.administration import un_saio
from tests.factories.importations import ImportationFactory
from tests.factories.referentiel import (
    AcademieFactory,
    CampagneFactory,
    DomaineFactory,
    EtablissementFactory,
    FormationFactory,
    OffreFactory,
    RattachementFactory,
)

pytestmark = pytest.mark.django_db
CATALOGUE = "Domaine;Type;Formation;Mots-clés\nHôtellerie-restauration;CAP;Cuisine;toque\nNeuf;CAP;Essai;\n"


@pytest.fixture
def saio():
    return RattachementFactory(saio=True).personne


@pytest.fixture
def campagne():
    campagne = CampagneFactory()
    domaine = DomaineFactory(campagne=campagne, nom="Hôtellerie-restauration")
    FormationFactory(domaine=domaine, libelle="Cuisine")
    FormationFactory(domaine=domaine, libelle="Service")
    return campagne


def fichier(texte, nom="offres.csv"):
    return SimpleUploadedFile(nom, texte if isinstance(texte, bytes) else texte.encode())


def envoyer(client, campagne, **champs):
    return client.post(reverse("referentiel:importer_catalogue"), {"campagne": campagne.pk, **champs})


def test_du_fichier_au_rapport_sans_javascript(connecter, saio, campagne):
    client = connecter(saio)
    reponse = envoyer(client, campagne, fichier=fichier(CATALOGUE))
    importation = Importation.objects.get()
    comparaison = reverse("referentiel:comparer_catalogue", args=[importation.code])
    assert reponse.url == comparaison
    page = client.get(comparaison).content.decode()
    for attendu in (
        "Appliquer les changements cochés",
        '<span class="fr-sr-only">avant\u00a0: </span>',
        "<ins>toque</ins>",
        "CAP Essai",
        "CAP Service",
        "Appliquer les retraits (1)",
    ):
        assert attendu in page
    reponse = client.post(
        comparaison,
        {"empreinte": page.split('name="empreinte" value="')[1].split('"')[0], "groupe": ["ajouts", "modifications"]},
    )
    rapport = reverse("referentiel:rapport_catalogue", args=[importation.code])
    assert reponse.url == rapport
    page = client.get(rapport).content.decode()
    assert "3 changements appliqués." in page
    assert "1 changement écarté" in page
    assert Formation.objects.filter(libelle="Service").exists()
    sauvegarde = client.get(reverse("referentiel:sauvegarde_catalogue", args=[importation.code]))
    assert len(lire(sauvegarde.content).lignes) == 2
    assert client.get(comparaison).url == rapport


def test_un_tableau_colle_se_compare_aussi(connecter, saio, campagne):
    client = connecter(saio)
    envoyer(client, campagne, colle=CATALOGUE.replace(";", "\t"))
    assert Importation.objects.get().nom_du_fichier == "Tableau collé"


def test_aucune_difference_se_dit(connecter, saio, campagne):
    client = connecter(saio)
    export = client.get(reverse("referentiel:exporter_catalogue"), {"campagne": campagne.pk})
    assert export["Content-Disposition"] == 'attachment; filename="catalogue-creteil-2027.xlsx"'
    reponse = envoyer(client, campagne, fichier=fichier(export.content, "catalogue.xlsx"))
    page = client.get(reponse.url).content.decode()
    assert "Aucune différence avec le catalogue actuel." in page
    assert "Appliquer " not in page


def test_l_export_csv_a_les_memes_lignes(connecter, saio, campagne):
    client = connecter(saio)
    adresse = reverse("referentiel:exporter_catalogue")
    assert lire(client.get(adresse).content) == lire(client.get(adresse, {"format": "csv"}).content)


def test_les_erreurs_se_montrent_et_rien_ne_s_applique(connecter, saio, campagne):
    client = connecter(saio)
    reponse = envoyer(client, campagne, fichier=fichier("Domaine;Type;Formation\nHotelerie;CAP;Cuisine\n"))
    page = client.get(reponse.url).content.decode()
    assert "Ligne 2\u00a0: domaine «\u00a0Hotelerie\u00a0» inconnu. Vouliez-vous dire «\u00a0Hôtellerie-" in page
    assert 'name="empreinte"' not in page
    page = client.post(reponse.url, {"groupe": ["ajouts"]}).content.decode()
    assert "Rien n’est appliqué tant qu’il reste des erreurs." in page


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({}, "Choisissez un fichier, ou collez un tableau."),
        ({"fichier": b""}, "Le fichier ne contient aucune ligne."),
        ({"fichier": b"%PDF-1.7"}, FORMAT),
        ({"fichier": b"a;" * 2_600_000}, "Le fichier dépasse 5\u00a0Mo."),
        ({"fichier": b"Nom;Classe\nDiallo;3A\n"}, "Il manque les colonnes"),
        ({"colle": "Nom\n"}, "Le texte collé est vide."),
    ],
)
def test_un_mauvais_fichier_se_refuse_d_une_phrase_et_rien_n_est_garde(connecter, saio, campagne, champs, phrase):
    envoi = {nom: fichier(valeur) if nom == "fichier" else valeur for nom, valeur in champs.items()}
    reponse = envoyer(connecter(saio), campagne, **envoi)
    assert reponse.status_code == 200
    assert phrase in reponse.content.decode()
    assert not Importation.objects.exists()


def test_ce_qui_est_colle_est_rendu_avec_l_erreur(connecter, saio, campagne):
    page = envoyer(connecter(saio), campagne, colle="Nom;Classe\nDiallo;3A\n").content.decode()
    assert "Diallo;3A" in page


def test_les_changements_survenus_depuis_se_disent(connecter, saio, campagne):
    client = connecter(saio)
    reponse = envoyer(client, campagne, fichier=fichier(CATALOGUE))
    page = client.post(reponse.url, {"empreinte": "autre", "groupe": ["ajouts"]}).content.decode()
    assert "Les données ont changé depuis cette comparaison." in page
    assert Importation.objects.get().etat == Importation.Etat.VERIFICATION


def test_abandonner_efface_les_lignes(connecter, saio, campagne):
    client = connecter(saio)
    envoyer(client, campagne, fichier=fichier(CATALOGUE))
    importation = Importation.objects.get()
    reponse = client.post(reverse("referentiel:abandonner_catalogue", args=[importation.code]), follow=True)
    assert "Import abandonné." in reponse.content.decode()
    importation.refresh_from_db()
    assert importation.lignes == []


def test_l_import_d_une_autre_academie_n_existe_pas(connecter, saio, campagne):
    paris = AcademieFactory(code="paris", nom="Paris", departements=["075"])
    ailleurs = ImportationFactory(academie=paris, appliquee=True)
    client = connecter(saio)
    for nom in ("comparer_etablissements", "rapport_etablissements"):
        assert client.get(reverse(f"referentiel:{nom}", args=[ailleurs.code])).status_code == 404
    campagne_de_paris = CampagneFactory(academie=paris)
    assert envoyer(client, campagne_de_paris, fichier=fichier(CATALOGUE)).status_code == 200
    export = client.get(reverse("referentiel:exporter_catalogue"), {"campagne": campagne_de_paris.pk})
    assert export.status_code == 404
    assert not Importation.objects.filter(nature="catalogue").exists()


def test_l_observation_ne_voit_pas_le_lien(connecter, saio, campagne):
    observation = RattachementFactory(observation=True).personne
    adresse = reverse("referentiel:importer_catalogue")
    assert adresse in connecter(saio).get(reverse("pilotage:academie")).content.decode()
    assert adresse not in connecter(observation).get(reverse("pilotage:suivi")).content.decode()


def test_un_import_d_etablissements_se_compare_et_s_applique(connecter, saio, campagne):
    client = connecter(saio)
    texte = "UAI;Nom;Type;Commune\n0770934X;Lycée Léonard de Vinci;LPO;Melun\n"
    reponse = client.post(reverse("referentiel:importer_etablissements"), {"fichier": fichier(texte)})
    page = client.get(reponse.url).content.decode()
    assert "Lycée Léonard de Vinci, Melun (0770934X)" in page
    empreinte = page.split('name="empreinte" value="')[1].split('"')[0]
    page = client.post(reponse.url, {"empreinte": empreinte, "groupe": ["ajouts"]}, follow=True).content.decode()
    assert "1 changement appliqué." in page


@pytest.mark.parametrize("nombre", [1, 30])
def test_la_comparaison_coute_le_meme_nombre_de_requetes(connecter, saio, campagne, nombre):
    lycee = EtablissementFactory(lycee=True)
    for formation in Formation.objects.all():
        OffreFactory(formation=formation, etablissement=lycee)
    client = connecter(saio)
    lignes = "".join(f"Neuf;CAP;Essai {rang};{lycee.uai}\n" for rang in range(nombre))
    reponse = envoyer(client, campagne, fichier=fichier("Domaine;Type;Formation;UAI\n" + lignes))
    with CaptureQueriesContext(connection) as requetes:
        assert client.get(reponse.url).status_code == 200
    assert len(requetes) <= 14
    assert Offre.objects.count() == 2


def test_une_longue_comparaison_se_montre_par_soixante_puis_en_entier(connecter, saio, campagne):
    client = connecter(saio)
    lignes = "".join(f"Neuf;CAP;Essai n{rang}n\n" for rang in range(100))
    reponse = envoyer(client, campagne, fichier=fichier("Domaine;Type;Formation\n" + lignes))
    page = client.get(reponse.url).content.decode()
    assert "Tout afficher (101 ajouts)" in page
    assert "Essai n99n" not in page
    assert "Essai n99n" in client.get(reponse.url, {"tout": 1}).content.decode()


def test_l_administration_mene_aux_imports(campagne):
    client = Client()
    client.force_login(un_saio())
    listes = {
        "offre": "importer_catalogue",
        "domaine": "importer_catalogue",
        "formation": "importer_catalogue",
        "accueil": "importer_catalogue",
        "etablissement": "importer_etablissements",
    }
    for liste, page in listes.items():
        reponse = client.get(reverse(f"admin:referentiel_{liste}_changelist"))
        assert f'href="{reverse(f"referentiel:{page}")}"' in reponse.content.decode(), liste
