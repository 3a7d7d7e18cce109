"""Les exports d'un établissement : une application déclare ce qu'elle sait remettre, la page les propose (écran O17).

`declarer_un_export(Export(…), fabrique)` dans l'`AppConfig.ready()` de l'application ; la fabrique est celle d'un
travail long (`referentiel.travaux`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from referentiel.models import Campagne
from referentiel.permissions import Cote
from referentiel.travaux import Fabrique, declarer

Compter = Callable[[Campagne, int, datetime], int]


@dataclass(frozen=True, slots=True)
class Export:
    """Un fichier que l'établissement peut demander ; `compter` dit combien de lignes il aurait à un instant."""

    nature: str
    cote: Cote
    libelle: str
    contenu: str
    compter: Compter

    @property
    def titre(self) -> str:
        return f"{self.libelle} (Excel)"


_exports: dict[str, Export] = {}


def declarer_un_export(export: Export, fabrique: Fabrique) -> None:
    """Propose `export` du côté qu'il dit, et déclare ce qui le prépare."""
    _exports[export.nature] = export
    declarer(export.nature, fabrique)


def exports_de(cote: Cote) -> list[Export]:
    """Exports proposés de ce côté, dans l'ordre où ils sont déclarés."""
    return [export for export in _exports.values() if export.cote is cote]
