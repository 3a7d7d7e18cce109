"""Chercher dans la base ce qui contredit un invariant (F12)."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection, transaction

EXEMPLES = 5


@dataclass(frozen=True, slots=True)
class Invariant:
    """`requete` rend une ligne par état impossible : le code ou la clé de l'objet, jamais un nom ni un texte."""

    nom: str
    phrase: str
    requete: str


@dataclass(frozen=True, slots=True)
class Ecart:
    """Un invariant contredit : combien de fois, et quelques objets où regarder."""

    invariant: Invariant
    nombre: int
    exemples: tuple[str, ...]


@transaction.atomic
def chercher_les_ecarts(invariants: Iterable[Invariant]) -> list[Ecart]:
    """Rend les invariants contredits, tous lus dans le même état de la base."""
    with connection.cursor() as curseur:
        # Une transaction déjà commencée, dans un test, a pris son niveau d'isolement.
        if not connection.savepoint_ids:
            curseur.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            curseur.execute("SET LOCAL statement_timeout = '10min'")
        return [ecart for invariant in invariants if (ecart := _ecart(curseur, invariant))]


def _ecart(curseur, invariant: Invariant) -> Ecart | None:
    curseur.execute(invariant.requete)
    trouves = [str(ligne[0]) for ligne in curseur.fetchall()]
    return Ecart(invariant, len(trouves), tuple(trouves[:EXEMPLES])) if trouves else None


def dire_les_ecarts(ecarts: Iterable[Ecart]) -> list[str]:
    """« jury_en_deux_seances : 2 (7F3K2M9Q, …) – Un jury ne mène pas deux séances à la fois. »"""
    return [
        f"{e.invariant.nom}\u00a0: {e.nombre} ({', '.join(e.exemples)}{', …' if e.nombre > EXEMPLES else ''}) – "
        f"{e.invariant.phrase}"
        for e in ecarts
    ]
