"""Ouvrir un regard sur l'espace d'un établissement (T8, R39)."""

from datetime import datetime, timedelta

from django.db import transaction

from comptes.models import Evenement, Personne
from comptes.services import consigner
from comptes.services.journal import journaliser
from referentiel.models import Etablissement
from referentiel.rules.dates import dire_heure
from referentiel.rules.refus import Refus

MOTIF_AU_PLUS = 200


@transaction.atomic
def ouvrir_un_regard(
    *, etablissement: Etablissement, motif: str, duree: timedelta, par: Personne, le: datetime
) -> datetime:
    """Note dans l'historique de `etablissement` qui le consulte, pourquoi et jusqu'à quand ; rend cet instant (T8).

    Lève `Refus` si le motif manque ou dépasse 200 caractères.
    """
    propre = " ".join(motif.split())
    if not propre:
        raise Refus("Dites pourquoi vous consultez cet espace\u00a0: le motif est gardé dans son historique.")
    if len(propre) > MOTIF_AU_PLUS:
        raise Refus(f"Le motif compte {len(propre)} caractères\u00a0; {MOTIF_AU_PLUS} au plus.")
    jusqu_a = le + duree
    consigner(
        objet=etablissement,
        fait="consultation",
        phrase=f"Espace consulté en lecture seule, jusqu’à {dire_heure(jusqu_a)}. Motif\u00a0: {propre}"[:300],
        par=par,
        le=le,
        apres={"motif": propre, "jusqu_a": jusqu_a.isoformat()},
    )
    journaliser(
        nature=Evenement.Nature.REGARD,
        phrase=f"Espace ouvert en lecture seule, jusqu’à {dire_heure(jusqu_a)}.",
        par=par,
        le=le,
        uai=etablissement.uai,
    )
    return jusqu_a
