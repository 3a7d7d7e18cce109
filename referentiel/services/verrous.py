"""Les verrous du référentiel : la campagne, puis ce qu'elle contient ; une tâche faite une fois."""

from django.db import connection


def tenir_la_campagne(cle: int) -> None:
    """Garde la campagne telle qu'elle est jusqu'à la fin de la transaction, avant d'en verrouiller une ligne.

    Le déclencheur qui fige une campagne close la prend ainsi à chaque écriture, et un import la tient tout entière :
    qui prendrait une ligne d'abord attendrait l'import, qui l'attendrait.
    """
    with connection.cursor() as curseur:
        curseur.execute("SELECT 1 FROM referentiel_campagne WHERE id = %s FOR SHARE", [cle])


def prendre_si_libre(verrou: int) -> bool:
    """Prend, jusqu'à la fin de la transaction, ce verrou consultatif ; faux s'il est tenu ailleurs."""
    with connection.cursor() as curseur:
        curseur.execute("SELECT pg_try_advisory_xact_lock(%s)", [verrou])
        return bool(curseur.fetchone()[0])
