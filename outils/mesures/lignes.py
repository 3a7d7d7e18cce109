"""Une ligne de mesure : un travail du produit, et le même fait par les moyens nus."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from outils.mesures.chronometre import Duree, Resume

PROCESSEUR, HORLOGE = "processeur", "horloge"


@dataclass(frozen=True, slots=True)
class Ligne:
    """Ce que coûte un travail, en millisecondes par unité (une page, un message, un import).

    `juge` dit lequel des deux temps se compare ; `vise` est le plus grand rapport permis au nu, s'il y en a un ;
    `manques` dit en mots ce qui d'autre n'est pas tenu ; `plus` va dans des colonnes propres au sujet.
    """

    nom: str
    vise: float | None
    processeur: Resume
    processeur_nu: Resume
    horloge: Resume
    horloge_nu: Resume
    juge: str = PROCESSEUR
    instructions: float | None = None
    memoire: float | None = None
    manques: list[str] = field(default_factory=list)
    plus: dict[str, Any] = field(default_factory=dict)

    @property
    def rapport(self) -> float:
        if self.juge == HORLOGE:
            return self.horloge.mediane / self.horloge_nu.mediane
        return self.processeur.mediane / self.processeur_nu.mediane


def ligne(
    nom: str, releves: Mapping[str, Sequence[Duree]], *, vise: float | None, diviseur: int = 1, **suite: Any
) -> Ligne:
    """Ligne des durées de deux gestes, « produit » et « nu », qui font chacun `diviseur` fois le travail."""
    resumes = {
        temps + suffixe: Resume.de([getattr(duree, temps) for duree in releves[geste]], diviseur=diviseur)
        for temps in (PROCESSEUR, HORLOGE)
        for geste, suffixe in (("produit", ""), ("nu", "_nu"))
    }
    return Ligne(nom, vise, **resumes, **suite)


def en_json(lignes: Sequence[Ligne]) -> list[dict[str, Any]]:
    return [asdict(une) for une in lignes]


def de_json(objets: Sequence[dict[str, Any]]) -> list[Ligne]:
    temps = ("processeur", "processeur_nu", "horloge", "horloge_nu")
    return [Ligne(**objet | {nom: Resume(**objet[nom]) for nom in temps}) for objet in objets]
