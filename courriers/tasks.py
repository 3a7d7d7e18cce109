"""Ce que l'atelier fait sans qu'on le demande : faire partir les courriels, reprendre les interrompus, rendre les
documents en file.

Chaque tâche s'écrit « ce qui est dû maintenant » : lancée deux fois, elle a le même effet.
"""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from courriers.expedition import Expediteur
from courriers.services import (
    effacer_les_contenus,
    effacer_les_documents_perimes,
    faire_partir_un_lot,
    rendre_le_prochain_document,
    reprendre_les_interrompus,
)

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


@shared_task
def rendre_les_documents() -> None:
    """Rend un document en file ; se rappelle elle-même tant qu'il en reste."""
    if rendre_le_prochain_document(timezone.now):
        rendre_les_documents.delay()


@shared_task
def effacer_les_documents() -> None:
    """Efface les documents rendus dont le délai est passé (R40)."""
    effacer_les_documents_perimes(le=timezone.now())
