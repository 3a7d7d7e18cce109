"""La seule réponse à « est-ce ouvert maintenant ? » (R4)."""

from collections.abc import Sequence
from datetime import date, datetime

from referentiel.models import Campagne, Derogation
from referentiel.rules.calendrier import Nature, pourquoi_pas
from referentiel.rules.refus import PeriodeClose


def pourquoi_pas_maintenant(campagne: Campagne, nature: Nature, *, etablissement_id: int, le: datetime) -> str | None:
    """Raison pour laquelle l'étape `nature` est fermée à cet établissement à l'instant `le`, ou `None` (R1, R4).

    La dérogation de l'établissement n'est lue que si le calendrier répond non.
    """
    if not campagne.est_ouverte:
        return f"La campagne « {campagne.intitule} » n’est pas ouverte : consultation seule."
    grace = campagne.regles.grace_accordee
    raison = pourquoi_pas(campagne.calendrier, nature, le, grace=grace)
    if raison is None:
        return None
    derogation = _derogation(campagne, nature, etablissement_id)
    return pourquoi_pas(campagne.calendrier, nature, le, derogation=derogation, grace=grace) if derogation else raison


def exiger_periode(campagne: Campagne, nature: Nature, *, etablissement_id: int, le: datetime) -> None:
    """Lève `PeriodeClose`, avec la date limite, si l'étape n'est pas ouverte à l'instant `le` (R4)."""
    if raison := pourquoi_pas_maintenant(campagne, nature, etablissement_id=etablissement_id, le=le):
        raise PeriodeClose(nature, raison)


def exiger_une_des_periodes(
    campagne: Campagne, natures: Sequence[Nature], *, etablissement_id: int, le: datetime
) -> None:
    """Lève `PeriodeClose` si aucune des étapes `natures`, données dans l'ordre, n'est ouverte à l'instant `le` (R4).

    Avant la première, la raison dit quand elle ouvre ; ensuite, quand la dernière a fermé.
    """
    raisons = []
    for nature in natures:
        raison = pourquoi_pas_maintenant(campagne, nature, etablissement_id=etablissement_id, le=le)
        if raison is None:
            return
        raisons.append((nature, raison))
    ouverture = campagne.calendrier.bornes(natures[0]).ouvre_a()
    raise PeriodeClose(*raisons[0 if ouverture and le < ouverture else -1])


def _derogation(campagne: Campagne, nature: Nature, etablissement_id: int) -> date | None:
    return (
        Derogation.objects.filter(campagne=campagne, nature=nature, etablissement=etablissement_id)
        .values_list("jusqu_au", flat=True)
        .first()
    )
