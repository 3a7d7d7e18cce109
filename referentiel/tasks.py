"""Ce que l'atelier fait sans qu'on le demande : préparer les travaux en file, ranger ceux qui sont finis.

Chaque tâche s'écrit « ce qui est dû maintenant » : lancée deux fois, elle a le même effet.
"""

from celery import shared_task
from django.utils import timezone

from referentiel.services.acces import oublier_les_demandes_d_acces
from referentiel.services.importations import purger_les_importations_perimees
from referentiel.services.invitations import oublier_les_invitations
from referentiel.services.travaux import (
    arreter_les_travaux_abandonnes,
    effacer_les_travaux_perimes,
    preparer_le_prochain_travail,
)


@shared_task
def preparer_les_travaux() -> None:
    """Prépare les travaux en file, un par un ; se rappelle elle-même tant qu'il en reste."""
    if preparer_le_prochain_travail(timezone.now):
        preparer_les_travaux.delay()


@shared_task
def ranger_les_travaux() -> None:
    """Dit arrêtés les travaux dont l'ouvrier a disparu, efface les fichiers périmés."""
    arreter_les_travaux_abandonnes(le=timezone.now())
    effacer_les_travaux_perimes(le=timezone.now())


@shared_task
def purger_les_importations() -> None:
    """Efface les lignes des imports laissés en attente au-delà de leur délai."""
    purger_les_importations_perimees(le=timezone.now())


@shared_task
def oublier_les_invitations_anciennes() -> None:
    """Efface les invitations échues depuis un an."""
    oublier_les_invitations(le=timezone.now())


@shared_task
def oublier_les_demandes() -> None:
    """Efface les demandes d'accès qui ne servent plus."""
    oublier_les_demandes_d_acces(le=timezone.now())
