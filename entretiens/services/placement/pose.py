"""Placer des candidatures sur des créneaux, tout ou rien (R22, R23)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from candidatures.models import Candidature
from candidatures.rules import Etat
from candidatures.services import accorder_les_creneaux, faire_passer_plusieurs
from comptes.models import Personne
from entretiens.lectures import occupations
from entretiens.models import Creneau, Entretien, Proposition
from entretiens.rules.etats import EtatEntretien
from entretiens.services.placement.raisons import (
    PlacementsRefuses,
    exiger_la_planification,
    pourquoi_pas_ces_placements,
)
from entretiens.services.placement.verrous import (
    verrouiller_les_candidatures,
    verrouiller_les_creneaux,
    verrouiller_les_eleves,
)
from referentiel.rules.dates import dire_instant
from referentiel.rules.refus import Refus
from referentiel.services import contraintes_dites


@transaction.atomic
def placer(*, candidature: Candidature, creneau: Creneau, par: Personne | None, le: datetime) -> Entretien:
    """Place une candidature sur un créneau de son établissement d'accueil (R22, R23).

    Lève `PeriodeClose`, ou `Refus` si le créneau est pris ou passé, si l'élève n'est pas disponible (sans dire
    où il est attendu, R25b), ou si la candidature a déjà un entretien.
    """
    try:
        [entretien] = placer_plusieurs(placements=[(candidature, creneau)], par=par, le=le)
    except PlacementsRefuses as refus:
        raise Refus(refus.raisons[candidature.pk]) from refus
    return entretien


@transaction.atomic
def placer_plusieurs(
    *,
    placements: Sequence[tuple[Candidature, Creneau]],
    par: Personne | None,
    le: datetime,
    proposition: Proposition | None = None,
) -> list[Entretien]:
    """Place plusieurs candidatures d'un seul geste, tout ou rien, en un nombre constant de requêtes.

    Les créneaux que tient une proposition en préparation sont refusés, sauf à `proposition` elle-même. Lève
    `PeriodeClose`, ou `PlacementsRefuses` avec la raison de chaque placement impossible.
    """
    if not placements:
        raise Refus("Sélectionnez au moins un élève.")
    eleves = verrouiller_les_eleves(candidature.eleve_id for candidature, _ in placements)
    candidatures = verrouiller_les_candidatures(candidature.pk for candidature, _ in placements)
    for accueil in {c.accueil_id: c.accueil for c in candidatures.values()}.values():
        exiger_la_planification(accueil, le)
    _remettre_les_absents_a_planifier(candidatures.values(), par, le)
    creneaux = verrouiller_les_creneaux(creneau.pk for _, creneau in placements)
    voulus = [(candidatures[demandee.pk], creneaux.get(voulu.pk)) for demandee, voulu in placements]
    raisons = pourquoi_pas_ces_placements(voulus, prises=occupations(eleves), le=le, proposition=proposition)
    if raisons:
        raise PlacementsRefuses(raisons, {cle: str(c.eleve) for cle, c in candidatures.items()})
    accorder_les_creneaux(candidatures=candidatures.values(), par=par, le=le)
    return _ecrire([(candidature, creneau) for candidature, creneau in voulus if creneau], par, le)


def _remettre_les_absents_a_planifier(candidatures: Iterable[Candidature], par: Personne | None, le: datetime) -> None:
    """Une absence que l'on replanifie devient « à reporter » : elle n'occupe plus de place (écran 6.5)."""
    absentes = [candidature for candidature in candidatures if candidature.etat == Etat.ABSENTE]
    if not absentes:
        return
    manques = Entretien.objects.filter(candidature__in=absentes, etat=EtatEntretien.ABSENT)
    manques.update(etat=EtatEntretien.EXCUSE)
    faire_passer_plusieurs(
        candidatures=absentes,
        vers=Etat.INSCRITE,
        fait="presence",
        phrases=["Absence reportée : l’élève est à replanifier."] * len(absentes),
        par=par,
        le=le,
    )


def _ecrire(retenus: Sequence[tuple[Candidature, Creneau]], par: Personne | None, le: datetime) -> list[Entretien]:
    with contraintes_dites():
        entretiens = Entretien.objects.bulk_create(
            Entretien(
                candidature=candidature,
                eleve_id=candidature.eleve_id,
                creneau=creneau,
                periode=creneau.periode,
            )
            for candidature, creneau in retenus
        )
    prendre_la_modalite(retenus)
    faire_passer_plusieurs(
        candidatures=[candidature for candidature, _ in retenus],
        vers=Etat.PLANIFIEE,
        fait="planification",
        phrases=[f"Entretien planifié le {dire_instant(creneau.periode.lower)}." for _, creneau in retenus],
        par=par,
        le=le,
    )
    return entretiens


def prendre_la_modalite(retenus: Sequence[tuple[Candidature, Creneau]]) -> None:
    """Une candidature prend la modalité de la séance où elle est placée (R7)."""
    changees = []
    for candidature, creneau in retenus:
        if candidature.modalite != creneau.seance.modalite:
            candidature.modalite = creneau.seance.modalite
            changees.append(candidature)
    Candidature.objects.bulk_update(changees, ["modalite"])
