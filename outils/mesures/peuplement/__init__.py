"""Des campagnes entières, inventées d'après une graine et écrites par COPY : de quoi mesurer à toutes les tailles.

Une académie compte au plus `CANDIDATURES_PAR_ACADEMIE` candidatures ; au-delà, il y en a plusieurs. Un collège garde
une centaine d'élèves et un lycée quelques centaines de candidats, quelle que soit la taille : ce qui grandit est ce qui
les entoure. Les établissements sont inventés, à des codes UAI que personne ne porte.
"""

from collections.abc import Callable
from datetime import date
from random import Random

from django.db import connection, transaction

from outils.mesures.peuplement.candidats import Candidats
from outils.mesures.peuplement.copie import Copie
from outils.mesures.peuplement.entretiens import Entretiens
from outils.mesures.peuplement.territoire import poser

CANDIDATURES_PAR_ACADEMIE = 33_000


def peupler(candidatures: int, graine: int, dire: Callable[[str], None] = print) -> dict[str, int]:
    """Remplit une base vide de `candidatures` candidatures ; rend le nombre de lignes de chaque table copiée."""
    hasard, jour = Random(graine), date.today()  # noqa: DTZ011, S311 - le jour de cette machine, et un tirage à refaire
    copie = Copie()
    academies = max(1, round(candidatures / CANDIDATURES_PAR_ACADEMIE))
    for rang in range(academies):
        voulues = candidatures // academies + (rang < candidatures % academies)
        with transaction.atomic():
            territoire = poser(hasard, rang, voulues, jour)
            with connection.cursor() as curseur:
                # Ni clé étrangère ni déclencheur ligne à ligne ; les contraintes, elles, sont tenues.
                curseur.execute("SET LOCAL session_replication_role = replica")
            Candidats(Entretiens(hasard, territoire, copie, jour)).remplir(voulues)
            copie.ecrire()
        dire(f"  académie {rang + 1} sur {academies} : {voulues} candidatures")
    copie.remettre_les_sequences()
    connection.ensure_connection()
    with connection.cursor() as curseur:
        curseur.execute("VACUUM ANALYZE")
    return dict(copie.ecrites)
