"""L'ordre des verrous du référentiel : la campagne, puis ce qu'elle contient."""

from django.db import connection


def tenir_la_campagne(cle: int) -> None:
    """Garde la campagne telle qu'elle est jusqu'à la fin de la transaction, avant d'en verrouiller une ligne.

    Le déclencheur qui fige une campagne close la prend ainsi à chaque écriture, et un import la tient tout entière :
    qui prendrait une ligne d'abord attendrait l'import, qui l'attendrait.
    """
    with connection.cursor() as curseur:
        curseur.execute("SELECT 1 FROM referentiel_campagne WHERE id = %s FOR SHARE", [cle])
