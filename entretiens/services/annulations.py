"""Annuler une séance, ou toute une journée, d'un seul acte : les élèves redeviennent à planifier (écran A8)."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from candidatures.rules import Etat
from candidatures.services import accorder_les_creneaux, faire_passer_plusieurs
from comptes.models import Personne
from comptes.services import consigner_plusieurs
from entretiens.models import Creneau, Entretien, Seance
from entretiens.rules.etats import EtatEntretien
from entretiens.services.convocations import annoncer_les_annulations
from entretiens.services.convocations.verrous import verrouiller_les_candidatures
from entretiens.services.placement import verrouiller_les_eleves
from referentiel.models import Campagne, Etablissement
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import dire_instant
from referentiel.rules.refus import Refus
from referentiel.services import exiger_periode


@transaction.atomic
def annuler_des_seances(
    *,
    etablissement: Etablissement,
    campagne: Campagne,
    seances: Iterable[Seance],
    d_accord_pour: int,
    motif: str = "",
    par: Personne | None,
    le: datetime,
) -> int:
    """Annule ce qui reste à venir de ces séances ; rend le nombre d'élèves qui redeviennent à planifier (R25, R26).

    Leurs créneaux n'ont plus de place, leur jury et leur salle sont rendus ; ce qui a déjà eu lieu reste. Un seul
    envoi prévient de toutes les annulations. `d_accord_pour` est le nombre d'élèves que la personne a vus en
    confirmant. Lève `PeriodeClose`, ou `Refus` s'il n'y a plus rien à annuler ou si un élève vient d'y être placé.
    """
    exiger_periode(campagne, Nature.PLANIFICATION, etablissement_id=etablissement.pk, le=le)
    cles = [seance.pk for seance in seances]
    entretiens = _verrouiller_les_entretiens(cles, le)
    creneaux = list(
        Creneau.objects.select_for_update(of=("self",), no_key=True)
        .de_l_accueil(campagne, etablissement.pk)
        .filter(seance__in=cles, capacite__gt=0)
        .a_venir(le)
        .order_by("pk")
    )
    if not creneaux:
        raise Refus("Il n’y a plus rien à annuler : tout est passé ou déjà annulé.")
    prises = sum(creneau.places_prises for creneau in creneaux)
    if prises > len(entretiens) or len(entretiens) > d_accord_pour:
        raise Refus("Un élève vient d’être placé sur ces créneaux : relisez la liste avant d’annuler.")
    _rendre_les_eleves(entretiens, motif, par, le)
    Creneau.objects.filter(pk__in=[creneau.pk for creneau in creneaux]).update(capacite=0)
    touchees = list(Seance.objects.select_for_update(of=("self",)).filter(creneaux__in=creneaux).order_by("pk"))
    entieres = {seance.pk for seance in touchees if seance.periode.lower > le}
    Seance.objects.filter(pk__in=entieres).update(annulee_le=le)
    suite = f" Motif : {motif.strip()}" if motif.strip() else ""
    phrases = {seance: f"Séance du {dire_instant(seance.periode.lower)} annulée.{suite}"[:300] for seance in touchees}
    consigner_plusieurs(phrases=phrases.items(), fait="seance_annulee", par=par, le=le)
    return len(entretiens)


def entretiens_a_annuler(seances: Iterable[Seance], le: datetime) -> QuerySet[Entretien]:
    """Entretiens prévus et à venir de ces séances, ceux que leur annulation rend à planifier."""
    prevus = Entretien.objects.prevus().filter(creneau__seance__in=[seance.pk for seance in seances])
    return prevus.filter(periode__startswith__gt=le)


def _verrouiller_les_entretiens(cles: list[int], le: datetime) -> list[Entretien]:
    prevus = Entretien.objects.prevus().filter(creneau__seance__in=cles, periode__startswith__gt=le)
    verrouiller_les_eleves(prevus.values_list("eleve_id", flat=True))
    verrouiller_les_candidatures(prevus.values("candidature"))
    tenus = Entretien.objects.select_for_update(of=("self",)).avec_lieu().select_related("candidature__eleve")
    return list(tenus.filter(pk__in=prevus.values("pk")).order_by("pk"))


def _rendre_les_eleves(entretiens: list[Entretien], motif: str, par: Personne | None, le: datetime) -> None:
    if not entretiens:
        return
    Entretien.objects.filter(pk__in=[entretien.pk for entretien in entretiens]).update(etat=EtatEntretien.ANNULE)
    for entretien in entretiens:
        entretien.etat = EtatEntretien.ANNULE
    annoncer_les_annulations(entretiens=entretiens, par=par, le=le)
    suite = f" Motif : {motif.strip()}" if motif.strip() else ""
    candidatures = [entretien.candidature for entretien in entretiens]
    faire_passer_plusieurs(
        candidatures=candidatures,
        vers=Etat.INSCRITE,
        fait="entretien_annule",
        phrases=[
            f"Entretien du {dire_instant(entretien.periode.lower)} annulé, à replanifier.{suite}"[:300]
            for entretien in entretiens
        ],
        par=par,
        le=le,
    )
    accorder_les_creneaux(candidatures=candidatures, par=par, le=le)
