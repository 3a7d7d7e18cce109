"""Sauvegarder la base et les fichiers, et les rendre : tout est vérifié, rien n'est à moitié écrit (F10).

Une sauvegarde est un dossier : `base.dump` (format de pg_dump), `fichiers.tar`, et un manifeste qui en donne l'instant,
les empreintes et le nombre de lignes de chaque table, lus dans le même état de la base.
"""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile, mkdtemp
from typing import Any

import environ
import psycopg
from psycopg import sql

from outils.postgresql import programmes

BASE, FICHIERS, MANIFESTE = "base.dump", "fichiers.tar", "manifeste.json"
PREFIXE, EN_COURS = "passpro-", ".en-cours"
DEBALLES = ".restauration-"
UN_JOUR = 86_400
ATTENTE_D_UN_VERROU = "30s"
VALIDER = b"COMMIT;\n"
TABLES = """
    SELECT table_name FROM information_schema.tables
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY table_name
"""


class SauvegardeImpossible(Exception):
    """La sauvegarde n'a pas pu être faite ; il n'en reste rien, et le texte dit pourquoi."""


class RestaurationImpossible(Exception):
    """La sauvegarde n'a pas pu être rendue ; le texte dit pourquoi."""


@dataclass(frozen=True)
class Base:
    """Une base PostgreSQL, d'après son adresse ; le mot de passe ne passe jamais sur une ligne de commande."""

    hote: str
    port: str
    utilisateur: str
    mot_de_passe: str
    nom: str

    @classmethod
    def a_l_adresse(cls, adresse: str) -> "Base":
        """Lit une adresse telle que la donne DATABASE_URL."""
        lue = environ.Env.db_url_config(adresse)
        return cls(lue["HOST"], str(lue["PORT"] or ""), lue["USER"], lue["PASSWORD"], lue["NAME"])

    @property
    def environnement(self) -> dict[str, str]:
        """Ce que lisent les programmes de PostgreSQL, sans ce que l'appelant a laissé."""
        voulues = {
            "PGHOST": self.hote,
            "PGPORT": self.port,
            "PGUSER": self.utilisateur,
            "PGPASSWORD": self.mot_de_passe,
            "PGDATABASE": self.nom,
        }
        autres = {nom: valeur for nom, valeur in os.environ.items() if not nom.startswith("PG") or nom == "PG_BIN"}
        return autres | {nom: valeur for nom, valeur in voulues.items() if valeur}

    @contextmanager
    def ouverte(self) -> Iterator[psycopg.Connection]:
        """Une connexion, fermée à la fin du bloc."""
        champs = {"host": self.hote, "port": self.port, "user": self.utilisateur, "password": self.mot_de_passe}
        with psycopg.connect(dbname=self.nom, **{nom: valeur for nom, valeur in champs.items() if valeur}) as connexion:
            yield connexion


