"""La production : des réglages sûrs ou rien, des bibliothèques verrouillées, aucun secret ni compte livré (T22)."""

import math
import os
import re
import runpy
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from comptes.models import Personne
from passpro.demonstration.comptes import MOT_DE_PASSE

RACINE = Path(__file__).resolve().parents[2]
REGLAGES = RACINE / "passpro" / "settings.py"
ALEA = "Zq7-nV2_kT9wXc4RbY8sLm3JhG6fDp5AeU1oQiNtBvMyKzHj0W"
SURE = {
    "PASSPRO_MODE": "production",
    "SECRET_KEY": ALEA,
    "ALLOWED_HOSTS": "passpro.example",
    "ADRESSE_PUBLIQUE": "https://passpro.example",
    "DATABASE_URL": "postgres://passpro@base.example/passpro",
    "CELERY_BROKER_URL": "redis://courtier.example/0",
    "EMAIL_URL": "smtp://relais.example",
    "EXPEDITEUR": "Passpro <ne-pas-repondre@passpro.example>",
    "DOSSIER_DES_FICHIERS": "/srv/passpro/fichiers",
}
REFUSEES = {
    "un secret court": {"SECRET_KEY": "court"},
    "un secret répété": {"SECRET_KEY": "ab" * 40},
    "le secret de Django à remplacer": {"SECRET_KEY": f"django-insecure-{ALEA}"},
    "un ancien secret faible": {"SECRET_KEY_FALLBACKS": "ancien"},
    "tous les domaines": {"ALLOWED_HOSTS": "passpro.example,*"},
    "un domaine vide": {"ALLOWED_HOSTS": "."},
    "une adresse sans chiffrement": {"ADRESSE_PUBLIQUE": "http://passpro.example"},
    "l’adresse d’un autre site": {"ADRESSE_PUBLIQUE": "https://ailleurs.example"},
    "une autre base": {"DATABASE_URL": "sqlite:///passpro.db"},
    "un courtier en mémoire": {"CELERY_BROKER_URL": "memory://"},
    "des courriels sans relais": {"EMAIL_URL": "consolemail://"},
    "deux expéditeurs": {"EXPEDITEUR": "a@passpro.example, b@ailleurs.example"},
    "un expéditeur sans adresse": {"EXPEDITEUR": "Passpro"},
    "des mesures au jeton faible": {"MESURES_JETON": "court", "DOSSIER_DES_MESURES": "/srv/mesures"},
    "des mesures ouvertes à tous": {"MESURES_RESEAUX": "0.0.0.0/0", "DOSSIER_DES_MESURES": "/srv/mesures"},
    "des mesures pour une machine sans nom": {"MESURES_RESEAUX": "sonde", "DOSSIER_DES_MESURES": "/srv/mesures"},
    "des mesures pour tout ce que montre un mandataire": {
        "MESURES_RESEAUX": "10.0.0.0/24",
        "DOSSIER_DES_MESURES": "/srv/mesures",
        "DERRIERE_UN_MANDATAIRE": "1",
    },
    "des mesures d’un seul processus": {"MESURES_JETON": ALEA},
    "un rangement déclaré à moitié": {"RANGEMENT_S3_CLE": "", "RANGEMENT_S3_SEAU": "passpro"},
    "un mode inconnu": {"PASSPRO_MODE": "dev"},
}
# Ce que la page « Mentions légales » doit nommer : son absence est un avertissement, pas un refus.
NOMMEE = {
    "MENTIONS_EDITEUR": "Éditeur",
    "MENTIONS_DIRECTION": "Direction",
    "MENTIONS_HEBERGEUR": "Hébergeur",
    "DELEGUES_A_LA_PROTECTION_DES_DONNEES": "creteil=dpd@passpro.example",
}
DES_TESTS = ("DJANGO_SETTINGS_MODULE", "DJANGO_ALLOW_ASYNC_UNSAFE")
NECESSAIRES = [nom for nom in SURE if nom != "PASSPRO_MODE"]


def lire_les_reglages(monkeypatch, variables: dict[str, str]) -> dict:
    """Les réglages, lus dans un environnement qui ne porte que ces variables."""
    for nom in [*SURE, *{nom for cas in REFUSEES.values() for nom in cas}]:
        monkeypatch.delenv(nom, raising=False)
    for nom, valeur in variables.items():
        monkeypatch.setenv(nom, valeur)
    return runpy.run_path(str(REGLAGES))


def test_des_reglages_surs_sont_acceptes(monkeypatch):
    lus = lire_les_reglages(monkeypatch, SURE)
    assert lus["DEBUG"] is False
    assert lus["COMPTES_DE_DEMONSTRATION"] == ()
    assert lus["BOITE_DE_DEMONSTRATION"] == ""
    assert lus["SESSION_COOKIE_SECURE"]
    assert lus["SESSION_COOKIE_NAME"].startswith("__Host-")


@pytest.mark.parametrize("cas", REFUSEES)
def test_un_reglage_peu_sur_arrete_la_production(monkeypatch, cas):
    with pytest.raises(ImproperlyConfigured, match=next(iter(REFUSEES[cas])).removesuffix("_FALLBACKS")):
        lire_les_reglages(monkeypatch, SURE | REFUSEES[cas])


