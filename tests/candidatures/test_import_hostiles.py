"""Des fichiers hostiles : une phrase chacun, 5 s de calcul au plus, une mémoire bornée, rien d'écrit (R41, T17)."""

import io
import os
import re
import resource
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from candidatures.models import Eleve
from comptes.models import Trace
from referentiel.models.travaux import Importation
from tests.candidatures.test_views_inscription import adresse
from tests.factories.imports import TITRES, eleve_xml, en_classeur, en_csv, en_zip, siecle_xml

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("en_mars")]
RACINE = Path(__file__).resolve().parents[2]
SECONDES = 5
OCTETS_DE_MEMOIRE = 300_000_000
ENTITES = (
    '<!DOCTYPE a [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{rang} "{f"&a{rang - 1};" * 10}">' for rang in range(1, 10))
    + "]>\n"
)
EXTERIEURE = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n'
UAI = "0940126B"


def bombe_zip() -> bytes:
    return en_zip(b"<BEE_ELEVES>" + b" " * 200_000_000)


def bombe_de_balises() -> bytes:
    return en_zip(b"<BEE_ELEVES>" + b"<a/>" * 8_000_000)


def classeur_bombe() -> bytes:
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", b" " * 200_000_000)
    return sortie.getvalue()


def lignes_sans_fin() -> bytes:
    return en_csv(["Nom", "Né le"], []) + b"A;B\r\n" * 800_000


HOSTILES = {
    "vide": (b"", "ne contient aucune ligne"),
    "titres seuls": (en_csv(TITRES, []), "ne contient aucune ligne"),
    "image": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "n’est pas un CSV"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "n’est pas un CSV"),
    "page web": (b"<html><body><table></table></body></html>", "n’est pas un export d’élèves"),
    "classeur tronqué": (en_classeur(TITRES, [["A"] * 5])[:900], "abîmé"),
    "zip tronqué": (en_zip(siecle_xml(UAI, [eleve_xml()]))[:200], "abîmé"),
    "zip sans xml": (en_zip(b"x", "photo.jpg"), "ne contient pas d’export XML"),
    "chemin qui sort": (en_zip(siecle_xml(UAI, [eleve_xml()]), "../../Eleves.xml"), "chemin suspect"),
    "chemin absolu": (en_zip(siecle_xml(UAI, [eleve_xml()]), "/etc/Eleves.xml"), "chemin suspect"),
    "bombe zip": (bombe_zip, "bien plus grand"),
    "bombe de balises": (bombe_de_balises, "bien plus grand"),
    "bombe xlsx": (classeur_bombe, "trop grand une fois ouvert|abîmé"),
    "lignes sans fin": (lignes_sans_fin, "plus de 20.000 lignes"),
    "trop lourd": (lambda: b"A;B\r\n" * 1_100_000, "dépasse 5\u00a0Mo"),
    "nul": (b"Nom;Pr\x00nom\r\nA;B\r\n", "n’est pas un CSV"),
    "xml tronqué": (siecle_xml(UAI, [eleve_xml()])[:-40], "abîmé ou incomplet"),
    "xml d’un mauvais encodage": (b'<?xml version="1.0" encoding="UTF-8"?><BEE_ELEVES>\xe9</BEE_ELEVES>', "abîmé"),
    "xml d’un encodage inconnu": (b'<?xml version="1.0" encoding="big5"?><BEE_ELEVES/>', "abîmé"),
    "xml avec un nul": (b"<BEE_ELEVES>\x00</BEE_ELEVES>", "abîmé"),
    "xml sans élève": (siecle_xml(UAI, []), "ne contient aucun élève"),
    "xml trop profond": (b"<BEE_ELEVES>" + b"<a>" * 1_000, "bien plus grand"),
    "export des responsables": (b"<BEE_RESPONSABLES></BEE_RESPONSABLES>", "celui des responsables"),
    "milliard de rires": (siecle_xml(UAI, [eleve_xml(1, PRENOM="&a9;")], tete=ENTITES), "déclarations que SIECLE"),
    "entité extérieure": (siecle_xml(UAI, [eleve_xml(1, PRENOM="&x;")], tete=EXTERIEURE), "déclarations que SIECLE"),
    "entités en UTF-16": (f"{ENTITES}<a/>".encode("utf-16"), "déclarations que SIECLE"),
    "zip chiffré": (lambda: zip_chiffre(), "protégé par un mot de passe"),
    "guillemet ouvert": (b'Nom;Prenom\r\n"A;B\r\nC;D\r\n', "guillemet"),
}


def zip_chiffre() -> bytes:
    contenu = bytearray(en_zip(siecle_xml(UAI, [eleve_xml()])))
    contenu[6] |= 1
    contenu[contenu.index(b"PK\x01\x02") + 8] |= 1
    return bytes(contenu)


def octets(cas: str) -> bytes:
    contenu = HOSTILES[cas][0]
    return contenu() if callable(contenu) else contenu


def secondes_de_calcul() -> float:
    """Temps de processeur de ce processus et de ceux qu'il a attendus : la charge du poste n'y entre pas."""
    temps = os.times()
    return temps.user + temps.system + temps.children_user + temps.children_system


@pytest.mark.parametrize("cas", HOSTILES)
def test_un_fichier_hostile_recoit_une_phrase_et_rien_n_est_ecrit(monde, connecter, cas):
    client, contenu = connecter(monde.chef), octets(cas)
    depart = secondes_de_calcul()
    reponse = client.post(
        adresse(monde, "import_fichier"), {"fichier": SimpleUploadedFile("eleves.xlsx", contenu), "cellules": ""}
    )
    duree = secondes_de_calcul() - depart
    assert reponse.status_code == 200
    [erreur] = reponse.context["form"].errors["fichier"]
    assert re.search(HOSTILES[cas][1], erreur)
    assert duree < SECONDES
    assert not any(modele.objects.exists() for modele in (Importation, Eleve, Trace))


@pytest.mark.parametrize("cas", ["bombe zip", "bombe de balises", "lignes sans fin"])
def test_un_fichier_hostile_se_lit_dans_une_memoire_bornee(tmp_path, cas):
    """Dans un processus à part dont la mémoire est plafonnée : la phrase sort, pas une panne."""
    chemin = tmp_path / "hostile"
    chemin.write_bytes(octets(cas))
    script = (
        "import sys, pathlib\n"
        "from candidatures.imports.siecle_xml import est_du_xml_ou_son_zip, lire_l_export\n"
        "from referentiel.tableurs.lecture import FichierRefuse, lire\n"
        "contenu = pathlib.Path(sys.argv[1]).read_bytes()\n"
        "try:\n"
        "    (lire_l_export if est_du_xml_ou_son_zip(contenu) else lire)(contenu)\n"
        "except FichierRefuse as refus:\n"
        "    print(refus)\n"
    )
    sortie = subprocess.run(
        [sys.executable, "-c", script, str(chemin)],
        cwd=RACINE,
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (OCTETS_DE_MEMOIRE, OCTETS_DE_MEMOIRE)),
    )
    assert re.search(HOSTILES[cas][1], sortie.stdout)


def test_une_formule_est_un_texte_comme_un_autre(monde, connecter):
    contenu = en_csv(TITRES, [["=1+1", "@SUM(A1)", "14/05/2012", "", "3B"]])
    client = connecter(monde.chef)
    client.post(adresse(monde, "import_fichier"), {"fichier": SimpleUploadedFile("x.csv", contenu), "cellules": ""})
    assert Importation.objects.get().lignes[0][1]["0"] == "=1+1"
