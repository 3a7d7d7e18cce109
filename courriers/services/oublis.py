"""Qu'un document préparé ne survive pas à l'oubli de ceux qu'il nomme (R40).

Qui garde un document tient le verrou avec les autres, puis vérifie que les élèves lus sont encore ce qu'ils étaient.
Qui oublie un élève le tient seul, jusqu'à la fin de sa transaction, avant de chercher ce qui le nomme. L'un attend
l'autre : ou bien l'oubli voit le document, ou bien le document voit l'oubli.
"""

from django.db import connection

VERROU_DES_OUBLIS = 71_271 << 40


def attendre_les_oublis() -> None:
    """À appeler avant de vérifier ceux qu'un document nomme, dans la transaction qui le garde."""
    with connection.cursor() as curseur:
        curseur.execute("SELECT pg_advisory_xact_lock_shared(%s)", [VERROU_DES_OUBLIS])


def annoncer_un_oubli() -> None:
    """À appeler avant de chercher ce qui nomme l'oublié, et le plus tard possible : d'ici la fin, rien ne se garde."""
    with connection.cursor() as curseur:
        curseur.execute("SELECT pg_advisory_xact_lock(%s)", [VERROU_DES_OUBLIS])
