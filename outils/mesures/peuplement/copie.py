"""Les lignes de chaque table, gardées le temps d'en faire un COPY."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from django.db import connection
from django.db.models import Field, Model

from referentiel.rules.identifiants import CODES_POSSIBLES, ecrire_un_code

MULTIPLICATEUR = 387_420_489_001
# La mémoire ne dépend pas de la taille de la base.
LIGNES_EN_MEMOIRE = 100_000


def code(numero: int) -> str:
    """Un code public différent pour chaque numéro, d'apparence aussi peu ordonnée qu'un code tiré au hasard."""
    return ecrire_un_code(numero * MULTIPLICATEUR % CODES_POSSIBLES)


@dataclass(slots=True)
class Copie:
    """Les lignes de chaque table, écrites par COPY dès qu'il y en a assez ; les clés viennent d'ici."""

    lignes: dict[type[Model], list[tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(list))
    cles: dict[type[Model], Iterator[int]] = field(default_factory=lambda: defaultdict(lambda: count(1)))
    codes: Iterator[int] = field(default_factory=count)
    ecrites: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    en_memoire: int = 0

    def ajouter(self, modele: type[Model], **valeurs: Any) -> int:
        """Ajoute une ligne ; les champs tus prennent leur valeur par défaut. Rend sa clé."""
        cle = next(self.cles[modele])
        defauts = _defauts(modele)
        self.lignes[modele].append(tuple((defauts | {"id": cle} | valeurs).values()))
        self.en_memoire += 1
        if self.en_memoire >= LIGNES_EN_MEMOIRE:
            self.ecrire()
        return cle

    def code(self) -> str:
        return code(next(self.codes))

    def ecrire(self) -> None:
        with connection.cursor() as curseur:
            for modele, lignes in self.lignes.items():
                table, colonnes = modele._meta.db_table, ", ".join(_defauts(modele))
                with curseur.copy(f"COPY {table} ({colonnes}) FROM STDIN") as copie:
                    for ligne in lignes:
                        copie.write_row(ligne)
                self.ecrites[table] += len(lignes)
        self.lignes.clear()
        self.en_memoire = 0

    def remettre_les_sequences(self) -> None:
        with connection.cursor() as curseur:
            for modele in self.cles:
                table = modele._meta.db_table
                curseur.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"  # noqa: S608 - une table de nos modèles
                )


_CONNUS: dict[type[Model], dict[str, Any]] = {}


def _defauts(modele: type[Model]) -> dict[str, Any]:
    """Colonnes d'un modèle et leur valeur par défaut ; celles qui se calculent sont toujours données."""
    if modele not in _CONNUS:
        _CONNUS[modele] = {
            champ.attname: None if champ.primary_key else _valeur_par_defaut(champ)
            for champ in modele._meta.concrete_fields
            if not champ.generated
        }
    return _CONNUS[modele]


def _valeur_par_defaut(champ: Field) -> Any:
    """Rien pour un champ qui se tire au hasard ou se calcule : `ajouter` le reçoit toujours."""
    return None if champ.has_default() and callable(champ.default) else champ.get_default()
