"""L'horloge des tâches de fond : on en lance une par machine, une seule demande."""

import logging
from pathlib import Path
from typing import Any

from celery.beat import PersistentScheduler
from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connections

journal = logging.getLogger(__name__)
VERROU_DE_L_HORLOGE = 71_270 << 40
# Secondes avant de redemander le verrou qu'une autre tient : ce que dure un relais.
ATTENTE = 5


class UneSeuleHorloge(PersistentScheduler):
    """Ne demande rien tant qu'une autre tient le verrou consultatif ; celui-ci se libère avec la connexion.

    Deux horloges qui se croiseraient ne doubleraient rien : chaque tâche s'écrit « ce qui est dû maintenant ».
    Demander ou attendre, c'est vivre : `vivante`, que lit la sonde du conteneur, est touché à chaque tour.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        # Sa connexion à elle : la rendre ou la fermer rendrait le verrou.
        self.connexion = connections.create_connection(DEFAULT_DB_ALIAS)
        self.tient_le_verrou = False
        super().__init__(*arguments, **options)
        self.vivante = Path(f"{self.schedule_filename}.vivante")

    def tick(self, *arguments: Any, **options: Any) -> float:
        """Demande ce qui est dû, si l'horloge est celle qui demande ; rend les secondes jusqu'au prochain tour."""
        self.vivante.touch()
        return super().tick(*arguments, **options) if self._est_la_seule() else ATTENTE

    def close(self) -> None:
        super().close()
        self._lacher()

    def _est_la_seule(self) -> bool:
        try:
            with self.connexion.cursor() as curseur:
                if self.tient_le_verrou:
                    curseur.execute("SELECT 1")
                else:
                    curseur.execute("SELECT pg_try_advisory_lock(%s)", [VERROU_DE_L_HORLOGE])
                    self.tient_le_verrou = bool(curseur.fetchone()[0])
                    if self.tient_le_verrou:
                        journal.info("Cette horloge est celle qui demande.")
        except (DatabaseError, InterfaceError):
            journal.warning("L'horloge n'atteint plus la base.")
            self._lacher()
        return self.tient_le_verrou

    def _lacher(self) -> None:
        self.tient_le_verrou = False
        self.connexion.close()
