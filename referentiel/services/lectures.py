"""Noter qui lit le dossier d'un élève et qui emporte un document (R40)."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db import models

from comptes.models import Evenement, Personne
from comptes.services.journal import journaliser
from referentiel.journal import ACADEMIE
from referentiel.models import Academie

UTC = ZoneInfo("UTC")
UNE_HEURE = 3600
DOSSIER_LU = "Dossier d’un élève consulté."


def noter_le_dossier_lu(
    *, eleve: models.Model, uai: str, par: Personne, le: datetime, phrase: str = DOSSIER_LU
) -> None:
    """Note que `par` a ouvert le dossier de `eleve`, d'un établissement ou du SAIO (`uai` vide) ; ou, si `phrase` le
    dit, une donnée qui ne se montre qu'à la demande (R37).

    Une fois par personne, par élève et par heure : relire une page n'ajoute rien à ce qui est su. Le processus qui l'a
    écrit s'en souvient et ne le redemande pas à la base ; un autre, s'il le redemande, n'ajoute rien.
    """
    quoi = "" if phrase == DOSSIER_LU else f":{sha256(phrase.encode()).hexdigest()[:12]}"
    fait = f"dossier:{par.pk}:{eleve.pk}:{uai}:{le.astimezone(UTC):%Y%m%d%H}{quoi}"
    if cache.get(fait):
        return
    journaliser(
        nature=Evenement.Nature.DOSSIER,
        phrase=phrase,
        par=par,
        le=le,
        uai=uai,
        objet=eleve,
        une_fois=fait,
    )
    cache.set(fait, True, UNE_HEURE)


def noter_les_eleves_trouves(
    *, eleves: Sequence[models.Model], academie: Academie, par: Personne, le: datetime
) -> None:
    """Note que `par`, du SAIO, a vu les noms de ces élèves en en cherchant un.

    Une ligne par résultat, une fois par heure : ni par élève, ni par recherche refaite. Le texte cherché n'est pas
    gardé : il peut être un nom ; les élèves le sont par leur clé. Le processus qui l'a écrite s'en souvient, comme d'un
    dossier ouvert.
    """
    cles = sorted(eleve.pk for eleve in eleves)
    if not cles:
        return
    trouves = sha256(",".join(map(str, cles)).encode()).hexdigest()[:32]
    fait = f"recherche:{par.pk}:{academie.pk}:{trouves}:{le.astimezone(UTC):%Y%m%d%H}"
    if cache.get(fait):
        return
    nombre = f"{len(cles)}\u00a0nom{'s' if len(cles) > 1 else ''} montré{'s' if len(cles) > 1 else ''}"
    journaliser(
        nature=Evenement.Nature.NOMS,
        phrase=f"Recherche d’un élève\u00a0: {nombre}.",
        par=par,
        le=le,
        details={ACADEMIE: academie.pk, "eleves": cles},
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
