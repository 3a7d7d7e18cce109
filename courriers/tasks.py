"""Ce que l'atelier fait sans qu'on le demande : faire partir les courriels, reprendre les interrompus.

Chaque tâche s'écrit « ce qui est dû maintenant » : lancée deux fois, elle a le même effet.
"""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from courriers.expedition import Expediteur
from courriers.services import effacer_les_contenus, faire_partir_un_lot, reprendre_les_interrompus

TAILLE_D_UN_LOT = 100


@shared_task
def faire_partir_les_courriers() -> None:
    """Envoie les courriels dus ; se rappelle elle-même tant qu'il en reste."""
    with Expediteur() as expediteur:
        traites = faire_partir_un_lot(expediteur, le=timezone.now(), au_plus=TAILLE_D_UN_LOT)
    if traites == TAILLE_D_UN_LOT:
        faire_partir_les_courriers.delay()


@shared_task
def reprendre_les_courriers_interrompus() -> None:
    """Remet en file les courriels dont l'ouvrier a disparu, puis les fait partir."""
    if reprendre_les_interrompus():
        faire_partir_les_courriers.delay()


@shared_task
def effacer_les_contenus_anciens() -> None:
    """Supprime le contenu des courriels partis depuis plus longtemps que la durée de conservation (R40)."""
    effacer_les_contenus(le=timezone.now(), apres=settings.CONSERVATION_DES_COURRIELS)
