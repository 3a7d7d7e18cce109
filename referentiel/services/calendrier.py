"""La seule réponse à « est-ce ouvert maintenant ? », lue en base (R4)."""

from collections.abc import Sequence
from datetime import date, datetime

from referentiel.models import Campagne, Derogation
from referentiel.rules.calendrier import Nature
from referentiel.rules.ouverture import Ouverture, Reponse
from referentiel.rules.refus import PeriodeClose


def ouverture(campagne: Campagne, *, etablissement_id: int, le: datetime) -> Ouverture:
    """Ce que le calendrier ouvre à cet établissement à l'instant `le`, ses dérogations lues en une requête (R1, R4)."""
    return campagne.ouverture(le, derogations=_derogations(campagne, etablissement_id))


def une_des_periodes(campagne: Campagne, natures: Sequence[Nature], *, etablissement_id: int, le: datetime) -> Reponse:
    """Réponse du calendrier pour qui peut agir pendant l'une des étapes `natures`, données dans l'ordre (R1, R4).

    Les dérogations ne sont lues que si le calendrier de tous répond non.
    """
    reponse = campagne.ouverture(le).une_de(natures)
    if reponse.ouverte or not campagne.est_ouverte:
        return reponse
    return ouverture(campagne, etablissement_id=etablissement_id, le=le).une_de(natures)


def pourquoi_pas_maintenant(campagne: Campagne, nature: Nature, *, etablissement_id: int, le: datetime) -> str | None:
    """Raison pour laquelle l'étape `nature` est fermée à cet établissement à l'instant `le`, ou `None` (R1, R4)."""
    return une_des_periodes(campagne, (nature,), etablissement_id=etablissement_id, le=le).raison or None


def exiger_periode(campagne: Campagne, nature: Nature, *, etablissement_id: int, le: datetime) -> None:
    """Lève `PeriodeClose`, avec la date limite, si l'étape n'est pas ouverte à l'instant `le` (R4)."""
    exiger_une_des_periodes(campagne, (nature,), etablissement_id=etablissement_id, le=le)


def exiger_une_des_periodes(
    campagne: Campagne, natures: Sequence[Nature], *, etablissement_id: int, le: datetime
) -> None:
    """Lève `PeriodeClose` si aucune des étapes `natures`, données dans l'ordre, n'est ouverte à l'instant `le` (R4).

    Avant la première, la raison dit quand elle ouvre ; ensuite, quand la dernière a fermé.
    """
    reponse = une_des_periodes(campagne, natures, etablissement_id=etablissement_id, le=le)
    if not reponse.ouverte:
        raise PeriodeClose(reponse.nature, reponse.raison, reponse)


def _derogations(campagne: Campagne, etablissement_id: int) -> dict[Nature, date]:
    accordees = Derogation.objects.filter(campagne=campagne, etablissement=etablissement_id)
    return {Nature(nature): jour for nature, jour in accordees.values_list("nature", "jusqu_au")}
