"""Les bases des mesures : une par taille, sur une grappe à elles, refaites quand elles datent d'un autre jour."""

import subprocess
import sys
from datetime import date
from pathlib import Path

from outils.emplacements import RACINE, TRAVAIL
from outils.postgresql import Grappe

GRAPPE = Grappe(TRAVAIL / "mesures", jetable=True)
GRAINE = 2027
TEMOINS = TRAVAIL / "mesures-pretes"


def environnement(taille: int) -> dict[str, str]:
    """Ce qu'il faut poser pour que Django lise la base de cette taille."""
    return {"PASSPRO_MODE": "tests", "DATABASE_URL": GRAPPE.adresse(nom(taille))}


def preparer(taille: int, variables: dict[str, str], *, grappe: Grappe = GRAPPE, temoins: Path = TEMOINS) -> None:
    """Remplit la base de cette taille, si celle d'aujourd'hui n'est pas déjà dans `grappe` ; `temoins` le retient."""
    temoin = temoins / str(taille)
    prete = temoin.exists() and temoin.read_text() == _marque()
    if not prete:
        grappe.supprimer_la_base(nom(taille))
        grappe.creer_la_base(nom(taille))
    _lancer("manage.py", "migrate", "--verbosity", "0", variables=variables)
    if prete:
        print(f"{dire(taille)} candidatures : base déjà prête.")
        return
    print(f"{dire(taille)} candidatures : remplissage…")
    _lancer("-m", "outils.mesures.remplir", str(taille), str(GRAINE), variables=variables)
    temoin.parent.mkdir(exist_ok=True)
    temoin.write_text(_marque())


def _lancer(*arguments: str, variables: dict[str, str]) -> None:
    subprocess.run([sys.executable, "-W", "ignore", *arguments], cwd=RACINE, env=variables, check=True)


def _marque() -> str:
    return f"{date.today()} {GRAINE}"  # noqa: DTZ011 - le jour de cette machine, comme la démonstration


def nom(taille: int) -> str:
    return f"passpro_{taille}"


def dire(taille: int) -> str:
    return f"{taille:,}".replace(",", " ")
