"""Les bases des mesures : une par taille, sur des grappes à elles, refaites quand elles vieillissent.

La grappe jetable sert aux lectures. L'autre écrit son journal sur le disque à chaque validation, comme en service : ce
que coûte un envoi ou un import ne se lit que là.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from outils.emplacements import RACINE, TRAVAIL, Usage, chacun_son_tour
from outils.postgresql import Grappe

GRAINE = 2027
# Les pages montrent la semaine en cours : une base d'hier en a encore une.
VALABLE = timedelta(days=2)


@dataclass(frozen=True)
class Bases:
    """Les bases d'une grappe, et l'environnement où Django les lit, leur adresse mise à part."""

    grappe: Grappe
    variables: Mapping[str, str] = field(default_factory=lambda: os.environ | {"PASSPRO_MODE": "tests"})

    @contextmanager
    def ouvertes(self) -> Iterator[None]:
        """Démarre la grappe, et l'arrête quand plus personne ne s'en sert."""
        usage = Usage(self.grappe.dossier.with_suffix(".usage"))
        try:
            with chacun_son_tour(self.grappe.dossier.with_suffix(".verrou")):
                self.grappe.demarrer()
            yield
        finally:
            if usage.est_le_dernier():
                self.grappe.arreter()
            usage.quitter()

    def preparer(self, taille: int) -> None:
        """Remplit la base de cette taille, si une récente n'est pas déjà là."""
        # Dans les données : une grappe refaite est vide.
        temoin = self.grappe.donnees / f"base-prete-{taille}"
        prete = _est_recente(temoin)
        if not prete:
            temoin.unlink(missing_ok=True)
            self.grappe.supprimer_la_base(nom(taille))
            self.grappe.creer_la_base(nom(taille))
        self._lancer(taille, "manage.py", "migrate", "--verbosity", "0")
        if prete:
            return
        print(f"{dire(taille)} candidatures : remplissage d'une base", flush=True)
        self._lancer(taille, "-m", "outils.mesures.remplir", str(taille), str(GRAINE))
        temoin.write_text(f"{date.today()} {GRAINE}")  # noqa: DTZ011 - le jour de cette machine, comme la démonstration

    def relever(self, sujet: str, taille: int, fichier: Path) -> None:
        """Relève un sujet dans un processus neuf ; ses lignes sont dans `fichier`."""
        self._lancer(taille, "-m", "outils.mesures.releve", sujet, str(fichier))

    def _lancer(self, taille: int, *arguments: str) -> None:
        commande = [sys.executable, "-W", "ignore", *arguments]
        variables = {**self.variables, "DATABASE_URL": self.grappe.adresse(nom(taille))}
        subprocess.run(commande, cwd=RACINE, env=variables, check=True)


LECTURE = Bases(Grappe(TRAVAIL / "mesures", jetable=True))
ECRITURE = Bases(Grappe(TRAVAIL / "mesures-durables"))


def _est_recente(temoin: Path) -> bool:
    if not temoin.exists():
        return False
    jour, graine = temoin.read_text().split()
    age = date.today() - date.fromisoformat(jour)  # noqa: DTZ011 - le jour de cette machine
    return int(graine) == GRAINE and age < VALABLE


def nom(taille: int) -> str:
    return f"passpro_{taille}"


def dire(nombre: int) -> str:
    return f"{nombre:,}".replace(",", "\u202f")
