"""Confirmer une proposition : les entretiens et leurs convocations, d'un seul geste (R22, R25)."""

from datetime import datetime

from django.db import transaction

from comptes.models import Personne
from entretiens.models import Proposition
from entretiens.services.convocations import confirmer
from entretiens.services.placement import placer_plusieurs
from entretiens.services.propositions.suivi import finir, lignes_de, prendre_la_proposition
from referentiel.rules.refus import Refus


@transaction.atomic
def confirmer_la_proposition(
    *,
    proposition: Proposition,
    version: int,
    envoyer: bool,
    part_le: datetime | None = None,
    par: Personne | None,
    le: datetime,
) -> Proposition:
    """Planifie tous les élèves placés de la proposition et, si `envoyer`, annonce leurs entretiens : tout ou rien.

    Les élèves laissés pour plus tard restent à planifier. Lève `PeriodeClose`, `PropositionFinie`,
    `PropositionModifiee`, `DepartRefuse`, ou `PlacementsRefuses` avec la raison de chaque ligne qui ne tient plus :
    un créneau pris, un élève devenu indisponible. Rien n'est alors écrit, et la proposition reste à corriger.
    """
    ligne = prendre_la_proposition(proposition, version=version, le=le)
    placements = [(lue.candidature, lue.creneau) for lue in lignes_de(ligne) if lue.creneau]
    if not placements:
        raise Refus("Aucun élève n’a de créneau dans cette proposition : rien à confirmer.")
    entretiens = placer_plusieurs(placements=placements, par=par, le=le, proposition=ligne)
    envoi = None
    if envoyer:
        envoi = confirmer(
            etablissement=ligne.etablissement,
            campagne=ligne.campagne,
            entretiens=entretiens,
            part_le=part_le,
            par=par,
            le=le,
        )
    ligne.par = par
    finir(ligne, Proposition.Etat.CONFIRMEE, le=le, envoi=envoi, planifies=len(entretiens))
    return ligne
