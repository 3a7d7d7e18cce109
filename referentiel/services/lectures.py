"""Noter qui lit le dossier d'un élève et qui emporte un document (R40)."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db import models

from comptes.models import Evenement, Personne
from comptes.services.journal import journaliser

UTC = ZoneInfo("UTC")
UNE_HEURE = 3600


def noter_le_dossier_lu(*, eleve: models.Model, uai: str, par: Personne, le: datetime) -> None:
    """Note que `par` a ouvert le dossier de `eleve`, d'un établissement ou du SAIO (`uai` vide).

    Une fois par personne, par élève et par heure : relire une page n'ajoute rien à ce qui est su. Le processus qui l'a
    écrit s'en souvient et ne le redemande pas à la base ; un autre, s'il le redemande, n'ajoute rien.
    """
    fait = f"dossier:{par.pk}:{eleve.pk}:{uai}:{le.astimezone(UTC):%Y%m%d%H}"
    if cache.get(fait):
        return
    journaliser(
        nature=Evenement.Nature.DOSSIER,
        phrase="Dossier d’un élève consulté.",
        par=par,
        le=le,
        uai=uai,
        objet=eleve,
        une_fois=fait,
    )
    cache.set(fait, True, UNE_HEURE)


def noter_le_document_emporte(
    *, quoi: str, uai: str, par: Personne, le: datetime, eleve: models.Model | None = None
) -> None:
    """Note que `par` a reçu le document `quoi`, chaque fois : chacun est une copie qui sort de l'application."""
    journaliser(
        nature=Evenement.Nature.TELECHARGEMENT,
        phrase=f"Document emporté\u00a0: {quoi}.",
        par=par,
        le=le,
        uai=uai,
        objet=eleve,
    )