@dataclass(frozen=True)
class Manifeste:
    """Ce que contient une sauvegarde. `empreintes` et `tailles` par fichier, `lignes` par table."""

    le: str
    serveur: str
    empreintes: dict[str, str]
    tailles: dict[str, int]
    lignes: dict[str, int]

    @property
    def age(self) -> str:
        """« il y a 3 h »."""
        minutes = int((datetime.now(UTC) - datetime.fromisoformat(self.le)).total_seconds() // 60)
        if minutes < 60:
            return f"il y a {minutes} min"
        return f"il y a {minutes // 60} h" if minutes < 48 * 60 else f"il y a {minutes // 1440} jours"

    @property
    def phrase(self) -> str:
        """« sauvegarde du 2027-03-15 03:00 UTC, il y a 3 h, 12 Mo, 48 210 lignes »."""
        poids = sum(self.tailles.values()) / 1_000_000
        lignes = f"{sum(self.lignes.values()):,}".replace(",", " ")
        return f"sauvegarde du {self.le[:16].replace('T', ' ')} UTC, {self.age}, {poids:.1f} Mo, {lignes} lignes"


def sauvegarder(dossier: Path, *, base: Base, fichiers: Path, garder: int = 0) -> Path:
    """Écrit une sauvegarde dans `dossier` et rend son chemin ; `garder` n'en laisse que tant, les plus récentes.

    Elle ne porte son nom qu'une fois entière. Lève `SauvegardeImpossible`.
    """
    le = datetime.now(UTC)
    dossier.mkdir(mode=0o700, parents=True, exist_ok=True)
    finale = dossier / f"{PREFIXE}{le:%Y%m%dT%H%M%SZ}"
    ebauche = finale.with_name(finale.name + EN_COURS)
    try:
        ebauche.mkdir(mode=0o700)
        serveur, lignes = _copier_la_base(base, ebauche / BASE)
        _copier_les_fichiers(fichiers, ebauche / FICHIERS)
        contenus = [ebauche / BASE, ebauche / FICHIERS]
        manifeste = Manifeste(
            le=le.isoformat(),
            serveur=serveur,
            empreintes={contenu.name: _empreinte(contenu) for contenu in contenus},
            tailles={contenu.name: contenu.stat().st_size for contenu in contenus},
            lignes=lignes,
        )
        _ecrire_pour_de_bon(ebauche / MANIFESTE, json.dumps(asdict(manifeste), indent=1))
        ebauche.rename(finale)
    except (OSError, psycopg.Error, subprocess.CalledProcessError) as panne:
        raise SauvegardeImpossible(f"La sauvegarde a échoué, il n’en reste rien : {_dire(panne)}") from panne
    finally:
        shutil.rmtree(ebauche, ignore_errors=True)
    _oublier_les_plus_anciennes(dossier, garder)
    return finale


def lire_le_manifeste(sauvegarde: Path) -> Manifeste:
    """Lit et vérifie une sauvegarde. Lève `RestaurationImpossible` s'il y manque un fichier ou un octet."""
    try:
        manifeste = Manifeste(**json.loads((sauvegarde / MANIFESTE).read_text()))
        for nom, empreinte in manifeste.empreintes.items():
            if _empreinte(sauvegarde / nom) != empreinte:
                raise RestaurationImpossible(f"« {sauvegarde / nom} » est abîmé : son empreinte n’est pas la bonne.")
    except (OSError, ValueError, TypeError) as panne:
        raise RestaurationImpossible(f"« {sauvegarde} » n’est pas une sauvegarde entière : {panne}") from panne
    return manifeste


def restaurer(sauvegarde: Path, *, base: Base, fichiers: Path, ecraser: bool = False) -> Manifeste:
    """Rend une sauvegarde à `base` et à `fichiers`, et vérifie le nombre de lignes de chaque table.

    Une base ou un dossier qui n'est pas vide est refusé, sauf `ecraser`, qui remplace. La base se rend d'une
    transaction, effacement compris : celle qui échoue laisse l'ancienne base et les anciens fichiers. Lève
    `RestaurationImpossible`.
    """
    manifeste = lire_le_manifeste(sauvegarde)
    try:
        _exiger_une_place_vide(base, fichiers, ecraser=ecraser)
        with _fichiers_deballes(sauvegarde / FICHIERS, fichiers) as deballes:
            _rendre_la_base(sauvegarde / BASE, base, ecraser=ecraser)
            _mettre_en_place(deballes, fichiers)
        lignes = compter_les_lignes(base)
    except (OSError, psycopg.Error, subprocess.CalledProcessError, tarfile.TarError) as panne:
        raise RestaurationImpossible(f"La restauration a échoué : {_dire(panne)}") from panne
    ecarts = sorted(table for table in {*lignes, *manifeste.lignes} if lignes.get(table) != manifeste.lignes.get(table))
    if ecarts:
        raise RestaurationImpossible(f"Le nombre de lignes n’est pas celui de la sauvegarde : {', '.join(ecarts)}.")
    return manifeste


def compter_les_lignes(base: Base) -> dict[str, int]:
    """Nombre de lignes de chaque table."""
    with base.ouverte() as connexion:
        return _compter(connexion)


def _copier_la_base(base: Base, fichier: Path) -> tuple[str, dict[str, int]]:
    """Copie la base et compte ses lignes dans le même instantané ; rend la version du serveur et les nombres."""
    with base.ouverte() as connexion:
        connexion.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        instantane = _lire(connexion, "SELECT pg_export_snapshot()")
        commande = ["pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--snapshot", str(instantane)]
        _lancer(base, *commande, "--file", os.fspath(fichier))
        return str(_lire(connexion, "SHOW server_version")), _compter(connexion)


def _copier_les_fichiers(fichiers: Path, archive: Path) -> None:
    with tarfile.open(archive, "w") as paquet:
        if fichiers.exists():
            paquet.add(fichiers, arcname=".")


def _exiger_une_place_vide(base: Base, fichiers: Path, *, ecraser: bool) -> None:
    if ecraser:
        return
    with base.ouverte() as connexion:
        if tables := connexion.execute(TABLES).fetchall():
            raise RestaurationImpossible(
                f"La base « {base.nom} » n’est pas vide ({len(tables)} tables) : rien n’y est changé. "
                "Pour remplacer ce qu’elle contient, ajoutez --ecraser."
            )
    if fichiers.exists() and any(fichiers.iterdir()):
        raise RestaurationImpossible(f"« {fichiers} » n’est pas vide : videz-le, ou ajoutez --ecraser.")


def _rendre_la_base(fichier: Path, base: Base, *, ecraser: bool) -> None:
    """Dicte la sauvegarde à une seule transaction, que seule une lecture entière valide."""
    vider = f"SET lock_timeout = '{ATTENTE_D_UN_VERROU}'; DROP SCHEMA public CASCADE; CREATE SCHEMA public;"
    lire = [os.fspath(programmes() / "pg_restore"), "--no-owner", "--no-privileges", "--file=-", os.fspath(fichier)]
    ecrire = [os.fspath(programmes() / "psql"), "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1"]
    ouverture = f"SET client_min_messages = error; BEGIN; {vider if ecraser else ''}\n"
    with TemporaryFile("w+") as plaintes:
        communs: dict[str, Any] = {"env": base.environnement, "stderr": plaintes}
        psql = subprocess.Popen(ecrire, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, bufsize=0, **communs)
        assert psql.stdin is not None
        lue = False
        with psql, contextlib.suppress(BrokenPipeError):
            psql.stdin.write(ouverture.encode())
            lue = subprocess.run(lire, stdout=psql.stdin, check=False, **communs).returncode == 0
            if lue:
                psql.stdin.write(VALIDER)
        if psql.returncode or not lue:
            plaintes.seek(0)
            raise subprocess.CalledProcessError(psql.returncode, ecrire, stderr=plaintes.read())


@contextmanager
def _fichiers_deballes(archive: Path, fichiers: Path) -> Iterator[Path]:
    """Déballe à côté de ce que le dossier contient, qui ne s'efface qu'une fois la base rendue."""
    fichiers.mkdir(mode=0o700, parents=True, exist_ok=True)
    deballes = Path(mkdtemp(dir=fichiers, prefix=DEBALLES))
    try:
        with tarfile.open(archive) as paquet:
            paquet.extractall(deballes, filter="data")
        yield deballes
    finally:
        shutil.rmtree(deballes, ignore_errors=True)


def _mettre_en_place(deballes: Path, fichiers: Path) -> None:
    for ancien in fichiers.iterdir():
        if ancien != deballes:
            shutil.rmtree(ancien) if ancien.is_dir() else ancien.unlink()
    for contenu in deballes.iterdir():
        contenu.rename(fichiers / contenu.name)


def _oublier_les_plus_anciennes(dossier: Path, garder: int) -> None:
    """Et ce qu'une machine arrêtée net a laissé à moitié écrit il y a plus d'un jour."""
    for ebauche in dossier.glob(f"{PREFIXE}*{EN_COURS}"):
        if time.time() - ebauche.stat().st_mtime > UN_JOUR:
            shutil.rmtree(ebauche, ignore_errors=True)
    entieres = sorted(s for s in dossier.glob(f"{PREFIXE}*") if (s / MANIFESTE).exists() and s.suffix != EN_COURS)
    for ancienne in entieres[:-garder] if garder else []:
        shutil.rmtree(ancienne)


def _compter(connexion: psycopg.Connection) -> dict[str, int]:
    tables = [table for (table,) in connexion.execute(TABLES)]
    compte = sql.SQL("SELECT count(*) FROM {}")
    return {table: int(_lire(connexion, compte.format(sql.Identifier(table)))) for table in tables}


def _lire(connexion: psycopg.Connection, requete: Any) -> Any:
    ligne = connexion.execute(requete).fetchone()
    assert ligne is not None
    return ligne[0]


def _lancer(base: Base, programme: str, *arguments: str) -> None:
    commande = [os.fspath(programmes() / programme), *arguments]
    environnement: Mapping[str, str] = base.environnement
    subprocess.run(commande, env=environnement, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def _empreinte(fichier: Path) -> str:
    with fichier.open("rb") as contenu:
        return hashlib.file_digest(contenu, "sha256").hexdigest()


def _ecrire_pour_de_bon(fichier: Path, texte: str) -> None:
    with fichier.open("w") as sortie:
        sortie.write(texte)
        sortie.flush()
        os.fsync(sortie.fileno())


def _dire(panne: Exception) -> str:
    if isinstance(panne, subprocess.CalledProcessError):
        lignes = (panne.stderr or "").strip().splitlines()
        erreurs = [ligne for ligne in lignes if "err" in ligne.lower()]
        return next(iter(erreurs or lignes), f"{panne.cmd[0]} s’est arrêté.")
    return str(panne)
