"""Des fichiers piégés aux imports du SAIO : une phrase, peu de calcul, rien d'écrit (R41, T14, T17)."""

import io
import re
import resource
import time
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from comptes.models import Trace
from referentiel.models import Importation
from referentiel.tableurs.lecture import ABIME, DEMESURE, FORMAT, MOT_DE_PASSE
from tests.factories.administration import un_saio
from tests.factories.referentiel import CampagneFactory
from tests.referentiel.test_tableurs import a_cellule_lointaine, autre_zip, bombe, chiffrer

pytestmark = pytest.mark.django_db
SECONDES_DE_CALCUL = 5
# Selon ce que le moteur atteint d'abord : sa limite de taille, ou sa limite de temps ou de mémoire.
TROP_GRAND = f"{re.escape(DEMESURE)}|{re.escape(ABIME)}"
PAGES = ("etablissements", "catalogue")


def zip_dans_un_zip() -> bytes:
    """Dix zips l'un dans l'autre, le dernier plein de blancs."""
    contenu = b" " * 10_000_000
    for rang in range(10):
        contenu = autre_zip(f"{rang}.zip", contenu)
    return contenu


def chemin_qui_sort() -> bytes:
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("../../../etc/cron.d/x", "* * * * * root true")
    return sortie.getvalue()


HOSTILES = {
    "315 Mo dépliés": (bombe, TROP_GRAND),
    "une case au bout du monde": (a_cellule_lointaine, TROP_GRAND),
    "un zip dans un zip": (zip_dans_un_zip, re.escape(FORMAT)),
    "un chemin qui sort": (chemin_qui_sort, re.escape(ABIME)),
    "un zip chiffré": (lambda: chiffrer(autre_zip()), re.escape(MOT_DE_PASSE)),
    "un classeur tronqué": (lambda: a_cellule_lointaine()[:800], re.escape(ABIME)),
    "du XML à entités": (
        lambda: b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        re.escape(FORMAT),
    ),
    "un nul": (lambda: b"UAI;Nom\n0940000P;A\x00B\n", re.escape(FORMAT)),
}


@pytest.fixture
def client(connecter):
    CampagneFactory()
    return connecter(un_saio())


def deposer(client, page: str, contenu: bytes, nom: str = "liste.xlsx"):
    adresse = reverse(f"referentiel:importer_{page}")
    champ = client.get(adresse).context["form"]
    envoi = {"fichier": SimpleUploadedFile(nom, contenu)}
    if "campagne" in champ.fields:
        envoi["campagne"] = champ.fields["campagne"].queryset.get().pk
    return client.post(adresse, envoi)


def secondes_de_calcul() -> float:
    """Temps de processeur de ce processus et de ceux qu'il a attendus : la charge du poste n'y entre pas."""
    enfants = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + enfants.ru_utime + enfants.ru_stime


@pytest.mark.parametrize("cas", HOSTILES)
def test_un_fichier_piege_recoit_une_phrase_et_rien_n_est_ecrit(client, cas):
    fabriquer, phrase = HOSTILES[cas]
    contenu, traces = fabriquer(), Trace.objects.count()
    for page in PAGES:
        depart = secondes_de_calcul()
        reponse = deposer(client, page, contenu)
        assert secondes_de_calcul() - depart < SECONDES_DE_CALCUL
        assert reponse.status_code == 200
        assert re.fullmatch(phrase, *reponse.context["form"].errors["fichier"])
    assert not Importation.objects.exists()
    assert Trace.objects.count() == traces


@pytest.mark.parametrize(
    "nom",
    ["é" * 300 + ".csv", "../../etc/passwd.csv", '"><svg onload=x>.csv', "a\r\nSet-Cookie: x=1.csv", "\u202egpj.csv"],
    ids=["long", "chemin", "balise", "en-tête", "retourné"],
)
@pytest.mark.parametrize("page", PAGES)
def test_un_nom_de_fichier_hostile_reste_un_nom(client, page, nom):
    entete = b"UAI;Nom;Type;Commune\n0770934X;Lyc\xc3\xa9e;LP;Melun\n"
    contenu = entete if page == "etablissements" else b"Domaine;Type;Formation\nBois;CAP;Menuisier\n"
    reponse = deposer(client, page, contenu, nom)
    assert reponse.status_code == 302
    garde = Importation.objects.get().nom_du_fichier
    assert len(garde) <= 120
    assert not {"/", "\r", "\n"} & set(garde)
    assert "<svg onload" not in client.get(reponse.url).content.decode()


@pytest.mark.parametrize("adresse", ["a@b.example, x@ailleurs.example", "a@b.example\u2028x@ailleurs.example"])
def test_deux_adresses_dans_une_case_sont_une_erreur_de_la_ligne(client, adresse):
    """T14 : une case ne donne qu'un destinataire ; rien ne s'applique tant qu'elle en porte deux."""
    for page, contenu in (
        ("etablissements", f'UAI;Nom;Type;Commune;Messagerie\n0770934X;Lycée;LP;Melun;"{adresse}"\n'),
        ("catalogue", f'Domaine;Type;Formation;UAI;Courriel\nBois;CAP;Menuisier;0770934X;"{adresse}"\n'),
    ):
        texte = client.get(deposer(client, page, contenu.encode(), "liste.csv").url).content.decode()
        assert "Ligne 2" in texte
        assert 'name="empreinte"' not in texte


@pytest.mark.parametrize(("colonne", "maximum"), [("La formation", 2000), ("Les métiers", 1000)])
def test_un_texte_trop_long_du_catalogue_est_une_erreur_de_la_ligne(client, colonne, maximum):
    """Un import ne passe par aucun formulaire : la longueur s'y vérifie aussi, avant que la base ne refuse."""
    contenu = f"Domaine;Type;Formation;{colonne}\nBois;CAP;Menuisier;{'x' * (maximum + 1)}\n"
    texte = client.get(deposer(client, "catalogue", contenu.encode(), "liste.csv").url).content.decode()
    assert f"plus {maximum}\xa0caractères" in texte or f"{maximum} caractères" in texte
    assert 'name="empreinte"' not in texte
