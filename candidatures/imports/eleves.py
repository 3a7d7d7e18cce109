"""Un élève lu, un élève connu, et ce qui fait les reconnaître l'un dans l'autre (R10)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

from referentiel.rules.jeu import Niveau


class Connu(Protocol):
    """Un élève que Passpro connaît déjà."""

    pk: int
    ine: str
    nom: str
    prenom: str
    date_de_naissance: date
    classe: str
    niveau: str
    mef: str
    cle: str


class AIdentifier(Protocol):
    """Ce qui fait reconnaître un élève : son INE, sinon ses noms et sa date de naissance (R10)."""

    @property
    def ine(self) -> str: ...

    @property
    def identite(self) -> tuple[str, date]: ...


C = TypeVar("C", bound=Connu)


@dataclass(frozen=True, slots=True)
class EleveLu:
    """Un élève tel que sa ligne le donne, valeurs mises au propre.

    `niveau_ecrit` : le fichier dit le niveau en toutes lettres ; sinon il se déduit de la classe ou du MEF.
    """

    nom: str
    prenom: str
    date_de_naissance: date
    classe: str
    niveau: str
    cle: str
    ine: str = ""
    mef: str = ""
    niveau_ecrit: bool = False

    @property
    def identite(self) -> tuple[str, date]:
        return self.cle, self.date_de_naissance

    @property
    def nom_affiche(self) -> str:
        return f"{self.nom.upper()} {self.prenom}"


CHAMPS = ("nom", "prenom", "date_de_naissance", "classe", "niveau", "ine", "mef")


def annuaire(connus: Iterable[C]) -> Callable[[AIdentifier], C | None]:
    """Rend de quoi retrouver un élève connu : par son INE, sinon par ses noms et sa date de naissance (R10).

    Deux INE différents font deux élèves, même de mêmes noms et date de naissance.
    """
    connus = list(connus)
    par_ine = {connu.ine: connu for connu in connus if connu.ine}
    par_identite = {(connu.cle, connu.date_de_naissance): connu for connu in connus}

    def retrouver(lu: AIdentifier) -> C | None:
        if connu := par_ine.get(lu.ine):
            return connu
        semblable = par_identite.get(lu.identite)
        return None if semblable and lu.ine and semblable.ine else semblable

    return retrouver


def ce_qui_change(connu: Connu, lu: EleveLu) -> tuple[tuple[str, object, object], ...]:
    """Champs que la ligne change, avec l'ancienne et la nouvelle valeurs ; une case vide n'efface rien."""
    return tuple(
        (champ, ancienne, nouvelle)
        for champ in CHAMPS
        if (nouvelle := getattr(lu, champ))
        and (ancienne := getattr(connu, champ)) != nouvelle
        and not _a_laisser(champ, connu, lu)
    )


def _a_laisser(champ: str, connu: Connu, lu: EleveLu) -> bool:
    """Un nom écrit sans ses accents ne change pas ; « 3e », déduit, ne remplace pas un public plus précis."""
    if champ in {"nom", "prenom"}:
        return connu.cle == lu.cle
    return champ == "niveau" and lu.niveau == Niveau.TROISIEME and not lu.niveau_ecrit
