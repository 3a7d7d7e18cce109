"""Les verrous d'un placement, toujours dans le même ordre : élèves, candidatures, entretiens, créneaux.

Chacun se prend par clé croissante ; deux lycées qui veulent le même élève passent donc l'un après l'autre.
"""

from collections.abc import Iterable
from datetime import datetime

from candidatures.models import Candidature, Eleve
from entretiens.models import Creneau, Entretien
from entretiens.rules.etats import EtatEntretien
from referentiel.rules.refus import Refus


def verrouiller_les_eleves(cles: Iterable[int]) -> list[int]:
    """Prend les lignes des élèves, sans gêner les lectures ni les clés étrangères ; rend leurs clés."""
    eleves = Eleve.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=set(cles)).order_by("pk")
    return list(eleves.values_list("pk", flat=True))


def verrouiller_les_candidatures(cles: Iterable[int]) -> dict[int, Candidature]:
    """Prend ces candidatures, avec tout ce que le placement en lit ; par clé."""
    lignes = (
        Candidature.objects.select_for_update(of=("self",), no_key=True)
        .select_related("eleve", "accueil__etablissement", "accueil__domaine__campagne__regles")
        .prefetch_related("accueil__domaine__campagne__periodes")
        .filter(pk__in=set(cles))
        .order_by("pk")
    )
    return {ligne.pk: ligne for ligne in lignes}


def verrouiller_les_creneaux(cles: Iterable[int]) -> dict[int, Creneau]:
    """Prend ces créneaux ; par clé. Un créneau supprimé n'y est pas."""
    lignes = (
        Creneau.objects.select_for_update(of=("self",), no_key=True)
        .select_related("seance__accueil")
        .filter(pk__in=set(cles))
        .order_by("pk")
    )
    return {ligne.pk: ligne for ligne in lignes}


def verrouiller_l_entretien(entretien: Entretien, le: datetime) -> Entretien:
    """Prend un entretien à venir. Lève `Refus` s'il n'est plus prévu, ou s'il a commencé."""
    ligne = Entretien.objects.select_for_update(of=("self",)).avec_lieu().get(pk=entretien.pk)
    if ligne.etat != EtatEntretien.PREVU:
        raise Refus(f"Cet entretien est noté « {ligne.get_etat_display()} » : cette action n’est plus possible.")
    if ligne.periode.lower <= le:
        raise Refus("L’entretien a commencé : notez la présence.")
    return ligne