@pytest.mark.parametrize("nom", NECESSAIRES)
def test_rien_ne_remplace_un_reglage_qui_manque(monkeypatch, nom):
    with pytest.raises(ImproperlyConfigured, match=nom):
        lire_les_reglages(monkeypatch, {autre: valeur for autre, valeur in SURE.items() if autre != nom})


def test_les_controles_de_deploiement_de_django_n_ont_rien_a_dire():
    environnement = {nom: valeur for nom, valeur in os.environ.items() if nom not in {*SURE, *DES_TESTS}}
    controle = subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=RACINE,
        env=environnement | SURE | NOMMEE | {"DOSSIER_DES_FICHIERS": "/tmp"},  # noqa: S108 - un dossier qui existe partout
        capture_output=True,
        text=True,
        check=False,
    )
    assert controle.returncode == 0, controle.stderr


@pytest.mark.parametrize("verrou", sorted((RACINE / "requirements").glob("*.txt")), ids=lambda fichier: fichier.stem)
def test_chaque_bibliotheque_est_verrouillee_par_empreinte(verrou):
    """Une version exacte, et au moins une empreinte : rien d'autre ne s'installe."""
    entrees = re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n?", "", verrou.read_text()).strip())
    assert len(entrees) > 20
    sans_verrou = [
        entree.splitlines()[0]
        for entree in entrees
        if not re.match(r"[A-Za-z0-9._\[\],-]+==[^\s;]+", entree) or "--hash=sha256:" not in entree
    ]
    assert sans_verrou == []


# Aucun secret dans le dépôt ---------------------------------------------------------------------------------------

# Une adresse de service avec son mot de passe, sauf celles des exemples.
ADRESSE_AVEC_SECRET = (
    r"://[^/\s:@{}$<>]+:[^/\s:@{}$<>]+@(?![^/\s]*(example|127\.0\.0\.1|localhost|serveur|relais|base))"
)
CLES = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{30,}\b"
    rf"|\bxox[baprs]-[A-Za-z0-9-]{{10,}}|\bglpat-[A-Za-z0-9_-]{{20}}\b|{ADRESSE_AVEC_SECRET}"
)
MOT = re.compile(r"[\"'=:\s]([A-Za-z0-9+/_-]{32,}={0,2})(?=[\"'\s,;]|$)", re.M)
BITS_PAR_SIGNE = 4.4
# Le début, en base64, d'une image.
IMAGE_PNG = "iVBORw0KGgo"
VERROUS = re.compile(r"^requirements/.*\.txt$")


def fichiers_suivis() -> list[Path]:
    suivis = subprocess.run(["git", "ls-files", "-z"], cwd=RACINE, capture_output=True, text=True, check=True)
    return [RACINE / nom for nom in suivis.stdout.split("\0") if nom and not VERROUS.match(nom)]


def bits_par_signe(mot: str) -> float:
    return -sum(n / len(mot) * math.log2(n / len(mot)) for n in Counter(mot).values())


def ressemble_a_un_secret(mot: str) -> bool:
    """Des majuscules, des minuscules et des chiffres mêlés sans ordre ; un nom ou un chemin se répète davantage."""
    sortes = all(re.search(sorte, mot) for sorte in ("[A-Z]", "[a-z]", "[0-9]"))
    return sortes and not mot.startswith(IMAGE_PNG) and bits_par_signe(mot) > BITS_PAR_SIGNE


def test_le_releve_des_secrets_les_voit():
    assert ressemble_a_un_secret(ALEA)
    assert CLES.search("-----BEGIN " + "RSA PRIVATE KEY-----")
    assert CLES.search("postgres://passpro:" + "motdepasse@10.0.0.3/passpro")
    assert not ressemble_a_un_secret("test_une_page_qui_ne_recoit_que_des_envois_refuse_une_lecture_2027")


def test_aucun_secret_n_est_dans_le_depot():
    trouves = []
    for fichier in fichiers_suivis():
        try:
            texte = fichier.read_text()
        except UnicodeDecodeError:
            continue
        nom = fichier.relative_to(RACINE)
        trouves += [f"{nom} : {cle[0]}" for cle in CLES.finditer(texte)]
        trouves += [f"{nom} : {mot[1]}" for mot in MOT.finditer(texte) if ressemble_a_un_secret(mot[1])]
    assert [trouve for trouve in trouves if ALEA not in trouve] == []


@pytest.mark.django_db
def test_une_base_neuve_n_a_aucun_compte(settings):
    """Aucune migration n'en crée ; le mot de passe de la démonstration ne s'affiche que là."""
    assert not Personne.objects.exists()
    with pytest.raises(CommandError):
        call_command("comptes_de_demonstration")
    assert not settings.COMPTES_DE_DEMONSTRATION
    hors_de_la_demonstration = [
        str(fichier.relative_to(RACINE))
        for fichier in (
            RACINE / nom for nom in ("avis", "candidatures", "comptes", "courriers", "entretiens", "pilotage")
        )
        for fichier in fichier.rglob("*.py")
        if MOT_DE_PASSE in fichier.read_text()
    ]
    assert hors_de_la_demonstration == []
